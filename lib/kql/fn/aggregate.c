/* SPDX-License-Identifier: MIT */
#include <math.h>
#include <string.h>

#include "kql/fn/fn.h"

#define VARIANCE_DIGITS 1e10 /* Kusto rounds variances to ten decimals */

/*
 * Sums: integers wrap; doubles are added with bits to spare.  SQLite aligns
 * its memory to eight bytes, less than these types would have by themselves.
 */
struct sum {
	int64_t n;
	int64_t wrapped;
	__int128 whole;
	long double real;
} __attribute__((packed, aligned(8)));

static void
sum_step(sqlite3_context *c, int n, sqlite3_value **v)
{
	struct sum *s = sqlite3_aggregate_context(c, sizeof(*s));
	struct fn_number x = fn_number(v[0]);

	(void)n;
	if (s == NULL || x.is == FN_NULL)
		return;
	s->n++;
	if (x.is == FN_REAL) {
		s->real += x.d;
		return;
	}
	s->whole += x.i;
	s->wrapped = (int64_t)((uint64_t)s->wrapped + (uint64_t)x.i);
}

static const struct sum *
sum_of(sqlite3_context *c)
{
	static const struct sum none;
	const struct sum *s = sqlite3_aggregate_context(c, 0);

	return s != NULL ? s : &none;
}

static void
sum_end(sqlite3_context *c)
{
	sqlite3_result_int64(c, sum_of(c)->wrapped);
}

static void
rsum_end(sqlite3_context *c)
{
	const struct sum *s = sum_of(c);

	fn_real(c, (double)(s->real + (long double)s->whole));
}

static void
avg_end(sqlite3_context *c)
{
	const struct sum *s = sum_of(c);
	/* Of integers it is the sum over the count, a sum that has wrapped. */
	long double all = s->real + (long double)s->wrapped;

	fn_real(c, s->n > 0 ? (double)(all / s->n) : NAN);
}

static void
avg_ticks_end(sqlite3_context *c)
{
	const struct sum *s = sum_of(c);

	if (s->n > 0)
		sqlite3_result_int64(c, (int64_t)(s->whole / s->n));
}

/* The least or greatest; a NaN wins over every number. */
struct extreme {
	struct fn_number best;
};

static void
extreme_step(sqlite3_context *c, int n, sqlite3_value **v)
{
	struct extreme *s = sqlite3_aggregate_context(c, sizeof(*s));
	int max = fn_self_aggregate(c)->what;
	struct fn_number x = fn_number(v[0]), *b;

	(void)n;
	if (s == NULL || x.is == FN_NULL)
		return;
	b = &s->best;
	if (b->is == FN_NULL || isnan(x.d) ||
	    (x.is == FN_INT && b->is == FN_INT
		    ? (max ? x.i > b->i : x.i < b->i)
		    : (max ? x.d > b->d : x.d < b->d)))
		*b = x;
}

static void
extreme_end(sqlite3_context *c)
{
	const struct extreme *s = sqlite3_aggregate_context(c, 0);

	if (s == NULL || s->best.is == FN_NULL)
		return;
	if (s->best.is == FN_INT)
		sqlite3_result_int64(c, s->best.i);
	else
		fn_real(c, s->best.d);
}

/* A value that is kept as it stands: take_any, least and greatest string. */
struct kept {
	sqlite3_value *v;
};

enum keep {
	KEEP_FIRST,
	KEEP_MIN,
	KEEP_MAX,
};

static void
keep_step(sqlite3_context *c, int n, sqlite3_value **v)
{
	struct kept *k = sqlite3_aggregate_context(c, sizeof(*k));
	int what = fn_self_aggregate(c)->what;

	(void)n;
	if (k == NULL || sqlite3_value_type(v[0]) == SQLITE_NULL)
		return;
	if (k->v != NULL) {
		if (what == KEEP_FIRST ||
		    (what == KEEP_MIN ? fn_text_order(v[0], k->v) >= 0
				      : fn_text_order(v[0], k->v) <= 0))
			return;
		sqlite3_value_free(k->v);
	}
	k->v = sqlite3_value_dup(v[0]);
}

static void
keep_end(sqlite3_context *c)
{
	struct kept *k = sqlite3_aggregate_context(c, 0);

	if (k == NULL || k->v == NULL)
		return;
	sqlite3_result_value(c, k->v);
	sqlite3_value_free(k->v);
	k->v = NULL;
}

/* Variance by Welford's method: no difference of great sums. */
struct spread {
	int64_t n;
	double mean, m2;
};

