/* SPDX-License-Identifier: MIT */
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "kql/decimal.h"
#include "kql/fn/fn.h"

/* Decimals are text that decimal.h reads and writes. */

static int
read_decimal(sqlite3_value *v, struct decimal *d)
{
	size_t n;
	const char *s = fn_str(v, &n);

	return decimal_parse(s, n, d);
}

static void
give(sqlite3_context *c, const struct decimal *d)
{
	char out[DECIMAL_TEXT];

	fn_text(c, out, decimal_text(out, d));
}

typedef int operation(struct decimal *, struct decimal, struct decimal);

static int
subtract(struct decimal *d, struct decimal a, struct decimal b)
{
	b.negative = b.digits > 0 && !b.negative;
	return decimal_add(d, a, b);
}

/* Down to a multiple of b, which is over 0. */
static int
bin(struct decimal *d, struct decimal a, struct decimal b)
{
	if (b.negative || decimal_mod(d, a, b) == -1)
		return -1;
	return subtract(d, a, *d);
}

static operation *const operations[] = { decimal_add, subtract, decimal_mul,
	decimal_div, decimal_mod, bin };

/* From the left; without a value it is null. */
static void
operate(sqlite3_context *c, int nargs, sqlite3_value **v)
{
	operation *what = operations[fn_self(c)->what];
	struct decimal sum, x;

	if (nargs == 0 || fn_any_null(nargs, v) ||
	    read_decimal(v[0], &sum) == -1)
		return;
	for (int i = 1; i < nargs; i++)
		if (read_decimal(v[i], &x) == -1 || what(&sum, sum, x) == -1)
			return;
	give(c, &sum);
}

enum one {
	ONE_NEG,
	ONE_ABS,
	ONE_ROUND,
	ONE_CEILING,
};

/* decimal_neg(x), _abs, _ceiling, _round(x[, places]) */
static void
change(sqlite3_context *c, int nargs, sqlite3_value **v)
{
	int64_t places = nargs > 1 ? sqlite3_value_int64(v[1]) : 0;
	struct decimal d;

	if (fn_any_null(nargs, v) || read_decimal(v[0], &d) == -1)
		return;
	places = places < -40 ? -40 : places > 40 ? 40 : places;
	switch (fn_self(c)->what) {
	case ONE_ROUND:
		d = decimal_round(d, (int)places);
		break;
	case ONE_ABS:
		d.negative = 0;
		break;
	case ONE_NEG:
		d.negative = d.digits > 0 && !d.negative;
		break;
	default:
		d.negative = d.digits > 0 && !d.negative;
		d = decimal_floor(d);
		d.negative = d.digits > 0 && !d.negative;
	}
	give(c, &d);
}

enum comparison {
	C_EQ,
	C_NE,
	C_LT,
	C_LE,
	C_GT,
	C_GE,
};

static void
compare(sqlite3_context *c, int nargs, sqlite3_value **v)
{
	int what = fn_self(c)->what, sign;
	struct decimal a, b;

	(void)nargs;
	if (read_decimal(v[0], &a) == -1 || read_decimal(v[1], &b) == -1) {
		if (what <= C_NE &&
		    sqlite3_value_type(v[0]) != sqlite3_value_type(v[1]))
			sqlite3_result_int(c, what == C_NE);
		return;
	}
	sign = decimal_compare(a, b);
	sqlite3_result_int(c,
	    what == C_EQ       ? sign == 0
		: what == C_NE ? sign != 0
		: what == C_LT ? sign < 0
		: what == C_LE ? sign <= 0
		: what == C_GT ? sign > 0
			       : sign >= 0);
}

/*
 * Text that sorts as the number does: a letter for the sign, where the point
 * is, the digits; of negative ones all that the other way round.
 */
static void
sort_key(sqlite3_context *c, int nargs, sqlite3_value **v)
{
	char digits[DECIMAL_DIGITS + 1], out[64];
	struct decimal d;
	int n = 0, at;

	if (fn_any_null(nargs, v) || read_decimal(v[0], &d) == -1)
		return;
	memset(digits, '0', sizeof(digits));
	digits[DECIMAL_DIGITS] = '\0';
	for (unsigned __int128 x = d.digits; x > 0; x /= 10)
		n++;
	at = d.digits == 0 ? 0 : 20000 + n + d.exponent;
	for (int i = n; i-- > 0; d.digits /= 10)
		digits[i] = (char)('0' + (int)(d.digits % 10));
	snprintf(out, sizeof(out), "9%05d%s", at, digits);
	for (char *p = out; d.negative && *p != '\0'; p++)
		*p = (char)('9' - (*p - '0'));
	fn_text(c, out, strlen(out));
}

