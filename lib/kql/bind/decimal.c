/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "kql/bind/decimal.h"

int
is_decimal_pair(const struct tx *x, const struct tx *y)
{
	return (x->type == KT_DECIMAL || y->type == KT_DECIMAL) &&
	    (x->type == KT_DECIMAL || is_number(x->type)) &&
	    (y->type == KT_DECIMAL || is_number(y->type));
}

struct tx *
decimal_operator(
    struct binder *b, const struct expr *x, struct tx *left, struct tx *right)
{
	static const struct {
		char op;
		const char *sql;
	} operators[] = { { '+', "kql_decimal_add($1, $2)" },
		{ '-', "kql_decimal_sub($1, $2)" },
		{ '*', "kql_decimal_mul($1, $2)" },
		{ '/', "kql_decimal_div($1, $2)" },
		{ '%', "kql_decimal_mod($1, $2)" } };
	size_t i = 0;

	while (operators[i].op != *x->text)
		i++;
	return tx_call2(b, KT_DECIMAL, operators[i].sql,
	    convert(b, left, KT_DECIMAL), convert(b, right, KT_DECIMAL));
}

/* Equal decimals are equal text, which an index may serve. */
struct tx *
decimal_comparison(
    struct binder *b, const char *op, struct tx *left, struct tx *right)
{
	static const struct {
		const char *op, *sql;
	} forms[] = { { "==", "kql_decimal_eq($1, $2)" },
		{ "!=", "kql_decimal_ne($1, $2)" },
		{ "<=", "kql_decimal_le($1, $2)" },
		{ ">=", "kql_decimal_ge($1, $2)" },
		{ "<", "kql_decimal_lt($1, $2)" },
		{ ">", "kql_decimal_gt($1, $2)" } };
	struct tx *y;
	size_t i = 0;

	while (strcmp(forms[i].op, op) != 0)
		i++;
	y = tx_call2(b, KT_BOOL, forms[i].sql, convert(b, left, KT_DECIMAL),
	    convert(b, right, KT_DECIMAL));
	if (i == 0)
		y->filter = "#1 = #2";
	return y;
}

struct tx *
decimal_negative(struct binder *b, struct tx *x)
{
	return tx_call1(b, KT_DECIMAL, "kql_decimal_neg($1)", x);
}

struct tx *
order_key(struct binder *b, struct tx *x)
{
	return x->type == KT_DECIMAL
	    ? tx_call1(b, KT_STRING, "kql_decimal_key($1)", x)
	    : x;
}
