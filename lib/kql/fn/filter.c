/* SPDX-License-Identifier: MIT */
#include <math.h>
#include <string.h>

#include "kql/fn/dyn.h"
#include "kql/fn/series.h"

/* Filters of series, and what fills the gaps in them. */

static double
sum_of(const struct series *s)
{
	double sum = 0;

	for (size_t i = 0; i < s->n; i++)
		sum += s->v[i].d;
	return sum;
}

static int
has_negative(const struct series *s)
{
	for (size_t i = 0; i < s->n; i++)
		if (s->v[i].d < 0)
			return 1;
	return 0;
}

/* The weighted sum that ends shift elements behind i; what lies beyond the
 * ends of the series is 0. */
static struct fn_number
weigh(const struct series *s, const struct series *f, size_t i, size_t shift)
{
	struct fn_number y = { .is = FN_REAL };
	size_t at;

	for (size_t k = 0; k < f->n; k++) {
		if (i + shift < k || (at = i + shift - k) >= s->n)
			continue;
		if (s->v[at].is == FN_NULL)
			y.is = FN_NULL;
		y.d += f->v[k].d * s->v[at].d;
	}
	return y;
}

static void
put_fir(sqlite3_context *c, const struct series *s, const struct series *f,
    int normalize, int center)
{
	struct buf b = { 0 };
	double by = normalize ? sum_of(f) : 1;
	struct fn_number y;

	buf_putc(&b, '[');
	for (size_t i = 0; i < s->n; i++) {
		y = weigh(s, f, i, center ? (f->n - 1) / 2 : 0);
		y.d /= by;
		if (i > 0)
			buf_putc(&b, ',');
		series_put(&b, y, 1);
	}
	buf_putc(&b, ']');
	fn_buf(c, &b);
}

/* kql_series_fir(series, filter[, normalize[, center]]) */
static void
fir(sqlite3_context *c, int n, sqlite3_value **v)
{
	struct series s, f = { 0 };
	int normalize, center = n > 3 && sqlite3_value_int(v[3]);

	if (series_read(&s, v[0]) == 0 && series_read(&f, v[1]) == 0 &&
	    !s.scalar && !f.scalar && f.n > 0 && series_is_finite(&f)) {
		normalize = n > 2 ? sqlite3_value_int(v[2]) : !has_negative(&f);
		if (!normalize || !has_negative(&f))
			put_fir(c, &s, &f, normalize, center);
	}
	series_free(&s);
	series_free(&f);
}

/* y[i] by what came in (b) and what went out before (a). */
static void
put_iir(sqlite3_context *c, const struct series *s, const struct series *b,
    const struct series *a)
{
	struct buf held = { 0 };
	double *y = series_doubles(&held, s->n), sum;

	for (size_t i = 0; i < s->n; i++) {
		sum = 0;
		for (size_t k = 0; k < b->n && k <= i; k++)
			sum += b->v[k].d * s->v[i - k].d;
		for (size_t k = 1; k < a->n && k <= i; k++)
			sum -= a->v[k].d * y[i - k];
		y[i] = sum / a->v[0].d;
	}
	series_reals(c, y, s->n);
	buf_fini(&held);
}

/* kql_series_iir(series, numerators, denominators) */
static void
iir(sqlite3_context *c, int n, sqlite3_value **v)
{
	struct series s, b = { 0 }, a = { 0 };

	(void)n;
	if (series_read(&s, v[0]) == 0 && series_read(&b, v[1]) == 0 &&
	    series_read(&a, v[2]) == 0 && !s.scalar && !b.scalar && !a.scalar &&
	    b.n > 0 && a.n > 0 && a.v[0].d != 0 && series_is_finite(&s) &&
	    series_is_finite(&b) && series_is_finite(&a))
		put_iir(c, &s, &b, &a);
	series_free(&s);
	series_free(&b);
	series_free(&a);
}

/* A series whose gaps are to be filled: the text of each element, so that it
 * stays what it was, and its number. */
struct gaps {
	struct series s;
	struct dyn *text; /* in held */
	struct buf held;
	struct fn_number missing; /* what stands for a gap, or null */
};

static int
is_gap(const struct gaps *g, size_t i)
{
	struct fn_number x = g->s.v[i];

	if (g->missing.is == FN_NULL)
		return x.is == FN_NULL && dyn_kind(g->text[i]) == DYN_NULL;
	if (isnan(g->missing.d))
		return x.is == FN_REAL && isnan(x.d);
	return x.is != FN_NULL && x.d == g->missing.d;
}

/* Read a series; missing may be NULL.  Returns 0, or -1. */
static int
gaps_read(struct gaps *g, sqlite3_value *v, sqlite3_value *missing)
{
	struct dyn_walk w;
	struct dyn d;

	memset(g, 0, sizeof(*g));
	if (series_read(&g->s, v) == -1 || g->s.scalar)
		return -1;
	if (missing != NULL)
		g->missing = fn_number(missing);
	d.s = fn_str(v, &d.n);
	dyn_walk(&w, d);
	while (dyn_next(&w))
		buf_add(&g->held, &w.value, sizeof(w.value));
	g->text = (struct dyn *)(void *)g->held.data;
	return 0;
}

static void
gaps_free(struct gaps *g)
{
	series_free(&g->s);
	buf_fini(&g->held);
}

/* Give the elements as they are now. */
static void
put_texts(sqlite3_context *c, const struct gaps *g)
{
	struct buf b = { 0 };

	buf_putc(&b, '[');
	for (size_t i = 0; i < g->s.n; i++) {
		if (i > 0)
			buf_putc(&b, ',');
		buf_add(&b, g->text[i].s, g->text[i].n);
	}
	buf_putc(&b, ']');
	fn_buf(c, &b);
}