static void
spread_step(sqlite3_context *c, int n, sqlite3_value **v)
{
	struct spread *s = sqlite3_aggregate_context(c, sizeof(*s));
	struct fn_number x = fn_number(v[0]);
	double d;

	(void)n;
	if (s == NULL || x.is == FN_NULL)
		return;
	s->n++;
	d = x.d - s->mean;
	s->mean += d / (double)s->n;
	s->m2 += d * (x.d - s->mean);
}

enum spread_kind {
	S_VARIANCE = 1, /* else the root of it */
	S_WHOLE = 2,    /* of the population, not of a sample */
};

static double
rounded(double v)
{
	double r = round(v * VARIANCE_DIGITS) / VARIANCE_DIGITS;

	return isfinite(r) ? r : v;
}

static void
spread_end(sqlite3_context *c)
{
	const struct spread *s = sqlite3_aggregate_context(c, 0);
	int what = fn_self_aggregate(c)->what;
	int64_t less = what & S_WHOLE ? 0 : 1;
	double var = 0;

	if (s != NULL && s->n > less)
		var = rounded(s->m2 / (double)(s->n - less));
	fn_real(c, what & S_VARIANCE ? var : sqrt(var));
}

/* Covariance: as variance, of two values at once. */
struct shared_spread {
	int64_t n;
	double x, y; /* means */
	double c;
};

static void
covariance_step(sqlite3_context *c, int n, sqlite3_value **v)
{
	struct shared_spread *s = sqlite3_aggregate_context(c, sizeof(*s));
	double y, dx;

	if (s == NULL || fn_any_null(n, v))
		return;
	s->n++;
	dx = fn_number(v[0]).d - s->x;
	s->x += dx / (double)s->n;
	y = fn_number(v[1]).d;
	s->y += (y - s->y) / (double)s->n;
	s->c += dx * (y - s->y);
}

static void
covariance_end(sqlite3_context *c)
{
	const struct shared_spread *s = sqlite3_aggregate_context(c, 0);
	int64_t less = fn_self_aggregate(c)->what & S_WHOLE ? 0 : 1;

	fn_real(c,
	    s != NULL && s->n > less ? rounded(s->c / (double)(s->n - less))
				     : 0);
}

/* The bits of all integers. */
struct bits {
	int64_t v;
	int any;
};

static void
bits_step(sqlite3_context *c, int n, sqlite3_value **v)
{
	struct bits *s = sqlite3_aggregate_context(c, sizeof(*s));
	int64_t x = sqlite3_value_int64(v[0]);

	if (s == NULL || fn_any_null(n, v))
		return;
	if (!s->any)
		s->v = x;
	else if (fn_self_aggregate(c)->what == '&')
		s->v &= x;
	else if (fn_self_aggregate(c)->what == '|')
		s->v |= x;
	else
		s->v ^= x;
	s->any = 1;
}

static void
bits_end(sqlite3_context *c)
{
	const struct bits *s = sqlite3_aggregate_context(c, 0);

	if (s != NULL && s->any)
		sqlite3_result_int64(c, s->v);
}

const struct fn_aggregate fn_aggregates[] = {
	{ "kql_sum", 1, sum_step, sum_end, 0 },
	{ "kql_rsum", 1, sum_step, rsum_end, 0 },
	{ "kql_avg", 1, sum_step, avg_end, 0 },
	{ "kql_avg_ticks", 1, sum_step, avg_ticks_end, 0 },
	{ "kql_min", 1, extreme_step, extreme_end, 0 },
	{ "kql_max", 1, extreme_step, extreme_end, 1 },
	{ "kql_min_string", 1, keep_step, keep_end, KEEP_MIN },
	{ "kql_max_string", 1, keep_step, keep_end, KEEP_MAX },
	{ "kql_take_any", 1, keep_step, keep_end, KEEP_FIRST },
	{ "kql_stdev", 1, spread_step, spread_end, 0 },
	{ "kql_stdevp", 1, spread_step, spread_end, S_WHOLE },
	{ "kql_variance", 1, spread_step, spread_end, S_VARIANCE },
	{ "kql_variancep", 1, spread_step, spread_end, S_VARIANCE | S_WHOLE },
	{ "kql_covariance", 2, covariance_step, covariance_end, 0 },
	{ "kql_covariancep", 2, covariance_step, covariance_end, S_WHOLE },
	{ "kql_all_and", 1, bits_step, bits_end, '&' },
	{ "kql_all_or", 1, bits_step, bits_end, '|' },
	{ "kql_all_xor", 1, bits_step, bits_end, '^' },
	{ NULL, 0, NULL, NULL, 0 },
};
