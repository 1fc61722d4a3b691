/* SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdlib.h>

#include "kql/fn/dyn.h"
#include "kql/fn/fn.h"
#include "kql/types.h"
#include "num.h"

#define RANGE_MAX 1048576 /* elements of an array, as Kusto has it */

/* Evenly spaced values, and where they end. */
enum end {
	E_CLOSED, /* the last one may be stop */
	E_OPEN,   /* it is less */
	E_BIN,    /* it is stop, which is one of them */
};

struct range {
	struct fn_number start, stop, step;
	enum end end;
};

/* How many there are. */
static int64_t
count_ints(const struct range *r)
{
	__int128 span = (__int128)r->stop.i - r->start.i, step = r->step.i, n;

	if (step < 0) {
		span = -span;
		step = -step;
	}
	if (step == 0 || span < 0 || (span == 0 && r->end == E_OPEN))
		return 0;
	n = (r->end == E_OPEN ? span - 1 : span) / step + 1;
	return n > RANGE_MAX ? RANGE_MAX : (int64_t)n;
}

/* One after the other, as they are added up. */
static int64_t
count_reals(const struct range *r)
{
	double v = r->start.d, step = r->step.d, stop = r->stop.d;
	int64_t n = 0;

	if (r->end == E_BIN)
		stop += step / 2;
	if (step == 0)
		return 0;
	for (; n < RANGE_MAX; v += step, n++)
		if (!(step > 0 ? v <= stop : v >= stop) ||
		    (r->end == E_OPEN && v == stop))
			break;
	return n;
}

static int64_t
count(const struct range *r)
{
	if (r->start.is == FN_NULL || r->stop.is == FN_NULL ||
	    r->step.is == FN_NULL)
		return 0;
	if (r->start.is == FN_INT && r->stop.is == FN_INT &&
	    r->step.is == FN_INT)
		return count_ints(r);
	return count_reals(r);
}

static void
put_element(struct buf *b, enum kql_type type, int64_t i, double d)
{
	char out[NUM_MAX];

	switch (type) {
	case KT_REAL:
		dyn_put_real(b, d);
		break;
	case KT_DATETIME:
		dyn_put_datetime(b, i);
		break;
	case KT_TIMESPAN:
		dyn_put_timespan(b, i);
		break;
	default:
		buf_add(b, out, num_int(out, i));
	}
}

/* kql_range_T(start, stop, step[, end]): an array. */
static void
range(sqlite3_context *c, int n, sqlite3_value **v)
{
	struct range r = { .end = n > 3 ? sqlite3_value_int(v[3]) : E_CLOSED };
	enum kql_type type = (enum kql_type)fn_self(c)->what;
	struct buf b = { 0 };
	int64_t elements, x;
	double d;

	if (fn_any_null(n, v))
		return;
	r.start = fn_number(v[0]);
	r.stop = fn_number(v[1]);
	r.step = fn_number(v[2]);
	x = r.start.i;
	d = r.start.d;
	elements = count(&r);
	buf_putc(&b, '[');
	for (int64_t i = 0; i < elements; i++) {
		if (i > 0)
			buf_putc(&b, ',');
		put_element(&b, type, x, d);
		x = (int64_t)((uint64_t)x + (uint64_t)r.step.i);
		d += r.step.d;
	}
	buf_putc(&b, ']');
	fn_buf(c, &b);
}

/* kql_fill_bins(json, start, stop, step): that many of it in an array. */
static void
repeat(sqlite3_context *c, int n, sqlite3_value **v)
{
	struct range r = { .end = E_OPEN };
	struct buf b = { 0 };
	int64_t elements;
	size_t len;
	const char *json = fn_str(v[0], &len);

	(void)n;
	r.start = fn_number(v[1]);
	r.stop = fn_number(v[2]);
	r.step = fn_number(v[3]);
	elements = count(&r);
	buf_putc(&b, '[');
	for (int64_t i = 0; i < elements; i++) {
		buf_puts(&b, i > 0 ? "," : "");
		if (len == 0)
			buf_puts(&b, "null");
		else
			buf_add(&b, json, len);
	}
	buf_putc(&b, ']');
	fn_buf(c, &b);
}

