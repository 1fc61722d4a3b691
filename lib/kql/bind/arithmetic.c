/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "kql/bind/bind.h"
#include "kql/bind/decimal.h"
#include "kql/bind/operator.h"

/* What + - * / % mean for other types than numbers. */
static const struct {
	char op;
	enum kql_type left, right, result;
	const char *sql;
} rules[] = {
	{ '+', KT_DATETIME, KT_TIMESPAN, KT_DATETIME, "kql_time_add($1, $2)" },
	{ '+', KT_TIMESPAN, KT_DATETIME, KT_DATETIME, "kql_time_add($2, $1)" },
	{ '+', KT_TIMESPAN, KT_TIMESPAN, KT_TIMESPAN, "kql_add($1, $2)" },
	{ '-', KT_DATETIME, KT_DATETIME, KT_TIMESPAN, "kql_sub($1, $2)" },
	{ '-', KT_DATETIME, KT_TIMESPAN, KT_DATETIME,
	    "kql_time_add($1, kql_neg($2))" },
	{ '-', KT_TIMESPAN, KT_TIMESPAN, KT_TIMESPAN, "kql_sub($1, $2)" },
	{ '*', KT_TIMESPAN, KT_LONG, KT_TIMESPAN, "kql_mul($1, $2)" },
	{ '*', KT_LONG, KT_TIMESPAN, KT_TIMESPAN, "kql_mul($1, $2)" },
	{ '*', KT_TIMESPAN, KT_REAL, KT_TIMESPAN,
	    "kql_real_to_long(kql_mul($1, $2))" },
	{ '*', KT_REAL, KT_TIMESPAN, KT_TIMESPAN,
	    "kql_real_to_long(kql_mul($1, $2))" },
	{ '/', KT_TIMESPAN, KT_TIMESPAN, KT_REAL, "kql_rdiv($1, $2)" },
	{ '/', KT_TIMESPAN, KT_LONG, KT_TIMESPAN, "kql_idiv($1, $2)" },
	{ '/', KT_TIMESPAN, KT_REAL, KT_TIMESPAN,
	    "kql_real_to_long(kql_rdiv($1, $2))" },
	{ '/', KT_DATETIME, KT_TIMESPAN, KT_REAL, "kql_rdiv($1, $2)" },
	{ '%', KT_TIMESPAN, KT_TIMESPAN, KT_TIMESPAN, "kql_mod($1, $2)" },
	{ '%', KT_DATETIME, KT_TIMESPAN, KT_TIMESPAN, "kql_mod($1, $2)" },
	{ '+', KT_LONG, KT_LONG, KT_LONG, "kql_add($1, $2)" },
	{ '-', KT_LONG, KT_LONG, KT_LONG, "kql_sub($1, $2)" },
	{ '*', KT_LONG, KT_LONG, KT_LONG, "kql_mul($1, $2)" },
	{ '/', KT_LONG, KT_LONG, KT_LONG, "kql_idiv($1, $2)" },
	{ '%', KT_LONG, KT_LONG, KT_LONG, "kql_mod($1, $2)" },
	{ '+', KT_REAL, KT_REAL, KT_REAL, "kql_add($1, $2)" },
	{ '-', KT_REAL, KT_REAL, KT_REAL, "kql_sub($1, $2)" },
	{ '*', KT_REAL, KT_REAL, KT_REAL, "kql_mul($1, $2)" },
	{ '/', KT_REAL, KT_REAL, KT_REAL, "kql_rdiv($1, $2)" },
	{ '%', KT_REAL, KT_REAL, KT_REAL, "kql_mod($1, $2)" },
};

/* Two constants at once: integers wrap, a time out of range is null.  NULL:
 * they are not folded here. */
static struct tx *
fold(struct binder *b, char op, enum kql_type type, const struct tx *x,
    const struct tx *y)
{
	int64_t v;

	if (!is_const(x) || !is_const(y) || x->type == KT_REAL ||
	    y->type == KT_REAL)
		return NULL;
	if (op == '+')
		v = (int64_t)((uint64_t)x->n + (uint64_t)y->n);
	else if (op == '-')
		v = (int64_t)((uint64_t)x->n - (uint64_t)y->n);
	else if (op == '*')
		v = (int64_t)((uint64_t)x->n * (uint64_t)y->n);
	else
		return NULL;
	if (type == KT_DATETIME && (v < 0 || v > WHEN_MAX))
		return tx_null(b, type, x->at);
	return tx_int(b, type, v, x->at);
}

