/* SPDX-License-Identifier: MIT */
#include <stdlib.h>

#include "buf.h"
#include "hold.h"

/* No name, rule or uid holds a blank. */
static void
key(struct buf *b, const struct window *w)
{
	buf_printf(b, "%s %s %s %s", w->namespace, w->name, w->rule, w->uid);
}

static ticks *
find(const struct hold *h, const struct window *w)
{
	struct buf b = { 0 };
	ticks *start;

	key(&b, w);
	start = map_get(&h->held, b.data);
	buf_fini(&b);
	return start;
}

int
hold_has(const struct hold *h, const struct window *w)
{
	const ticks *start = w->late ? NULL : find(h, w);

	return start != NULL && w->start > *start && w->start > w->settled;
}

/* Begin to hold what is newer than w, or let it go. */
static void
set(struct hold *h, const struct window *w, int holds)
{
	struct buf b = { 0 }, start = { 0 };

	key(&b, w);
	if (holds) {
		buf_add(&start, &w->start, sizeof(w->start));
		free(map_put(&h->held, b.data, start.data));
	} else {
		free(map_del(&h->held, b.data));
	}
	buf_fini(&b);
}

void
hold_answered(
    struct hold *h, const struct window *w, enum receipt_status answer)
{
	if (w->late || answer == RECEIPT_BEGUN)
		return;
	set(h, w, answer == RECEIPT_FAILED && !w->pass_over);
}

void
hold_fini(struct hold *h)
{
	size_t at = 0;
	void *start;

	while ((start = map_next(&h->held, &at, NULL)) != NULL)
		free(start);
	map_fini(&h->held);
}
