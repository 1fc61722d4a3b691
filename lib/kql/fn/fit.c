/* SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "kql/fn/dyn.h"
#include "kql/fn/series.h"
#include "num.h"

/* What describes a series: statistics, and lines and polynomials through it.
 * Each gives a bag; those of several columns take it apart again. */

static void
put_real_member(struct buf *b, const char *name, double d)
{
	buf_printf(b, "%s\"%s\":", b->len > 1 ? "," : "", name);
	dyn_put_real(b, d);
}

static void
put_int_member(struct buf *b, const char *name, int64_t i)
{
	char out[NUM_MAX];

	buf_printf(b, "%s\"%s\":", b->len > 1 ? "," : "", name);
	buf_add(b, out, num_int(out, i));
}

struct stats {
	size_t n;
	double min, max, sum, avg, variance;
	size_t min_at, max_at;
};

/* Of the finite elements. */
static struct stats
describe(const struct series *s)
{
	struct stats t = { 0 };
	double d, m2 = 0;

	for (size_t i = 0; i < s->n; i++) {
		if (s->v[i].is == FN_NULL || !isfinite(s->v[i].d))
			continue;
		d = s->v[i].d;
		if (t.n == 0 || d < t.min) {
			t.min = d;
			t.min_at = i;
		}
		if (t.n == 0 || d > t.max) {
			t.max = d;
			t.max_at = i;
		}
		t.sum += d;
		t.n++;
	}
	t.avg = t.n > 0 ? t.sum / (double)t.n : 0;
	for (size_t i = 0; i < s->n; i++)
		if (s->v[i].is != FN_NULL && isfinite(s->v[i].d))
			m2 += (s->v[i].d - t.avg) * (s->v[i].d - t.avg);
	t.variance = t.n > 1 ? m2 / (double)(t.n - 1) : 0;
	return t;
}

/* kql_series_stats(series[, ignore what is not finite]) */
static void
stats(sqlite3_context *c, int n, sqlite3_value **v)
{
	struct series s;
	struct stats t;
	struct buf b = { 0 };

	if (series_read(&s, v[0]) == 0 && !s.scalar &&
	    (series_is_finite(&s) || (n > 1 && sqlite3_value_int(v[1]))) &&
	    (t = describe(&s)).n > 0) {
		buf_putc(&b, '{');
		put_real_member(&b, "min", t.min);
		put_int_member(&b, "min_idx", (int64_t)t.min_at);
		put_real_member(&b, "max", t.max);
		put_int_member(&b, "max_idx", (int64_t)t.max_at);
		put_real_member(&b, "avg", t.avg);
		put_real_member(&b, "stdev", sqrt(t.variance));
		put_real_member(&b, "variance", t.variance);
		put_real_member(&b, "sum", t.sum);
		put_int_member(&b, "len", (int64_t)t.n);
		buf_putc(&b, '}');
		fn_buf(c, &b);
	}
	series_free(&s);
}

/* A line through some of the elements; the first of the series is at x = 1. */
struct line {
	double slope, at0;
	double variance, rest; /* sums of squares: around the mean, the line */
};

static struct line
fit(const struct series *s, size_t from, size_t to)
{
	struct line l = { 0 };
	double n = (double)(to - from), x = 0, y = 0, xx = 0, xy = 0, dx, dy;

	for (size_t i = from; i < to; i++) {
		x += (double)i + 1;
		y += s->v[i].d;
	}
	x /= n;
	y /= n;
	for (size_t i = from; i < to; i++) {
		dx = (double)i + 1 - x;
		dy = s->v[i].d - y;
		xx += dx * dx;
		xy += dx * dy;
		l.variance += dy * dy;
	}
	l.slope = xx > 0 ? xy / xx : 0;
	l.at0 = y - l.slope * x;
	for (size_t i = from; i < to; i++) {
		dy = s->v[i].d - l.at0 - l.slope * ((double)i + 1);
		l.rest += dy * dy;
	}
	return l;
}

/* How much of the variance the line explains. */
static double
rsquare(double variance, double rest)
{
	return variance > 0 ? 1 - rest / variance : 1;
}

/* The variance of a sample of n from its sum of squares. */
static double
sample(double squares, size_t n)
{
	return n > 1 ? squares / (double)(n - 1) : 0;
}

static void
draw(double *y, const struct line *l, size_t from, size_t to)
{
	for (size_t i = from; i < to; i++)
		y[i] = l->at0 + l->slope * ((double)i + 1);
}

static void
put_drawn(struct buf *b, const char *name, const double *y, size_t n)
{
	buf_printf(b, ",\"%s\":", name);
	series_put_reals(b, y, n);
}

/* Read a series that a line goes through.  Returns 0, or -1. */
static int
read_finite(struct series *s, sqlite3_value *v, size_t least)
{
	return series_read(s, v) == 0 && !s->scalar && s->n >= least &&
		series_is_finite(s)
	    ? 0
	    : -1;
}

