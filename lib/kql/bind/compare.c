/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "kql/bind/bind.h"
#include "kql/bind/decimal.h"
#include "kql/bind/operator.h"

/*
 * How a comparison is written.  Kusto's == is false, not null, when one side
 * is null, and NaN equals nothing; plain SQL is used where that comes out
 * the same, so that indexes serve.
 */
struct form {
	const char *op;
	const char *plain;    /* strings; numbers in a filter */
	const char *constant; /* one side is a constant, not null */
	const char *called;   /* anything */
	const char *dynamic;
};

static const struct form forms[] = {
	{ "==", "#1 = #2", "coalesce(#1 = #2, 0)", "kql_eq($1, $2)",
	    "kql_dynamic_eq($1, $2)" },
	{ "!=", "#1 IS NOT #2", "#1 IS NOT #2", "kql_ne($1, $2)",
	    "kql_ne(1, kql_dynamic_eq($1, $2))" },
	{ "<", "#1 < #2", "#1 < #2", "kql_lt($1, $2)",
	    "kql_dynamic_lt($1, $2)" },
	{ "<=", "#1 <= #2", "#1 <= #2", "kql_le($1, $2)",
	    "kql_dynamic_le($1, $2)" },
	{ ">", "#1 > #2", "#1 > #2", "kql_gt($1, $2)",
	    "kql_dynamic_gt($1, $2)" },
	{ ">=", "#1 >= #2", "#1 >= #2", "kql_ge($1, $2)",
	    "kql_dynamic_ge($1, $2)" },
};

static const struct form *
find_form(const char *op)
{
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++)
		if (strcmp(forms[i].op, op) == 0)
			return &forms[i];
	return NULL;
}

static struct tx *
two(struct binder *b, const char *sql, const char *filter, struct tx *left,
    struct tx *right)
{
	struct tx *x = tx_call2(b, KT_BOOL, sql, left, right);

	x->filter = filter;
	return x;
}

static int
is_equality(const struct form *f)
{
	return f->op[1] == '=' && (*f->op == '=' || *f->op == '!');
}

/* int, long, bool, datetime, timespan: integers without NaN. */
static struct tx *
compare_integers(
    struct binder *b, const struct form *f, struct tx *left, struct tx *right)
{
	if (!is_equality(f))
		return two(b, f->plain, NULL, left, right);
	if (is_const(left) || is_const(right))
		return two(b, f->constant, f->plain, left, right);
	return two(b, f->called, f->plain, left, right);
}

/* NaN is text, which SQLite sorts behind all numbers. */
static struct tx *
compare_reals(
    struct binder *b, const struct form *f, struct tx *left, struct tx *right)
{
	int constant = is_const(left) || is_const(right);

	if (is_nan(left) || is_nan(right))
		return two(b, f->called, NULL, left, right);
	if (is_equality(f) && constant)
		return two(b, f->constant, f->plain, left, right);
	if (left->kind != TX_COLUMN || !is_const(right))
		return two(b, f->called, NULL, left, right);
	if (*f->op == '<')
		return two(b, f->plain, NULL, left, right);
	return two(b,
	    f->op[1] == '=' ? "#1 >= #2 AND typeof(#1) <> 'text'"
			    : "#1 > #2 AND typeof(#1) <> 'text'",
	    NULL, left, right);
}

static struct tx *
compare_guids(
    struct binder *b, const struct form *f, struct tx *left, struct tx *right)
{
	return two(b,
	    *f->op == '=' ? "CASE WHEN coalesce($1, $2) IS NULL THEN NULL "
			    "ELSE #1 IS #2 END"
			  : "CASE WHEN coalesce($1, $2) IS NULL THEN NULL "
			    "ELSE #1 IS NOT #2 END",
	    f->plain, left, right);
}

static int
is_numeric(enum kql_type t)
{
	return is_number(t) || t == KT_BOOL;
}

static struct tx *
refuse(struct binder *b, const struct expr *x, const struct tx *left,
    const struct tx *right)
{
	fail_semantic(b->e, x->at,
	    "'%s' cannot compare %s with %s; convert one, as with to%s()",
	    x->text, kql_type_name(left->type), kql_type_name(right->type),
	    kql_type_name(right->type));
	return NULL;
}

/* One side is dynamic: numbers by value, the rest as the other side's type. */
static struct tx *
compare_dynamic(struct binder *b, const struct expr *x, const struct form *f,
    struct tx *left, struct tx *right)
{
	enum kql_type other =
	    left->type == KT_DYNAMIC ? right->type : left->type;
	struct tx *l, *r;

	if (other == KT_DYNAMIC || is_number(other)) {
		l = convert(b, left, KT_DYNAMIC);
		r = convert(b, right, KT_DYNAMIC);
		return two(b, f->dynamic, NULL, l, r);
	}
	l = convert(b, left, other);
	r = convert(b, right, other);
	if (l == NULL || r == NULL || !is_equality(f))
		return refuse(b, x, left, right);
	return bind_compare(b, x, l, r);
}

struct tx *
bind_compare(
    struct binder *b, const struct expr *x, struct tx *left, struct tx *right)
{
	const struct form *f = find_form(x->text);
	enum kql_type lt = left->type, rt = right->type;

	if (lt == KT_DYNAMIC || rt == KT_DYNAMIC)
		return compare_dynamic(b, x, f, left, right);
	if (is_decimal_pair(left, right))
		return decimal_comparison(b, f->op, left, right);
	if (is_numeric(lt) && is_numeric(rt))
		return lt == KT_REAL || rt == KT_REAL
		    ? compare_reals(b, f, left, right)
		    : compare_integers(b, f, left, right);
	if (lt != rt)
		return refuse(b, x, left, right);
	if (lt == KT_DATETIME || lt == KT_TIMESPAN)
		return compare_integers(b, f, left, right);
	if (!is_equality(f))
		return refuse(b, x, left, right);
	if (lt == KT_GUID)
		return compare_guids(b, f, left, right);
	return two(
	    b, *f->op == '=' ? "#1 = #2" : "#1 <> #2", NULL, left, right);
}