enum fill {
	F_FORWARD,
	F_BACKWARD,
};

/* kql_series_fill_forward(series[, missing]) */
static void
fill_along(sqlite3_context *c, int n, sqlite3_value **v)
{
	int back = fn_self(c)->what == F_BACKWARD;
	struct gaps g;
	size_t i, last = 0;
	int have = 0;

	if (gaps_read(&g, v[0], n > 1 ? v[1] : NULL) == 0) {
		for (size_t k = 0; k < g.s.n; k++) {
			i = back ? g.s.n - 1 - k : k;
			if (!is_gap(&g, i)) {
				last = i;
				have = 1;
			} else if (have) {
				g.text[i] = g.text[last];
			}
		}
		put_texts(c, &g);
	}
	gaps_free(&g);
}

/* kql_series_fill_const(series, json[, missing]) */
static void
fill_const(sqlite3_context *c, int n, sqlite3_value **v)
{
	struct gaps g;
	struct dyn value;

	value.s = fn_str(v[1], &value.n);
	if (value.n == 0) {
		value.s = "null";
		value.n = 4;
	}
	if (gaps_read(&g, v[0], n > 2 ? v[2] : NULL) == 0) {
		for (size_t i = 0; i < g.s.n; i++)
			if (is_gap(&g, i))
				g.text[i] = value;
		put_texts(c, &g);
	}
	gaps_free(&g);
}

/* An element between two that are there, of a series of integers cut. */
static void
put_between(
    struct buf *b, const struct gaps *g, size_t left, size_t i, size_t right)
{
	struct fn_number x = g->s.v[left], y = g->s.v[right];
	double part = (double)(i - left) / (double)(right - left);

	x.d += (y.d - x.d) * part;
	x.i = (int64_t)x.d;
	series_put(b, x, g->s.real);
}

/* An element of a line through what is there, at the edges the nearest. */
static void
put_linear(struct buf *b, const struct gaps *g, size_t left, size_t i,
    size_t right, int edges)
{
	if (i == left || i == right) /* it is there itself */
		buf_add(b, g->text[i].s, g->text[i].n);
	else if (left < g->s.n && right < g->s.n)
		put_between(b, g, left, i, right);
	else if (left >= g->s.n && right >= g->s.n)
		buf_add(b, g->text[i].s, g->text[i].n);
	else if (!edges)
		buf_add(b, g->text[i].s, g->text[i].n);
	else
		buf_add(b, g->text[left < g->s.n ? left : right].s,
		    g->text[left < g->s.n ? left : right].n);
}

static int
all_gaps(const struct gaps *g)
{
	for (size_t i = 0; i < g->s.n; i++)
		if (!is_gap(g, i))
			return 0;
	return 1;
}

/* All elements but one kind: n of a constant, which keeps its type only if
 * the elements are integers. */
static void
put_constant(sqlite3_context *c, const struct gaps *g, sqlite3_value *value)
{
	struct fn_number x = { .is = FN_INT };
	struct buf b = { 0 };

	if (value != NULL)
		x = fn_number(value);
	buf_putc(&b, '[');
	for (size_t i = 0; i < g->s.n; i++) {
		if (i > 0)
			buf_putc(&b, ',');
		series_put(&b, x, g->s.v[i].is != FN_INT);
	}
	buf_putc(&b, ']');
	fn_buf(c, &b);
}

/* kql_series_fill_linear(series[, missing[, edges[, constant]]]) */
static void
fill_linear(sqlite3_context *c, int n, sqlite3_value **v)
{
	int edges = n > 2 ? sqlite3_value_int(v[2]) : 1;
	struct gaps g;
	struct buf b = { 0 };
	size_t left, right = 0;

	if (gaps_read(&g, v[0], n > 1 ? v[1] : NULL) == -1) {
		gaps_free(&g);
		return;
	}
	if (all_gaps(&g)) {
		put_constant(c, &g, n > 3 ? v[3] : NULL);
		gaps_free(&g);
		return;
	}
	left = g.s.n;
	buf_putc(&b, '[');
	for (size_t i = 0; i < g.s.n; i++) {
		if (i > 0)
			buf_putc(&b, ',');
		if (!is_gap(&g, i))
			left = i;
		if (right < i)
			right = i;
		while (right < g.s.n && is_gap(&g, right))
			right++;
		put_linear(&b, &g, left, i, right, edges);
	}
	buf_putc(&b, ']');
	fn_buf(c, &b);
	gaps_free(&g);
}

const struct fn fn_filters[] = {
	{ "kql_series_fir", 2, fir, 0, NULL },
	{ "kql_series_fir", 3, fir, 0, NULL },
	{ "kql_series_fir", 4, fir, 0, NULL },
	{ "kql_series_iir", 3, iir, 0, NULL },
	{ "kql_series_fill_forward", 1, fill_along, F_FORWARD, NULL },
	{ "kql_series_fill_forward", 2, fill_along, F_FORWARD, NULL },
	{ "kql_series_fill_backward", 1, fill_along, F_BACKWARD, NULL },
	{ "kql_series_fill_backward", 2, fill_along, F_BACKWARD, NULL },
	{ "kql_series_fill_const", 2, fill_const, 0, NULL },
	{ "kql_series_fill_const", 3, fill_const, 0, NULL },
	{ "kql_series_fill_linear", 1, fill_linear, 0, NULL },
	{ "kql_series_fill_linear", 2, fill_linear, 0, NULL },
	{ "kql_series_fill_linear", 3, fill_linear, 0, NULL },
	{ "kql_series_fill_linear", 4, fill_linear, 0, NULL },
	{ NULL, 0, NULL, 0, NULL },
};
