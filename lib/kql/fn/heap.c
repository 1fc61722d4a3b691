/* SPDX-License-Identifier: MIT */
#include <stdint.h>
#include <stdlib.h>

#include "kql/fn/fn.h"

/* One of the largest values so far, and the row that it came with. */
struct entry {
	double value;
	int64_t row;
};

struct heap {
	struct entry *entries; /* the least first, as heaps are */
	size_t n, room;
	int64_t rows;
};

static void
swap(struct entry *a, struct entry *b)
{
	struct entry c = *a;

	*a = *b;
	*b = c;
}

static void
sift_up(struct heap *h, size_t i)
{
	for (; i > 0; i = (i - 1) / 2) {
		if (h->entries[i].value >= h->entries[(i - 1) / 2].value)
			return;
		swap(&h->entries[i], &h->entries[(i - 1) / 2]);
	}
}

static void
sift_down(struct heap *h)
{
	size_t i = 0, least;

	for (;; i = least) {
		least = i;
		for (size_t k = 2 * i + 1; k <= 2 * i + 2 && k < h->n; k++)
			if (h->entries[k].value < h->entries[least].value)
				least = k;
		if (least == i)
			return;
		swap(&h->entries[i], &h->entries[least]);
	}
}

static int
grow(struct heap *h)
{
	size_t room = h->room * 2 + 16;
	struct entry *e = realloc(h->entries, room * sizeof(*e));

	if (e == NULL)
		return -1;
	h->entries = e;
	h->room = room;
	return 0;
}

/* kql_heap(n, x): keep the n largest, of equal ones the first. */
static void
step(sqlite3_context *c, int nargs, sqlite3_value **v)
{
	struct heap *h = sqlite3_aggregate_context(c, sizeof(*h));
	sqlite3_int64 most = sqlite3_value_int64(v[0]);
	struct entry e = { fn_number(v[1]).d, 0 };

	(void)nargs;
	if (h == NULL)
		return;
	e.row = ++h->rows;
	if (h->n < (size_t)most) {
		if (h->n == h->room && grow(h) == -1) {
			sqlite3_result_error_nomem(c);
			return;
		}
		h->entries[h->n++] = e;
		sift_up(h, h->n - 1);
	} else if (h->n > 0 && e.value > h->entries[0].value) {
		h->entries[0] = e;
		sift_down(h);
	}
}

/* The numbers of their rows, as they lie in the heap. */
static void
end(sqlite3_context *c)
{
	struct heap *h = sqlite3_aggregate_context(c, 0);
	struct buf b = { 0 };

	buf_putc(&b, '[');
	for (size_t i = 0; h != NULL && i < h->n; i++)
		buf_printf(&b, "%s%lld", i == 0 ? "" : ",",
		    (long long)h->entries[i].row);
	buf_putc(&b, ']');
	fn_buf(c, &b);
	if (h != NULL)
		free(h->entries);
}

const struct fn_aggregate fn_heaps[] = {
	{ "kql_heap", 2, step, end, 0 },
	{ NULL, 0, NULL, NULL, 0 },
};