/* int counts as long; where the other is real, so is it. */
static enum kql_type
widened(enum kql_type type, enum kql_type other)
{
	if (is_integer(type))
		return other == KT_REAL ? KT_REAL : KT_LONG;
	return type;
}

static struct tx *
no_rule(struct binder *b, const struct expr *x, enum kql_type left,
    enum kql_type right)
{
	if (left == KT_DYNAMIC) {
		fail_unsupported(b->e, x->at,
		    "'%s' on values of type %s and %s", x->text,
		    kql_type_name(left), kql_type_name(right));
		return NULL;
	}
	fail_coded(b->e, x->at, "SEM0001",
	    "'%s' cannot be applied to %s and %s%s", x->text,
	    kql_type_name(left), kql_type_name(right),
	    left == KT_STRING && *x->text == '+' ? "; strcat() joins strings"
						 : "");
	return NULL;
}

static struct tx *
apply(struct binder *b, const struct expr *x, struct tx *left, struct tx *right)
{
	enum kql_type lt = widened(left->type, right->type);
	enum kql_type rt = widened(right->type, left->type);
	struct tx *y;

	if (is_decimal_pair(left, right))
		return decimal_operator(b, x, left, right);
	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
		if (rules[i].op != *x->text || rules[i].left != lt ||
		    rules[i].right != rt)
			continue;
		y = fold(b, *x->text, rules[i].result, left, right);
		if (y != NULL)
			return y;
		return tx_call2(b, rules[i].result, rules[i].sql, left, right);
	}
	return no_rule(b, x, left->type, right->type);
}

/* A dynamic value is taken as what it meets; * / % meet numbers only. */
static struct tx *
taken_as(struct binder *b, char op, struct tx *x, enum kql_type other)
{
	struct tx *y;

	if (x->type != KT_DYNAMIC || other == KT_DYNAMIC ||
	    (strchr("*/%", op) != NULL && !is_number(other)))
		return x;
	y = convert(b, x, widened(other, other));
	return y != NULL ? y : x;
}

struct tx *
bind_arithmetic(
    struct binder *b, const struct expr *x, struct tx *left, struct tx *right)
{
	if (left->type == KT_TIMESPAN && right->type == KT_DECIMAL)
		right = convert(b, right, KT_REAL);
	if (left->type == KT_DECIMAL && right->type == KT_TIMESPAN)
		left = convert(b, left, KT_REAL);
	left = taken_as(b, *x->text, left, right->type);
	right = taken_as(b, *x->text, right, left->type);
	return apply(b, x, left, right);
}

/* The negative of a constant, if it is one that can be negated here. */
static struct tx *
negated(struct binder *b, const struct tx *x, struct kql_at at)
{
	struct tx *y;

	if (!is_const(x) || x->n == INT64_MIN)
		return NULL;
	y = tx_const(b, x->type == KT_INT ? KT_LONG : x->type, at);
	y->n = -x->n;
	y->real = -x->real;
	return y;
}

struct tx *
bind_unary(struct binder *b, const struct expr *x)
{
	struct tx *arg = bind_expr(b, x->args), *y;

	if (arg == NULL || arg->type == KT_UNKNOWN)
		return arg;
	if (!is_number(arg->type) && arg->type != KT_TIMESPAN &&
	    arg->type != KT_DECIMAL) {
		fail_coded(b->e, x->at, "SEM0001",
		    "'%s' cannot be applied to %s", x->text,
		    kql_type_name(arg->type));
		return NULL;
	}
	if (*x->text == '+')
		return arg;
	if (arg->type == KT_DECIMAL)
		return decimal_negative(b, arg);
	if ((y = negated(b, arg, x->at)) != NULL)
		return y;
	return tx_call1(
	    b, arg->type == KT_INT ? KT_LONG : arg->type, "kql_neg($1)", arg);
}
