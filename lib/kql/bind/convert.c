/* SPDX-License-Identifier: MIT */

#include "kql/bind/bind.h"

#define SAME "$1" /* the value is held alike */

/* The lower 32 bits, as the service cuts an integer that is too long. */
#define CUT "((#1 & 4294967295) + 2147483648 & 4294967295) - 2147483648"

/* From each type to each: the SQL, or NULL where Kusto has no conversion. */
static const char *const conversions[KT_COUNT][KT_COUNT] = {
	[KT_BOOL] = {
	    [KT_INT] = SAME,
	    [KT_LONG] = SAME,
	    [KT_REAL] = "CAST($1 AS REAL)",
	    [KT_STRING] = "kql_bool_to_string($1)",
	    [KT_DYNAMIC] = "kql_bool_to_dynamic($1)",
	},
	[KT_INT] = {
	    [KT_BOOL] = "#1 <> 0",
	    [KT_LONG] = SAME,
	    [KT_REAL] = "CAST($1 AS REAL)",
	    [KT_DECIMAL] = "kql_long_to_decimal($1)",
	    [KT_STRING] = "kql_long_to_string($1)",
	    [KT_DATETIME] = "kql_long_to_datetime($1)",
	    [KT_TIMESPAN] = SAME,
	    [KT_DYNAMIC] = "kql_long_to_dynamic($1)",
	},
	[KT_LONG] = {
	    [KT_BOOL] = "#1 <> 0",
	    [KT_INT] = CUT,
	    [KT_REAL] = "CAST($1 AS REAL)",
	    [KT_DECIMAL] = "kql_long_to_decimal($1)",
	    [KT_STRING] = "kql_long_to_string($1)",
	    [KT_DATETIME] = "kql_long_to_datetime($1)",
	    [KT_TIMESPAN] = SAME,
	    [KT_DYNAMIC] = "kql_long_to_dynamic($1)",
	},
	[KT_REAL] = {
	    [KT_BOOL] = "kql_ne($1, 0)",
	    [KT_INT] = "kql_real_to_int($1)",
	    [KT_LONG] = "kql_real_to_long($1)",
	    [KT_DECIMAL] = "kql_real_to_decimal($1)",
	    [KT_DATETIME] = "kql_long_to_datetime(kql_real_to_long($1))",
	    [KT_TIMESPAN] = "kql_real_to_long($1)",
	    [KT_STRING] = "kql_real_to_string($1)",
	    [KT_DYNAMIC] = "kql_real_to_dynamic($1)",
	},
	[KT_DECIMAL] = {
	    [KT_BOOL] = "kql_decimal_ne($1, '0')",
	    [KT_DYNAMIC] = "kql_decimal_to_dynamic($1)",
	    [KT_INT] = "kql_decimal_to_int($1)",
	    [KT_LONG] = "kql_decimal_to_long($1)",
	    [KT_REAL] = "kql_decimal_to_real($1)",
	    [KT_STRING] = "kql_decimal_to_string($1)",
	},
	[KT_STRING] = {
	    [KT_BOOL] = "kql_string_to_bool($1)",
	    [KT_INT] = "kql_string_to_int($1)",
	    [KT_LONG] = "kql_string_to_long($1)",
	    [KT_REAL] = "kql_string_to_real($1)",
	    [KT_DECIMAL] = "kql_string_to_decimal($1)",
	    [KT_DATETIME] = "kql_string_to_datetime($1)",
	    [KT_TIMESPAN] = "kql_string_to_timespan($1)",
	    [KT_GUID] = "kql_string_to_guid($1)",
	    [KT_DYNAMIC] = "kql_string_to_dynamic($1)",
	},
	[KT_DATETIME] = {
	    [KT_INT] = CUT,
	    [KT_LONG] = SAME,
	    [KT_REAL] = "CAST($1 AS REAL)",
	    [KT_STRING] = "kql_datetime_to_string($1)",
	    [KT_DYNAMIC] = "kql_datetime_to_dynamic($1)",
	},
	[KT_TIMESPAN] = {
	    [KT_INT] = CUT,
	    [KT_LONG] = SAME,
	    [KT_REAL] = "CAST($1 AS REAL)",
	    [KT_STRING] = "kql_timespan_to_string($1)",
	    [KT_DYNAMIC] = "kql_timespan_to_dynamic($1)",
	},
	[KT_GUID] = {
	    [KT_STRING] = "coalesce($1, '')",
	    [KT_DYNAMIC] = "kql_guid_to_dynamic($1)",
	},
	[KT_DYNAMIC] = {
	    [KT_BOOL] = "kql_dynamic_to_bool($1)",
	    [KT_INT] = "kql_dynamic_to_int($1)",
	    [KT_LONG] = "kql_dynamic_to_long($1)",
	    [KT_REAL] = "kql_dynamic_to_real($1)",
	    [KT_DECIMAL] = "kql_dynamic_to_decimal($1)",
	    [KT_STRING] = "kql_dynamic_to_string($1)",
	    [KT_DATETIME] = "kql_dynamic_to_datetime($1)",
	    [KT_TIMESPAN] = "kql_dynamic_to_timespan($1)",
	    [KT_GUID] = "kql_dynamic_to_guid($1)",
	},
};

/* A constant that converts without a call, or NULL: SQL stays readable. */
static struct tx *
convert_const(struct binder *b, const struct tx *x, enum kql_type to)
{
	struct tx *y;

	if (x->null)
		return tx_null(b, to, x->at);
	if (!is_integer(x->type))
		return NULL;
	if (to == KT_LONG ||
	    (to == KT_INT && x->n >= INT32_MIN && x->n <= INT32_MAX))
		return tx_int(b, to, x->n, x->at);
	if (to != KT_REAL)
		return NULL;
	y = tx_const(b, KT_REAL, x->at);
	y->real = (double)x->n;
	return y;
}

struct tx *
convert(struct binder *b, struct tx *x, enum kql_type to)
{
	const char *sql = conversions[x->type][to];
	struct tx *y;

	if (x->type == to)
		return x;
	if (x->type == KT_UNKNOWN || to == KT_UNKNOWN)
		return unknown_value(b, to, x->at, &x, 1);
	if (x->kind == TX_CONST && sql != NULL &&
	    (y = convert_const(b, x, to)) != NULL)
		return y;
	return sql == NULL ? NULL : tx_call1(b, to, sql, x);
}

enum kql_type
common_type(enum kql_type x, enum kql_type y)
{
	if (x == y || y == KT_UNKNOWN)
		return x;
	if (x == KT_UNKNOWN)
		return y;
	if (is_number(x) && is_number(y))
		return x == KT_REAL || y == KT_REAL ? KT_REAL : KT_LONG;
	if ((x == KT_DECIMAL && is_number(y)) ||
	    (y == KT_DECIMAL && is_number(x)))
		return KT_DECIMAL;
	if (x == KT_DYNAMIC)
		return y;
	return y == KT_DYNAMIC ? x : KT_NONE;
}
