/* SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdint.h>

#include "kql/fn/series.h"

/* Functions of series that go element by element. */
enum one {
	O_ABS,
	O_SIGN,
	O_FLOOR,
	O_CEILING,
	O_REAL, /* from here on the result is real: detail is a function */
};

enum two {
	T_ADD,
	T_SUB,
	T_MUL,
	T_DIV,
	T_POW,
	T_EQ, /* from here on it is bool */
	T_NE,
	T_LT,
	T_LE,
	T_GT,
	T_GE,
};

static struct fn_number
of_one(struct fn_number x, int what)
{
	if (x.is == FN_NULL || what == O_REAL)
		return x;
	if (what == O_ABS && x.i < 0)
		x.i = (int64_t) - (uint64_t)x.i;
	if (what == O_SIGN)
		x.i = (x.i > 0) - (x.i < 0);
	x.d = what == O_ABS     ? fabs(x.d)
	    : what == O_SIGN    ? (double)((x.d > 0) - (x.d < 0))
	    : what == O_FLOOR   ? floor(x.d)
	    : what == O_CEILING ? ceil(x.d)
				: x.d;
	return x;
}

typedef double real_call(double);

/* A C function can hide behind a pointer to data only in a struct. */
struct real_one {
	real_call *call;
};

/* kql_series_abs(series) and its like: integers stay what they are. */
static void
one(sqlite3_context *c, int n, sqlite3_value **v)
{
	int what = fn_self(c)->what;
	const struct real_one *f = fn_self(c)->detail;
	struct series s;
	struct buf b = { 0 };
	struct fn_number x;

	(void)n;
	if (series_read(&s, v[0]) == -1 || s.scalar) {
		series_free(&s);
		return;
	}
	buf_putc(&b, '[');
	for (size_t i = 0; i < s.n; i++) {
		x = of_one(s.v[i], what);
		if (f != NULL)
			x.d = f->call(x.d);
		if (i > 0)
			buf_putc(&b, ',');
		series_put(&b, x, s.real || f != NULL);
	}
	buf_putc(&b, ']');
	fn_buf(c, &b);
	series_free(&s);
}

static struct fn_number
calculate(struct fn_number x, struct fn_number y, int what, int real)
{
	uint64_t a = (uint64_t)x.i, b = (uint64_t)y.i;
	struct fn_number r = { .is = real ? FN_REAL : FN_INT };

	if (x.is == FN_NULL || y.is == FN_NULL) {
		r.is = FN_NULL;
		return r;
	}
	r.i = (int64_t)(what == T_ADD ? a + b : what == T_SUB ? a - b : a * b);
	r.d = what == T_ADD ? x.d + y.d
	    : what == T_SUB ? x.d - y.d
	    : what == T_MUL ? x.d * y.d
	    : what == T_DIV ? x.d / y.d
			    : pow(x.d, y.d);
	return r;
}

/* Integers are compared as such. */
static int
compare(struct fn_number x, struct fn_number y, int what)
{
	int both = x.is == FN_INT && y.is == FN_INT;
	int less = both ? x.i < y.i : x.d < y.d;
	int more = both ? x.i > y.i : x.d > y.d;
	int same = both ? x.i == y.i : x.d == y.d;

	switch (what) {
	case T_EQ:
		return same;
	case T_NE:
		return !same;
	case T_LT:
		return less;
	case T_LE:
		return less || same;
	case T_GT:
		return more;
	default:
		return more || same;
	}
}

static void
put_two(struct buf *b, const struct series *s, const struct series *t, size_t i,
    int what)
{
	struct fn_number x = series_at(s, i), y = series_at(t, i);
	int real = s->real || t->real || what == T_DIV || what == T_POW;

	if (i > 0)
		buf_putc(b, ',');
	if (what < T_EQ)
		series_put(b, calculate(x, y, what, real), 0);
	else if (x.is == FN_NULL || y.is == FN_NULL)
		buf_puts(b, "null");
	else
		buf_puts(b, compare(x, y, what) ? "true" : "false");
}

/* kql_series_add(x, y) and its like: what one lacks at the end is null. */
static void
two(sqlite3_context *c, int n, sqlite3_value **v)
{
	struct series s, t = { 0 };
	struct buf b = { 0 };
	size_t len;

	(void)n;
	if (series_read(&s, v[0]) == 0 && series_read(&t, v[1]) == 0 &&
	    !(s.scalar && t.scalar)) {
		len = s.n > t.n ? s.n : t.n;
		if ((s.scalar && t.n == 0) || (t.scalar && s.n == 0))
			len = 0;
		buf_putc(&b, '[');
		for (size_t i = 0; i < len; i++)
			put_two(&b, &s, &t, i, fn_self(c)->what);
		buf_putc(&b, ']');
		fn_buf(c, &b);
	}
	series_free(&s);
	series_free(&t);
}

static const struct real_one real_exp = { exp }, real_log = { log },
			     real_sin = { sin }, real_cos = { cos },
			     real_tan = { tan }, real_asin = { asin },
			     real_acos = { acos }, real_atan = { atan };

const struct fn fn_elementwise[] = {
	{ "kql_series_abs", 1, one, O_ABS, NULL },
	{ "kql_series_sign", 1, one, O_SIGN, NULL },
	{ "kql_series_floor", 1, one, O_FLOOR, NULL },
	{ "kql_series_ceiling", 1, one, O_CEILING, NULL },
	{ "kql_series_exp", 1, one, O_REAL, &real_exp },
	{ "kql_series_log", 1, one, O_REAL, &real_log },
	{ "kql_series_sin", 1, one, O_REAL, &real_sin },
	{ "kql_series_cos", 1, one, O_REAL, &real_cos },
	{ "kql_series_tan", 1, one, O_REAL, &real_tan },
	{ "kql_series_asin", 1, one, O_REAL, &real_asin },
	{ "kql_series_acos", 1, one, O_REAL, &real_acos },
	{ "kql_series_atan", 1, one, O_REAL, &real_atan },
	{ "kql_series_add", 2, two, T_ADD, NULL },
	{ "kql_series_subtract", 2, two, T_SUB, NULL },
	{ "kql_series_multiply", 2, two, T_MUL, NULL },
	{ "kql_series_divide", 2, two, T_DIV, NULL },
	{ "kql_series_pow", 2, two, T_POW, NULL },
	{ "kql_series_equals", 2, two, T_EQ, NULL },
	{ "kql_series_not_equals", 2, two, T_NE, NULL },
	{ "kql_series_less", 2, two, T_LT, NULL },
	{ "kql_series_less_equals", 2, two, T_LE, NULL },
	{ "kql_series_greater", 2, two, T_GT, NULL },
	{ "kql_series_greater_equals", 2, two, T_GE, NULL },
	{ NULL, 0, NULL, 0, NULL },
};
