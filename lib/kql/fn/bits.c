/* SPDX-License-Identifier: MIT */
#include <stdint.h>

#include "kql/fn/fn.h"

enum bits {
	B_AND,
	B_OR,
	B_XOR,
	B_LEFT,
	B_RIGHT,
};

/* A shift is by what is left of 64; by less than 0 it is null. */
static void
operate(sqlite3_context *c, int nargs, sqlite3_value **v)
{
	uint64_t x = (uint64_t)sqlite3_value_int64(v[0]);
	int64_t by = sqlite3_value_int64(v[1]);
	int what = fn_self(c)->what;

	if (fn_any_null(nargs, v) || (what >= B_LEFT && by < 0))
		return;
	switch (what) {
	case B_AND:
		x &= (uint64_t)by;
		break;
	case B_OR:
		x |= (uint64_t)by;
		break;
	case B_XOR:
		x ^= (uint64_t)by;
		break;
	case B_LEFT:
		x <<= by % 64;
		break;
	default: /* the sign comes along */
		x = (uint64_t)((int64_t)x >> by % 64);
	}
	sqlite3_result_int64(c, (int64_t)x);
}

static void
invert(sqlite3_context *c, int nargs, sqlite3_value **v)
{
	if (!fn_any_null(nargs, v))
		sqlite3_result_int64(c, ~sqlite3_value_int64(v[0]));
}

static void
count_ones(sqlite3_context *c, int nargs, sqlite3_value **v)
{
	unsigned long long x = (unsigned long long)sqlite3_value_int64(v[0]);

	if (!fn_any_null(nargs, v))
		sqlite3_result_int(c, __builtin_popcountll(x));
}

const struct fn fn_bits[] = {
	{ "kql_and", 2, operate, B_AND, NULL },
	{ "kql_or", 2, operate, B_OR, NULL },
	{ "kql_xor", 2, operate, B_XOR, NULL },
	{ "kql_shift_left", 2, operate, B_LEFT, NULL },
	{ "kql_shift_right", 2, operate, B_RIGHT, NULL },
	{ "kql_not", 1, invert, 0, NULL },
	{ "kql_count_ones", 1, count_ones, 0, NULL },
	{ NULL, 0, NULL, 0, NULL },
};
