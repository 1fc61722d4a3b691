/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "kql/fn/dyn.h"
#include "kql/fn/fn.h"
#include "kql/value.h"
#include "num.h"

/*
 * Sorted arrays: numbers and times before strings, these before guids, the
 * rest last; nulls where the caller wants them.  What is equal stays in order.
 */
struct item {
	struct dyn d;
	int class;
	double x;
	struct buf text; /* of strings and guids */
	size_t at;
};

enum class {
	NULLS_FIRST,
	NUMBERS,
	STRINGS,
	GUIDS,
	OTHERS,
	NULLS_LAST,
};

enum sort_kind {
	DESCENDING = 1,
	NULLS_IN_FRONT = 2,
};

static void
classify(struct item *x, int what)
{
	enum dyn_kind kind = dyn_kind(x->d);
	ticks t = 0;

	x->class = kind == DYN_NULL
	    ? (what & NULLS_IN_FRONT ? NULLS_FIRST : NULLS_LAST)
	    : kind == DYN_STRING                  ? STRINGS
	    : kind == DYN_GUID                    ? GUIDS
	    : kind > DYN_BOOL && kind < DYN_ARRAY ? NUMBERS
						  : OTHERS;
	if (kind == DYN_LONG || kind == DYN_REAL)
		num_parse_double(x->d.s, x->d.n, &x->x);
	if (kind >= DYN_STRING && kind < DYN_ARRAY)
		dyn_text(&x->text, x->d);
	if (kind == DYN_DATETIME)
		value_datetime(buf_str(&x->text), x->text.len, &t);
	if (kind == DYN_TIMESPAN)
		value_timespan(buf_str(&x->text), x->text.len, &t);
	if (t != 0)
		x->x = (double)t;
	if (kind == DYN_DECIMAL)
		num_parse_double(buf_str(&x->text), x->text.len, &x->x);
}

static int
order(const struct item *a, const struct item *b)
{
	int64_t i, k;

	if (a->class == NUMBERS && dyn_kind(a->d) == DYN_LONG &&
	    dyn_kind(b->d) == DYN_LONG &&
	    num_parse_int(a->d.s, a->d.n, &i) == 0 &&
	    num_parse_int(b->d.s, b->d.n, &k) == 0)
		return (i > k) - (i < k);
	if (a->class == NUMBERS)
		return (a->x > b->x) - (a->x < b->x);
	if (a->class == STRINGS || a->class == GUIDS)
		return strcmp(buf_str(&a->text), buf_str(&b->text));
	return 0;
}

static int
ascending(const void *p, const void *q)
{
	const struct item *a = p, *b = q;
	int r = a->class != b->class ? a->class - b->class : order(a, b);

	return r != 0 ? r : (a->at > b->at) - (a->at < b->at);
}

static int
descending(const void *p, const void *q)
{
	const struct item *a = p, *b = q;
	int r = a->class != b->class ? a->class - b->class : -order(a, b);

	return r != 0 ? r : (a->at > b->at) - (a->at < b->at);
}

/* The elements of v in the order in which items stand. */
static void
give(sqlite3_context *c, const struct item *items, size_t n, sqlite3_value *v)
{
	struct buf b = { 0 }, elements = { 0 };
	const struct dyn *e;
	size_t k = 0;

	if (dyn_elements(&elements, fn_dyn(v)) == (ptrdiff_t)n) {
		e = (const void *)elements.data;
		for (size_t i = 0; i < n; i++)
			dyn_add(&b, &k, e[items[i].at]);
		fn_array(c, &b, k);
	}
	buf_fini(&elements);
}

/* sort(what, array[, another in the order of the first]) */
static void
sort(sqlite3_context *c, int nargs, sqlite3_value **v)
{
	int what = sqlite3_value_int(v[0]);
	struct buf items = { 0 };
	struct item *x;
	struct dyn_walk w;
	size_t n = 0;

	if (dyn_kind(fn_dyn(v[1])) != DYN_ARRAY)
		return;
	dyn_walk(&w, fn_dyn(v[1]));
	while (dyn_next(&w)) {
		struct item item = { .d = w.value, .at = n++ };

		classify(&item, what);
		buf_add(&items, &item, sizeof(item));
	}
	x = (void *)items.data;
	if (n > 0)
		qsort(x, n, sizeof(*x),
		    what & DESCENDING ? descending : ascending);
	give(c, x, n, v[nargs - 1]);
	for (size_t i = 0; i < n; i++)
		buf_fini(&x[i].text);
	buf_fini(&items);
}

const struct fn fn_sorts[] = {
	{ "kql_array_sort", 2, sort, 0, NULL },
	{ "kql_array_sort", 3, sort, 0, NULL },
	{ NULL, 0, NULL, 0, NULL },
};