const struct fn fn_ranges[] = {
	{ "kql_range_long", 3, range, KT_LONG, NULL },
	{ "kql_range_long", 4, range, KT_LONG, NULL },
	{ "kql_range_real", 3, range, KT_REAL, NULL },
	{ "kql_range_real", 4, range, KT_REAL, NULL },
	{ "kql_range_datetime", 3, range, KT_DATETIME, NULL },
	{ "kql_range_datetime", 4, range, KT_DATETIME, NULL },
	{ "kql_range_timespan", 3, range, KT_TIMESPAN, NULL },
	{ "kql_range_timespan", 4, range, KT_TIMESPAN, NULL },
	{ "kql_fill_bins", 4, repeat, 0, NULL },
	{ NULL, 0, NULL, 0, NULL },
};

/*
 * kql_series(bin, json, default, from, to, step): an array of the values of
 * the bins from from to to, which is not in it any more.  Without from or to
 * (null) it begins or ends with the bins there are.
 */
struct point {
	struct fn_number bin;
	size_t at, len; /* its JSON in text; len 0: null */
};

struct series {
	struct range range;
	struct fn_number least, most;
	struct buf points;
	struct buf text;
	struct buf fill;
	int begun;
};

static int
is_less(struct fn_number a, struct fn_number b)
{
	return a.is == FN_INT && b.is == FN_INT ? a.i < b.i : a.d < b.d;
}

static void
begin_series(struct series *s, sqlite3_value **v)
{
	size_t n;
	const char *fill = fn_str(v[2], &n);

	buf_add(&s->fill, n > 0 ? fill : "null", n > 0 ? n : 4);
	s->range.start = fn_number(v[3]);
	s->range.stop = fn_number(v[4]);
	s->range.step = fn_number(v[5]);
	s->least = s->most = fn_number(v[0]);
	s->begun = 1;
}

static void
series_step(sqlite3_context *c, int n, sqlite3_value **v)
{
	struct series *s = sqlite3_aggregate_context(c, sizeof(*s));
	struct point p = { .bin = fn_number(v[0]) };
	const char *json;

	(void)n;
	if (s == NULL || p.bin.is == FN_NULL)
		return;
	if (!s->begun)
		begin_series(s, v);
	if (is_less(p.bin, s->least))
		s->least = p.bin;
	if (is_less(s->most, p.bin))
		s->most = p.bin;
	json = fn_str(v[1], &p.len);
	p.at = s->text.len;
	buf_add(&s->text, json, p.len);
	buf_add(&s->points, &p, sizeof(p));
}

/* Which element a bin is. */
static int64_t
place(const struct range *r, struct fn_number bin)
{
	if (bin.is == FN_INT && r->start.is == FN_INT && r->step.is == FN_INT)
		return (bin.i - r->start.i) / r->step.i;
	return llround((bin.d - r->start.d) / r->step.d);
}

/* The points in the order of the bins; NULL where there is none. */
static const struct point **
arrange(const struct series *s, int64_t n)
{
	const struct point *p = (const void *)s->points.data;
	const struct point **at = calloc((size_t)n + 1, sizeof(struct point *));
	int64_t i;

	for (size_t k = 0; at != NULL && k < s->points.len / sizeof(*p); k++) {
		i = place(&s->range, p[k].bin);
		if (i >= 0 && i < n)
			at[i] = &p[k];
	}
	return at;
}

static void
put_series(sqlite3_context *c, struct series *s)
{
	int64_t n = count(&s->range);
	const struct point **at = arrange(s, n);
	struct buf b = { 0 };

	if (at == NULL) {
		sqlite3_result_error_nomem(c);
		return;
	}
	buf_putc(&b, '[');
	for (int64_t i = 0; i < n; i++) {
		buf_puts(&b, i > 0 ? "," : "");
		if (at[i] == NULL)
			buf_add(&b, s->fill.data, s->fill.len);
		else if (at[i]->len == 0)
			buf_puts(&b, "null");
		else
			buf_add(&b, s->text.data + at[i]->at, at[i]->len);
	}
	buf_putc(&b, ']');
	fn_buf(c, &b);
	free(at);
}

static void
series_end(sqlite3_context *c)
{
	struct series *s = sqlite3_aggregate_context(c, 0);

	if (s == NULL || !s->begun)
		return;
	s->range.end = E_OPEN;
	if (s->range.start.is == FN_NULL)
		s->range.start = s->least;
	if (s->range.stop.is == FN_NULL) {
		s->range.stop = s->most;
		s->range.end = E_BIN;
	}
	put_series(c, s);
	buf_fini(&s->points);
	buf_fini(&s->text);
	buf_fini(&s->fill);
}

const struct fn_aggregate fn_series_aggregates[] = {
	{ "kql_series", 6, series_step, series_end, 0 },
	{ NULL, 0, NULL, NULL, 0 },
};