/* kql_series_fit_line(series) */
static void
fit_line(sqlite3_context *c, int n, sqlite3_value **v)
{
	struct series s;
	struct buf b = { 0 }, held = { 0 };
	struct line l;
	double *y;

	(void)n;
	if (read_finite(&s, v[0], 2) == 0) {
		l = fit(&s, 0, s.n);
		y = series_doubles(&held, s.n);
		draw(y, &l, 0, s.n);
		buf_putc(&b, '{');
		put_real_member(&b, "rsquare", rsquare(l.variance, l.rest));
		put_real_member(&b, "slope", l.slope);
		put_real_member(&b, "variance", sample(l.variance, s.n));
		put_real_member(&b, "rvariance", sample(l.rest, s.n));
		put_real_member(&b, "interception", l.at0);
		put_drawn(&b, "line_fit", y, s.n);
		buf_putc(&b, '}');
		fn_buf(c, &b);
		buf_fini(&held);
	}
	series_free(&s);
}

/* Sums of the elements up to each, so that any part is fitted at once. */
struct sums {
	double n, x, y, xx, xy, yy;
};

static void
add_point(struct sums *s, double x, double y)
{
	s->n++;
	s->x += x;
	s->y += y;
	s->xx += x * x;
	s->xy += x * y;
	s->yy += y * y;
}

/* The squares that a line leaves, from sums alone. */
static double
left_over(const struct sums *s)
{
	double xx = s->xx - s->x * s->x / s->n;
	double xy = s->xy - s->x * s->y / s->n;
	double yy = s->yy - s->y * s->y / s->n;

	return xx > 0 ? yy - xy * xy / xx : yy;
}

/* Where the series is best cut in two: the first element of the right part.
 * Each part has two elements or more. */
static size_t
best_split(const struct series *s)
{
	struct buf held = { 0 };
	double *right = series_doubles(&held, s->n + 1), best = INFINITY, rest;
	double mean = describe(s).avg;
	struct sums sums = { 0 };
	size_t at = s->n / 2;

	for (size_t i = s->n; i-- > 0;) {
		add_point(&sums, (double)i, s->v[i].d - mean);
		right[i] = left_over(&sums);
	}
	memset(&sums, 0, sizeof(sums));
	for (size_t i = 0; i + 2 < s->n; i++) {
		add_point(&sums, (double)i, s->v[i].d - mean);
		rest = left_over(&sums) + right[i + 1];
		if (i > 0 && rest < best) {
			best = rest;
			at = i + 1;
		}
	}
	buf_fini(&held);
	return at;
}

static void
put_side(struct buf *b, const char *side, const struct line *l, size_t n)
{
	char name[40];
	const struct {
		const char *what;
		double d;
	} members[] = { { "rsquare", rsquare(l->variance, l->rest) },
		{ "slope", l->slope }, { "interception", l->at0 },
		{ "variance", sample(l->variance, n) },
		{ "rvariance", sample(l->rest, n) } };

	for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
		snprintf(name, sizeof(name), "%s_%s", side, members[i].what);
		put_real_member(b, name, members[i].d);
	}
}

static void
put_two_lines(struct buf *b, const struct series *s, size_t at)
{
	struct line left = fit(s, 0, at), right = fit(s, at, s->n);
	double variance = fit(s, 0, s->n).variance;
	double rest = left.rest + right.rest;
	struct buf held = { 0 };
	double *y = series_doubles(&held, s->n);

	draw(y, &left, 0, at);
	draw(y, &right, at, s->n);
	buf_putc(b, '{');
	put_real_member(b, "rsquare", rsquare(variance, rest));
	put_int_member(b, "split_idx", (int64_t)at);
	put_real_member(b, "variance", sample(variance, s->n));
	put_real_member(b, "rvariance", sample(rest, s->n));
	put_drawn(b, "line_fit", y, s->n);
	put_side(b, "right", &right, s->n - at);
	put_side(b, "left", &left, at);
	buf_putc(b, '}');
	buf_fini(&held);
}

/* kql_series_fit_2lines(series) */
static void
fit_2lines(sqlite3_context *c, int n, sqlite3_value **v)
{
	struct series s;
	struct buf b = { 0 };

	(void)n;
	if (read_finite(&s, v[0], 4) == 0) {
		put_two_lines(&b, &s, best_split(&s));
		fn_buf(c, &b);
	}
	series_free(&s);
}

const struct fn fn_fits[] = {
	{ "kql_series_stats", 1, stats, 0, NULL },
	{ "kql_series_stats", 2, stats, 0, NULL },
	{ "kql_series_fit_line", 1, fit_line, 0, NULL },
	{ "kql_series_fit_2lines", 1, fit_2lines, 0, NULL },
	{ NULL, 0, NULL, 0, NULL },
};
