/* SPDX-License-Identifier: MIT */
#include "fleet.h"

void
fleet_init(struct fleet *f, size_t n, size_t max_samples, size_t max_bytes)
{
	*f = (struct fleet){ .n = n < FLEET_MAX ? n : FLEET_MAX,
		.max_samples = max_samples,
		.max_bytes = max_bytes };
}

void
fleet_fini(struct fleet *f)
{
	for (size_t i = 0; i < f->n; i++)
		buf_fini(&f->ships[i].message.body);
}

/* Requests that samples need by number and size. */
static size_t
requests(const struct fleet *f, size_t n, size_t bytes)
{
	size_t count = (n + f->max_samples - 1) / f->max_samples;
	size_t size = (bytes + f->max_bytes / 2) / f->max_bytes;
	size_t most = count > size ? count : size;

	most = most < SHIP_PIECES ? most : SHIP_PIECES;
	return most < n ? most : n;
}

/* The bytes of v[from..to), whole series. */
static size_t
bytes_of(const struct sample *v, size_t from, size_t to)
{
	size_t bytes = 0;

	for (size_t i = from; i < to; i++)
		bytes += batch_bytes(i == from || v[i].series != v[i - 1].series
			? v[i].series
			: NULL);
	return bytes;
}

/* Where the series end of which from on together have so many bytes. */
static size_t
share(const struct batch *b, size_t from, size_t bytes)
{
	const struct sample *v = b->v;
	size_t have = 0, i = from;

	while (i < b->n && (have < bytes || v[i].series == v[i - 1].series)) {
		have += batch_bytes(i == from || v[i].series != v[i - 1].series
			? v[i].series
			: NULL);
		i++;
	}
	return i;
}

void
fleet_load(struct fleet *f, struct ship_peer *p, struct batch *b,
    const struct ship_cargo *cargo)
{
	size_t bytes = bytes_of(b->v, 0, b->n), from = 0, to;
	size_t used = requests(f, b->n, bytes);

	if (used > f->n)
		used = f->n;
	f->batch = b;
	for (size_t i = 0; i < used && from < b->n; i++, from = to) {
		struct ship_cargo part = *cargo;

		to = i + 1 == used ? b->n : share(b, from, bytes / used);
		part.v = b->v + from;
		part.n = to - from;
		ship_begin(&f->ships[i], p, &part,
		    requests(f, part.n, bytes_of(b->v, from, to)));
	}
}

int
fleet_go(struct fleet *f, struct ship_peer *p, int64_t now, struct err *e)
{
	for (size_t i = 0; i < f->n; i++)
		if (ship_go(&f->ships[i], p, now, e) == -1)
			return -1;
	return 0;
}

int
fleet_wants(const struct fleet *f, const struct ship_peer *p, int64_t now,
    int64_t *wait)
{
	int64_t first = INT64_MAX;

	for (size_t i = 0; i < f->n; i++)
		if (ship_may_go(&f->ships[i], p) &&
		    ship_when(&f->ships[i], p) < first)
			first = ship_when(&f->ships[i], p);
	*wait = first > now ? first - now : 0;
	return first != INT64_MAX;
}

void
fleet_fail(struct fleet *f, struct ship_peer *p, const char *why, int64_t now)
{
	for (size_t i = 0; i < f->n; i++)
		if (ship_may_go(&f->ships[i], p) &&
		    now >= ship_when(&f->ships[i], p)) {
			ship_fail(&f->ships[i], p, why, now);
			return;
		}
}

int
fleet_failed(const struct fleet *f)
{
	for (size_t i = 0; i < f->n; i++)
		if (f->ships[i].state == SHIP_FAILED)
			return 1;
	return 0;
}

void
fleet_drop(struct fleet *f)
{
	for (size_t i = 0; i < f->n; i++) {
		f->ships[i].once = 1;
		if (f->ships[i].state != SHIP_ASKED)
			f->ships[i].state = SHIP_IDLE;
	}
}

size_t
fleet_unload(struct fleet *f)
{
	size_t least = 0;

	for (size_t i = 0; i < f->n; i++)
		if (f->ships[i].state == SHIP_READY ||
		    f->ships[i].state == SHIP_ASKED)
			return 0;
	for (size_t i = 0; i < f->n; i++) {
		struct ship *s = &f->ships[i];

		s->state = SHIP_IDLE;
		if (s->too_many > 1 && (least == 0 || s->too_many < least))
			least = s->too_many;
		s->too_many = 0;
	}
	if (f->batch != NULL)
		batch_reset(f->batch);
	f->batch = NULL;
	return least;
}
