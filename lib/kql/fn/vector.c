/* SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "kql/fn/series.h"

/* Numbers that a series, or two of them, come to. */
enum reduce {
	R_SUM,
	R_PRODUCT,
	R_MAGNITUDE,
};

/* kql_series_sum(series) and its like; nulls are left out. */
static void
reduce(sqlite3_context *c, int n, sqlite3_value **v)
{
	int what = fn_self(c)->what;
	double all = what == R_PRODUCT ? 1 : 0, d;
	struct series s;

	(void)n;
	if (series_read(&s, v[0]) == 0 && !s.scalar) {
		for (size_t i = 0; i < s.n; i++) {
			d = s.v[i].d;
			if (s.v[i].is == FN_NULL)
				continue;
			all = what == R_SUM     ? all + d
			    : what == R_PRODUCT ? all * d
						: all + d * d;
		}
		fn_real(c, what == R_MAGNITUDE ? sqrt(all) : all);
	}
	series_free(&s);
}

/* Sums over the elements that both have. */
struct pairs {
	size_t n;
	double x, y, xx, xy, yy;
};

static struct pairs
pair(const struct series *s, const struct series *t)
{
	struct pairs p = { 0 };
	size_t n = s->scalar ? t->n : t->scalar || s->n < t->n ? s->n : t->n;
	struct fn_number x, y;

	for (size_t i = 0; i < n; i++) {
		x = series_at(s, i);
		y = series_at(t, i);
		if (x.is == FN_NULL || y.is == FN_NULL)
			continue;
		p.n++;
		p.x += x.d;
		p.y += y.d;
		p.xx += x.d * x.d;
		p.xy += x.d * y.d;
		p.yy += y.d * y.d;
	}
	return p;
}

/* kql_series_dot_product(x, y) */
static void
dot_product(sqlite3_context *c, int n, sqlite3_value **v)
{
	struct series s, t = { 0 };

	(void)n;
	if (series_read(&s, v[0]) == 0 && series_read(&t, v[1]) == 0 &&
	    s.n > 0 && t.n > 0 && !(s.scalar && t.scalar))
		fn_real(c, pair(&s, &t).xy);
	series_free(&s);
	series_free(&t);
}

/* kql_series_cosine_similarity(x, y[, magnitude of x[, of y]]) */
static void
cosine(sqlite3_context *c, int n, sqlite3_value **v)
{
	struct series s, t = { 0 };
	struct pairs p;
	double x, y;

	if (series_read(&s, v[0]) == 0 && series_read(&t, v[1]) == 0 &&
	    s.n > 0 && t.n > 0 && !s.scalar && !t.scalar) {
		p = pair(&s, &t);
		x = n > 2 ? fn_number(v[2]).d : sqrt(p.xx);
		y = n > 3 ? fn_number(v[3]).d : sqrt(p.yy);
		fn_real(c, p.xy / (x * y));
	}
	series_free(&s);
	series_free(&t);
}

/* The correlation, around the means so that nothing great is subtracted. */
static double
correlate(const struct series *s, const struct series *t)
{
	struct pairs p = pair(s, t);
	double x = p.x / (double)p.n, y = p.y / (double)p.n;
	double xx = 0, xy = 0, yy = 0, dx, dy;

	for (size_t i = 0; i < s->n; i++) {
		dx = s->v[i].d - x;
		dy = t->v[i].d - y;
		xx += dx * dx;
		xy += dx * dy;
		yy += dy * dy;
	}
	return xy / sqrt(xx * yy);
}

/* Are all elements numbers? */
static int
is_full(const struct series *s)
{
	for (size_t i = 0; i < s->n; i++)
		if (s->v[i].is == FN_NULL)
			return 0;
	return !s->scalar && s->n > 0;
}

/* kql_series_pearson_correlation(x, y) */
static void
pearson(sqlite3_context *c, int n, sqlite3_value **v)
{
	struct series s, t = { 0 };

	(void)n;
	if (series_read(&s, v[0]) == 0 && series_read(&t, v[1]) == 0 &&
	    s.n == t.n && is_full(&s) && is_full(&t))
		fn_real(c, correlate(&s, &t));
	series_free(&s);
	series_free(&t);
}

static int
by_value(const void *p, const void *q)
{
	double a = *(const double *)p, b = *(const double *)q;

	return (a > b) - (a < b);
}

/* The median of n values, sorted in passing. */
static double
median(double *v, size_t n)
{
	qsort(v, n, sizeof(*v), by_value);
	return n % 2 == 1 ? v[n / 2] : (v[n / 2 - 1] + v[n / 2]) / 2;
}

static void
put_seasonal(sqlite3_context *c, const struct series *s, size_t period)
{
	struct buf b1 = { 0 }, b2 = { 0 };
	double *y = series_doubles(&b1, s->n),
	       *part = series_doubles(&b2, s->n);
	double m;
	size_t n;

	for (size_t k = 0; k < period && k < s->n; k++) {
		n = 0;
		for (size_t i = k; i < s->n; i += period)
			part[n++] = s->v[i].d;
		m = median(part, n);
		for (size_t i = k; i < s->n; i += period)
			y[i] = m;
	}
	series_reals(c, y, s->n);
	buf_fini(&b1);
	buf_fini(&b2);
}

/* kql_series_seasonal(series, period): a period that is none gives zeros. */
static void
seasonal(sqlite3_context *c, int n, sqlite3_value **v)
{
	int64_t period = sqlite3_value_int64(v[1]);
	struct series s;

	(void)n;
	if (series_read(&s, v[0]) == 0 && !s.scalar && series_is_finite(&s))
		put_seasonal(c, &s, period > 0 ? (size_t)period : 0);
	series_free(&s);
}

const struct fn fn_vectors[] = {
	{ "kql_series_sum", 1, reduce, R_SUM, NULL },
	{ "kql_series_product", 1, reduce, R_PRODUCT, NULL },
	{ "kql_series_magnitude", 1, reduce, R_MAGNITUDE, NULL },
	{ "kql_series_dot_product", 2, dot_product, 0, NULL },
	{ "kql_series_cosine_similarity", 2, cosine, 0, NULL },
	{ "kql_series_cosine_similarity", 3, cosine, 0, NULL },
	{ "kql_series_cosine_similarity", 4, cosine, 0, NULL },
	{ "kql_series_pearson_correlation", 2, pearson, 0, NULL },
	{ "kql_series_seasonal", 2, seasonal, 0, NULL },
	{ NULL, 0, NULL, 0, NULL },
};
