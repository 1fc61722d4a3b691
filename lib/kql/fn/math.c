/* SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdint.h>

#include "kql/fn/fn.h"

enum math {
	M_ADD,
	M_SUB,
	M_MUL,
	M_IDIV,
	M_RDIV,
	M_MOD,
	M_BIN,
	M_RBIN,
};

/* Unsigned arithmetic wraps, as Kusto's does. */
static int64_t
int_operate(int64_t a, int64_t b, int what)
{
	uint64_t x = (uint64_t)a, y = (uint64_t)b;

	return (int64_t)(what == M_ADD ? x + y : what == M_SUB ? x - y : x * y);
}

static double
real_operate(double a, double b, int what)
{
	return what == M_ADD ? a + b : what == M_SUB ? a - b : a * b;
}

/* + - *: from the left, as integers until a real comes. */
static void
operate(sqlite3_context *c, int n, sqlite3_value **v)
{
	int what = fn_self(c)->what;
	struct fn_number sum, x;

	if (n == 0 || fn_any_null(n, v))
		return;
	sum = fn_number(v[0]);
	for (int i = 1; i < n; i++) {
		x = fn_number(v[i]);
		if (sum.is == FN_INT && x.is == FN_INT) {
			sum.i = int_operate(sum.i, x.i, what);
			sum.d = (double)sum.i;
		} else {
			sum.is = FN_REAL;
			sum.d = real_operate(sum.d, x.d, what);
		}
	}
	if (sum.is == FN_INT)
		sqlite3_result_int64(c, sum.i);
	else
		fn_real(c, sum.d);
}

static void
negate(sqlite3_context *c, int n, sqlite3_value **v)
{
	struct fn_number x = fn_number(v[0]);

	(void)n;
	if (x.is == FN_INT)
		sqlite3_result_int64(c, (int64_t) - (uint64_t)x.i);
	else if (x.is == FN_REAL)
		fn_real(c, -x.d);
}

/* The remainder that is never negative. */
static int64_t
int_mod(int64_t a, int64_t b)
{
	int64_t r = b == -1 ? 0 : a % b;

	if (r >= 0)
		return r;
	return b > 0 ? r + b : (int64_t)((uint64_t)r - (uint64_t)b);
}

static double
real_mod(double a, double b)
{
	double r = fmod(a, b);

	return r < 0 ? r + fabs(b) : r;
}

/* Down to a multiple of step, which is over 0. */
static int64_t
int_bin(int64_t x, int64_t step)
{
	return (int64_t)((uint64_t)x - (uint64_t)int_mod(x, step));
}

static void
divide(sqlite3_context *c, int n, sqlite3_value **v)
{
	int what = fn_self(c)->what;
	struct fn_number a = fn_number(v[0]), b = fn_number(v[1]);

	(void)n;
	if (a.is == FN_NULL || b.is == FN_NULL)
		return;
	if (what == M_RDIV)
		fn_real(c, a.d / b.d);
	else if (a.is == FN_REAL || b.is == FN_REAL)
		fn_real(c, what == M_MOD ? real_mod(a.d, b.d) : a.d / b.d);
	else if (b.i == 0)
		return;
	else if (what == M_MOD)
		sqlite3_result_int64(c, int_mod(a.i, b.i));
	else
		sqlite3_result_int64(
		    c, b.i == -1 ? (int64_t) - (uint64_t)a.i : a.i / b.i);
}

static void
bin(sqlite3_context *c, int n, sqlite3_value **v)
{
	struct fn_number x = fn_number(v[0]), step = fn_number(v[1]), at;

	if (fn_any_null(n, v) || !(step.d > 0))
		return;
	at = n == 3 ? fn_number(v[2]) : (struct fn_number){ .is = FN_INT };
	if (fn_self(c)->what == M_BIN && x.is == FN_INT && step.is == FN_INT &&
	    at.is == FN_INT)
		sqlite3_result_int64(c,
		    int_operate(at.i,
			int_bin(int_operate(x.i, at.i, M_SUB), step.i), M_ADD));
	else
		fn_real(c, at.d + floor((x.d - at.d) / step.d) * step.d);
}

static void
absolute(sqlite3_context *c, int n, sqlite3_value **v)
{
	struct fn_number x = fn_number(v[0]);

	(void)n;
	if (x.is == FN_INT)
		sqlite3_result_int64(
		    c, x.i < 0 ? (int64_t) - (uint64_t)x.i : x.i);
	else if (x.is == FN_REAL)
		fn_real(c, fabs(x.d));
}

static void
sign(sqlite3_context *c, int n, sqlite3_value **v)
{
	struct fn_number x = fn_number(v[0]);

	(void)n;
	if (x.is == FN_INT)
		sqlite3_result_int(c, (x.i > 0) - (x.i < 0));
	else if (x.is == FN_REAL)
		fn_real(c, isnan(x.d) ? x.d : (x.d > 0) - (x.d < 0));
}

/* Half away from zero, at a place before or behind the point. */
static void
round_to(sqlite3_context *c, int n, sqlite3_value **v)
{
	struct fn_number x = fn_number(v[0]);
	double scale, r;

	if (fn_any_null(n, v))
		return;
	scale = pow(10, n == 2 ? fn_number(v[1]).d : 0);
	r = round(x.d * scale) / scale;
	fn_real(c, isfinite(r) ? r : x.d);
}

enum class {
	IS_NAN,
	IS_INF,
	IS_FINITE,
};

static void
classify(sqlite3_context *c, int n, sqlite3_value **v)
{
	int what = fn_self(c)->what;
	struct fn_number x = fn_number(v[0]);

	(void)n;
	if (x.is != FN_NULL)
		sqlite3_result_int(c,
		    what == IS_NAN       ? isnan(x.d)
			: what == IS_INF ? isinf(x.d) != 0
					 : isfinite(x.d) != 0);
}

const struct fn fn_math[] = {
	{ "kql_add", -1, operate, M_ADD, NULL },
	{ "kql_sub", -1, operate, M_SUB, NULL },
	{ "kql_mul", -1, operate, M_MUL, NULL },
	{ "kql_neg", 1, negate, 0, NULL },
	{ "kql_idiv", 2, divide, M_IDIV, NULL },
	{ "kql_rdiv", 2, divide, M_RDIV, NULL },
	{ "kql_mod", 2, divide, M_MOD, NULL },
	{ "kql_bin", 2, bin, M_BIN, NULL },
	{ "kql_rbin", 2, bin, M_RBIN, NULL },
	{ "kql_bin_at", 3, bin, M_BIN, NULL },
	{ "kql_rbin_at", 3, bin, M_RBIN, NULL },
	{ "kql_abs", 1, absolute, 0, NULL },
	{ "kql_sign", 1, sign, 0, NULL },
	{ "kql_round", 1, round_to, 0, NULL },
	{ "kql_round", 2, round_to, 0, NULL },
	{ "kql_isnan", 1, classify, IS_NAN, NULL },
	{ "kql_isinf", 1, classify, IS_INF, NULL },
	{ "kql_isfinite", 1, classify, IS_FINITE, NULL },
	{ NULL, 0, NULL, 0, NULL },
};
