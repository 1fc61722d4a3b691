/* SPDX-License-Identifier: MIT */
#include "parcels.h"

void
parcels_init(struct parcels *p, size_t max_samples, size_t max_bytes)
{
	*p = (struct parcels){ .fill = &p->two[0] };
	for (int i = 0; i < 2; i++)
		batch_init(&p->two[i].batch, max_samples, max_bytes);
}

void
parcels_fini(struct parcels *p)
{
	for (int i = 0; i < 2; i++) {
		batch_fini(&p->two[i].batch);
		buf_fini(&p->two[i].message.body);
	}
}

size_t
parcels_seal(struct parcels *p, const struct codec *codec)
{
	struct parcel *x = p->fill;

	batch_seal(&x->batch);
	codec->encode(codec->ctx, x->batch.v, x->batch.n, &x->message);
	p->sealed = x;
	p->fill = &p->two[x == &p->two[0]];
	return x->batch.doubles;
}

void
parcels_load(struct parcels *p, struct ship *s, struct ship_count *count)
{
	ship_begin(s, &p->sealed->batch, &p->sealed->message, count);
	p->sealed = NULL;
}

void
parcels_drop(struct parcels *p)
{
	batch_reset(&p->fill->batch);
	if (p->sealed != NULL)
		batch_reset(&p->sealed->batch);
	p->sealed = NULL;
}

void
parcels_limit(struct parcels *p, size_t n)
{
	for (int i = 0; i < 2; i++)
		batch_limit(&p->two[i].batch, n);
}

int
parcels_left(const struct parcels *p)
{
	return p->sealed != NULL || p->fill->batch.n > 0;
}
