/* SPDX-License-Identifier: MIT */
#include <math.h>

#include "kql/fn/fn.h"

enum comparison {
	C_EQ,
	C_NE,
	C_LT,
	C_LE,
	C_GT,
	C_GE,
};

/* a against b; integers are compared as such. */
static int
decide(struct fn_number a, struct fn_number b, int what)
{
	int less, equal;

	if (isnan(a.d) || isnan(b.d))
		return what == C_NE;
	if (a.is == FN_INT && b.is == FN_INT) {
		less = a.i < b.i;
		equal = a.i == b.i;
	} else {
		less = a.d < b.d;
		equal = a.d == b.d;
	}
	switch (what) {
	case C_EQ:
		return equal;
	case C_NE:
		return !equal;
	case C_LT:
		return less;
	case C_LE:
		return less || equal;
	case C_GT:
		return !less && !equal;
	default:
		return !less;
	}
}

static void
compare(sqlite3_context *c, int n, sqlite3_value **v)
{
	int what = fn_self(c)->what;
	struct fn_number a = fn_number(v[0]), b = fn_number(v[1]);

	(void)n;
	if (a.is != FN_NULL && b.is != FN_NULL)
		sqlite3_result_int(c, decide(a, b, what));
	else if (what <= C_NE && a.is != b.is)
		sqlite3_result_int(c, what == C_NE);
}

enum extreme {
	X_MIN,
	X_MAX,
};

/* The least or greatest argument, nulls left out; a NaN wins. */
static void
extreme_of(sqlite3_context *c, int n, sqlite3_value **v)
{
	int what = fn_self(c)->what == X_MIN ? C_LT : C_GT, best = -1;
	struct fn_number x, y;

	for (int i = 0; i < n; i++) {
		x = fn_number(v[i]);
		if (x.is == FN_NULL)
			continue;
		if (best != -1)
			y = fn_number(v[best]);
		if (best == -1 || isnan(x.d) ||
		    (!isnan(y.d) && decide(x, y, what)))
			best = i;
	}
	if (best != -1)
		sqlite3_result_value(c, v[best]);
}

const struct fn fn_compare[] = {
	{ "kql_eq", 2, compare, C_EQ, NULL },
	{ "kql_ne", 2, compare, C_NE, NULL },
	{ "kql_lt", 2, compare, C_LT, NULL },
	{ "kql_le", 2, compare, C_LE, NULL },
	{ "kql_gt", 2, compare, C_GT, NULL },
	{ "kql_ge", 2, compare, C_GE, NULL },
	{ "kql_min_of", -1, extreme_of, X_MIN, NULL },
	{ "kql_max_of", -1, extreme_of, X_MAX, NULL },
	{ NULL, 0, NULL, 0, NULL },
};
