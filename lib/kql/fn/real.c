/* SPDX-License-Identifier: MIT */
#include <math.h>
#include <stddef.h>

#include "kql/fn/fn.h"

/* Functions of doubles.  Where one is not defined at all the result is null;
 * elsewhere it is what IEEE arithmetic makes of it. */

static double
exp_10(double x)
{
	return pow(10, x);
}

static double
cotangent(double x)
{
	return 1 / tan(x);
}

static double
to_radians(double x)
{
	return x / 180 * M_PI;
}

static double
to_degrees(double x)
{
	return x / M_PI * 180;
}

struct real_call {
	double (*call)(double);
	double least, most; /* the result is null outside of these */
};

static void
one_real(sqlite3_context *c, int n, sqlite3_value **v)
{
	const struct real_call *r = fn_self(c)->detail;
	struct fn_number x = fn_number(v[0]);

	(void)n;
	if (x.is != FN_NULL && !(x.d < r->least) && !(x.d > r->most))
		fn_real(c, r->call(x.d));
}

static void
two_reals(sqlite3_context *c, int n, sqlite3_value **v)
{
	int angle = fn_self(c)->what;
	double x = fn_number(v[0]).d, y = fn_number(v[1]).d;

	if (!fn_any_null(n, v))
		fn_real(c, angle ? atan2(x, y) : pow(x, y));
}

#define TINY   1e-300
#define ROUNDS 500

/* A partial denominator or numerator that must not become 0. */
static double
nonzero(double x)
{
	return fabs(x) < TINY ? TINY : x;
}

/* The continued fraction of the incomplete beta function, by Lentz. */
static double
beta_fraction(double x, double a, double b)
{
	double c = 1, d = 1 / nonzero(1 - (a + b) * x / (a + 1)), h = d, step;

	for (int i = 1; i <= ROUNDS; i++) {
		double m = i,
		       up = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));

		d = 1 / nonzero(1 + up * d);
		c = nonzero(1 + up / c);
		h *= d * c;
		up = -(a + m) * (a + b + m) * x /
		    ((a + 2 * m) * (a + 2 * m + 1));
		d = 1 / nonzero(1 + up * d);
		c = nonzero(1 + up / c);
		step = d * c;
		h *= step;
		if (fabs(step - 1) < 1e-16)
			break;
	}
	return h;
}

static double
beta_cdf(double x, double a, double b)
{
	double scale;

	if (!(x >= 0 && x <= 1))
		return NAN;
	scale = x == 0 || x == 1 ? 0
				 : exp(lgamma(a + b) - lgamma(a) - lgamma(b) +
				       a * log(x) + b * log1p(-x));
	if (x < (a + 1) / (a + b + 2))
		return scale * beta_fraction(x, a, b) / a;
	return 1 - scale * beta_fraction(1 - x, b, a) / b;
}

static double
beta_pdf(double x, double a, double b)
{
	if (!(x >= 0 && x <= 1) || !(a > 0) || !(b > 0))
		return NAN;
	return exp(lgamma(a + b) - lgamma(a) - lgamma(b)) * pow(x, a - 1) *
	    pow(1 - x, b - 1);
}

/* The x whose beta_cdf is p: halving, which the function's slope allows. */
static double
beta_inv(double p, double a, double b)
{
	double low = 0, high = 1, mid = 0.5;

	if (!(a > 0) || !(b > 0))
		return NAN;
	for (int i = 0; i < 200 && low < high; i++) {
		mid = low + (high - low) / 2;
		if (mid == low || mid == high)
			break;
		if (beta_cdf(mid, a, b) < p)
			low = mid;
		else
			high = mid;
	}
	return mid;
}

enum beta {
	BETA_CDF,
	BETA_INV,
	BETA_PDF,
};

static void
beta(sqlite3_context *c, int n, sqlite3_value **v)
{
	int what = fn_self(c)->what;
	double x = fn_number(v[0]).d, a = fn_number(v[1]).d;
	double b = fn_number(v[2]).d;

	if (fn_any_null(n, v) || (what == BETA_INV && !(x >= 0 && x <= 1)))
		return;
	fn_real(c,
	    what == BETA_CDF       ? beta_cdf(x, a, b)
		: what == BETA_PDF ? beta_pdf(x, a, b)
				   : beta_inv(x, a, b));
}

/*
 * welch_test(mean1, variance1, count1, mean2, variance2, count2): how likely
 * means so far apart are, two-sided.
 */
static void
welch_test(sqlite3_context *c, int n, sqlite3_value **v)
{
	double x[6], a, b, t, free;

	if (fn_any_null(n, v))
		return;
	for (int i = 0; i < 6; i++)
		x[i] = fn_number(v[i]).d;
	a = x[1] / x[2];
	b = x[4] / x[5];
	t = (x[0] - x[3]) / sqrt(a + b);
	free = (a + b) * (a + b) / (a * a / (x[2] - 1) + b * b / (x[5] - 1));
	fn_real(c, beta_cdf(free / (free + t * t), free / 2, 0.5));
}

#define ONE(name, call, least, most)                                   \
	{                                                              \
		"kql_" name, 1, one_real, 0, &(const struct real_call) \
		{                                                      \
			call, least, most                              \
		}                                                      \
	}
#define ANY(name, call) ONE(name, call, -INFINITY, INFINITY)

const struct fn fn_real_calls[] = {
	ANY("ceiling", ceil),
	ONE("sqrt", sqrt, 0, INFINITY),
	ANY("exp", exp),
	ANY("exp2", exp2),
	ANY("exp10", exp_10),
	ONE("log", log, 0, INFINITY),
	ONE("log2", log2, 0, INFINITY),
	ONE("log10", log10, 0, INFINITY),
	ANY("sin", sin),
	ANY("cos", cos),
	ANY("tan", tan),
	ANY("cot", cotangent),
	ONE("asin", asin, -1, 1),
	ONE("acos", acos, -1, 1),
	ANY("atan", atan),
	ANY("radians", to_radians),
	ANY("degrees", to_degrees),
	ANY("gamma", tgamma),
	ANY("loggamma", lgamma),
	ANY("erf", erf),
	ANY("erfc", erfc),
	{ "kql_pow", 2, two_reals, 0, NULL },
	{ "kql_atan2", 2, two_reals, 1, NULL },
	{ "kql_beta_cdf", 3, beta, BETA_CDF, NULL },
	{ "kql_beta_inv", 3, beta, BETA_INV, NULL },
	{ "kql_beta_pdf", 3, beta, BETA_PDF, NULL },
	{ "kql_welch_test", 6, welch_test, 0, NULL },
	{ NULL, 0, NULL, 0, NULL },
};