/* decimal_least(x, ...), _greatest: nulls left out. */
static void
extreme(sqlite3_context *c, int nargs, sqlite3_value **v)
{
	int greatest = fn_self(c)->what, best = -1;
	struct decimal x, y = { 0 };

	for (int i = 0; i < nargs; i++) {
		if (read_decimal(v[i], &x) == -1)
			continue;
		if (best == -1 ||
		    (greatest ? decimal_compare(x, y) > 0
			      : decimal_compare(x, y) < 0)) {
			best = i;
			y = x;
		}
	}
	if (best != -1)
		give(c, &y);
}

/* An aggregate's state.  SQLite's memory is not aligned as a decimal is. */
struct total {
	unsigned char decimal[sizeof(struct decimal)];
	int64_t n;
	int bad;
};

enum aggregate {
	A_SUM,
	A_AVG,
	A_MIN,
	A_MAX,
};

static void
step(sqlite3_context *c, int nargs, sqlite3_value **v)
{
	int what = fn_self_aggregate(c)->what;
	struct total *t = sqlite3_aggregate_context(c, sizeof(*t));
	struct decimal x, sum = { 0 };

	(void)nargs;
	if (t == NULL || read_decimal(v[0], &x) == -1)
		return;
	if (t->n++ > 0)
		memcpy(&sum, t->decimal, sizeof(sum));
	if (what <= A_AVG)
		t->bad |= decimal_add(&sum, sum, x) == -1;
	else if (t->n == 1 || (decimal_compare(x, sum) < 0) == (what == A_MIN))
		sum = x;
	memcpy(t->decimal, &sum, sizeof(sum));
}

/* The sum of nothing is 0; the others of nothing are null. */
static void
end(sqlite3_context *c)
{
	int what = fn_self_aggregate(c)->what;
	struct total *t = sqlite3_aggregate_context(c, 0);
	struct decimal d = { 0 };

	if (t != NULL && t->n > 0)
		memcpy(&d, t->decimal, sizeof(d));
	else if (what != A_SUM)
		return;
	if (t != NULL && t->bad)
		return;
	if (what == A_AVG)
		decimal_div(&d, d, decimal_of(t->n));
	give(c, &d);
}

const struct fn fn_decimal[] = {
	{ "kql_decimal_add", -1, operate, 0, NULL },
	{ "kql_decimal_sub", -1, operate, 1, NULL },
	{ "kql_decimal_mul", -1, operate, 2, NULL },
	{ "kql_decimal_div", 2, operate, 3, NULL },
	{ "kql_decimal_mod", 2, operate, 4, NULL },
	{ "kql_decimal_bin", 2, operate, 5, NULL },
	{ "kql_decimal_neg", 1, change, ONE_NEG, NULL },
	{ "kql_decimal_abs", 1, change, ONE_ABS, NULL },
	{ "kql_decimal_round", 1, change, ONE_ROUND, NULL },
	{ "kql_decimal_round", 2, change, ONE_ROUND, NULL },
	{ "kql_decimal_ceiling", 1, change, ONE_CEILING, NULL },
	{ "kql_decimal_eq", 2, compare, C_EQ, NULL },
	{ "kql_decimal_ne", 2, compare, C_NE, NULL },
	{ "kql_decimal_lt", 2, compare, C_LT, NULL },
	{ "kql_decimal_le", 2, compare, C_LE, NULL },
	{ "kql_decimal_gt", 2, compare, C_GT, NULL },
	{ "kql_decimal_ge", 2, compare, C_GE, NULL },
	{ "kql_decimal_key", 1, sort_key, 0, NULL },
	{ "kql_decimal_min_of", -1, extreme, 0, NULL },
	{ "kql_decimal_max_of", -1, extreme, 1, NULL },
	{ NULL, 0, NULL, 0, NULL },
};

const struct fn_aggregate fn_decimals[] = {
	{ "kql_decimal_sum", 1, step, end, A_SUM },
	{ "kql_decimal_avg", 1, step, end, A_AVG },
	{ "kql_decimal_min", 1, step, end, A_MIN },
	{ "kql_decimal_max", 1, step, end, A_MAX },
	{ NULL, 0, NULL, NULL, 0 },
};
