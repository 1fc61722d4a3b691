/* SPDX-License-Identifier: MIT */
#include "parcels.h"

void
parcels_init(struct parcels *p, size_t max_samples, size_t max_bytes)
{
	*p = (struct parcels){ .fill = &p->two[0] };
	for (int i = 0; i < 2; i++)
		batch_init(&p->two[i], max_samples, max_bytes);
}

void
parcels_fini(struct parcels *p)
{
	for (int i = 0; i < 2; i++)
		batch_fini(&p->two[i]);
}

size_t
parcels_seal(struct parcels *p)
{
	struct batch *x = p->fill;

	batch_seal(x);
	p->sealed = x;
	p->fill = &p->two[x == &p->two[0]];
	return x->doubles;
}

struct batch *
parcels_take(struct parcels *p)
{
	struct batch *x = p->sealed;

	p->sealed = NULL;
	return x;
}

void
parcels_drop(struct parcels *p)
{
	batch_reset(p->fill);
	if (p->sealed != NULL)
		batch_reset(p->sealed);
	p->sealed = NULL;
}

void
parcels_limit(struct parcels *p, size_t n)
{
	for (int i = 0; i < 2; i++)
		batch_limit(&p->two[i], n);
}

int
parcels_left(const struct parcels *p)
{
	return p->sealed != NULL || p->fill->n > 0;
}
