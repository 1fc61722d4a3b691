/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "kql/bind/bind.h"
#include "kql/bind/decimal.h"
#include "kql/bind/operator.h"

static const struct {
	const char *op;
	const char *sql;
} string_ops[] = {
	{ "=~", "kql_fold($1) = kql_fold($2)" },
	{ "!~", "kql_fold($1) <> kql_fold($2)" },
	{ "has", "kql_has($1, $2)" },
	{ "!has", "NOT kql_has($1, $2)" },
	{ "has_cs", "kql_has_cs($1, $2)" },
	{ "!has_cs", "NOT kql_has_cs($1, $2)" },
	{ "hasprefix", "kql_hasprefix($1, $2)" },
	{ "!hasprefix", "NOT kql_hasprefix($1, $2)" },
	{ "hasprefix_cs", "kql_hasprefix_cs($1, $2)" },
	{ "!hasprefix_cs", "NOT kql_hasprefix_cs($1, $2)" },
	{ "hassuffix", "kql_hassuffix($1, $2)" },
	{ "!hassuffix", "NOT kql_hassuffix($1, $2)" },
	{ "hassuffix_cs", "kql_hassuffix_cs($1, $2)" },
	{ "!hassuffix_cs", "NOT kql_hassuffix_cs($1, $2)" },
	{ "contains", "kql_contains($1, $2)" },
	{ "!contains", "NOT kql_contains($1, $2)" },
	{ "contains_cs", "instr($1, $2) > 0" },
	{ "!contains_cs", "instr($1, $2) = 0" },
	{ "startswith", "kql_startswith($1, $2)" },
	{ "!startswith", "NOT kql_startswith($1, $2)" },
	{ "startswith_cs", "kql_startswith_cs($1, $2)" },
	{ "!startswith_cs", "NOT kql_startswith_cs($1, $2)" },
	{ "endswith", "kql_endswith($1, $2)" },
	{ "!endswith", "NOT kql_endswith($1, $2)" },
	{ "endswith_cs", "kql_endswith_cs($1, $2)" },
	{ "!endswith_cs", "NOT kql_endswith_cs($1, $2)" },
	{ "matches regex", "kql_matches($1, $2)" },
};

/* As a string, if it is one or dynamic; else refused. */
static struct tx *
need_string(struct binder *b, const struct expr *x, struct tx *y)
{
	if (y->type == KT_STRING || y->type == KT_DYNAMIC)
		return convert(b, y, KT_STRING);
	fail_semantic(b->e, y->at,
	    "'%s' needs strings, not a value of type %s; tostring() makes one",
	    x->text, kql_type_name(y->type));
	return NULL;
}

static struct tx *
bind_string_op(
    struct binder *b, const struct expr *x, struct tx *left, struct tx *right)
{
	/* What terms are looked for must be a string, not a dynamic value. */
	if (strstr(x->text, "has") != NULL && right->type == KT_DYNAMIC) {
		fail_semantic(b->e, right->at,
		    "'%s' needs a string on its right; tostring() makes one",
		    x->text);
		return NULL;
	}
	if ((left = need_string(b, x, left)) == NULL ||
	    (right = need_string(b, x, right)) == NULL)
		return NULL;
	for (size_t i = 0; i < sizeof(string_ops) / sizeof(string_ops[0]); i++)
		if (strcmp(string_ops[i].op, x->text) == 0)
			return tx_call2(
			    b, KT_BOOL, string_ops[i].sql, left, right);
	fail_unsupported(b->e, x->at, "operator '%s'", x->text);
	return NULL;
}

/* A side of and, or: a bool, also one in a dynamic value. */
static struct tx *
logic_side(struct binder *b, const struct expr *x, const char *op)
{
	struct tx *y = bind_expr(b, x);

	if (y == NULL || y->type == KT_BOOL || y->type == KT_UNKNOWN)
		return y;
	if (y->type == KT_DYNAMIC)
		return convert(b, y, KT_BOOL);
	fail_semantic(b->e, y->at, "'%s' needs bools, not a value of type %s",
	    op, kql_type_name(y->type));
	return NULL;
}

/* and, or: any number of sides. */
static struct tx *
bind_logic(struct binder *b, const struct expr *x)
{
	size_t n = 0;
	struct tx **args, *y;

	for (const struct expr *a = x->args; a != NULL; a = a->next)
		n++;
	args = arena_alloc(b->arena, n * sizeof(*args));
	n = 0;
	for (const struct expr *a = x->args; a != NULL; a = a->next)
		if ((args[n++] = logic_side(b, a, x->text)) == NULL)
			return NULL;
	y = tx_call(b, KT_BOOL, *x->text == 'a' ? "#&" : "#|", x->at, args, n);
	y->filter = *x->text == 'a' ? "?&" : "?|";
	return y;
}

struct tx *
bind_operator(
    struct binder *b, const struct expr *x, struct tx *left, struct tx *right)
{
	int sum = strlen(x->text) == 1 && strchr("+-*/%", *x->text) != NULL;

	if (left->type == KT_UNKNOWN || right->type == KT_UNKNOWN)
		return unknown_value(b, sum ? KT_UNKNOWN : KT_BOOL, x->at,
		    (struct tx *[]){ left, right }, 2);
	if (sum)
		return bind_arithmetic(b, x, left, right);
	if (strchr("<>", *x->text) != NULL || strcmp(x->text, "==") == 0 ||
	    strcmp(x->text, "!=") == 0)
		return bind_compare(b, x, left, right);
	return bind_string_op(b, x, left, right);
}

struct tx *
bind_binary(struct binder *b, const struct expr *x)
{
	struct tx *left = NULL, *right;

	if (strcmp(x->text, "and") == 0 || strcmp(x->text, "or") == 0)
		return bind_logic(b, x);
	if ((x->args->kind != E_STAR &&
		(left = bind_expr(b, x->args)) == NULL) ||
	    (right = bind_expr(b, x->args->next)) == NULL)
		return NULL;
	return left == NULL ? bind_star(b, x, right)
			    : bind_match(b, x, left, right);
}

/* !between is true of no null. */
static struct tx *
decimal_between(struct binder *b, const struct expr *x, struct tx **args)
{
	int inside = *x->text != '!';
	struct tx *low, *high;

	low = decimal_comparison(b, inside ? ">=" : "<", args[0], args[1]);
	high = decimal_comparison(b, inside ? "<=" : ">", args[0], args[2]);
	return tx_call2(b, KT_BOOL, inside ? "#&" : "#|", low, high);
}

/* Both bounds count; above a datetime a timespan is a length. */
struct tx *
bind_between(struct binder *b, const struct expr *x)
{
	struct expr plus = { .kind = E_BINARY, .text = "+" };
	struct tx *args[3];
	const struct expr *a = x->args;

	for (int i = 0; i < 3; i++, a = a->next)
		if ((args[i] = bind_expr(b, a)) == NULL)
			return NULL;
	if (any_unknown(args, 3))
		return unknown_value(b, KT_BOOL, x->at, args, 3);
	plus.at = args[2]->at;
	if (args[1]->type == KT_DATETIME && args[2]->type == KT_TIMESPAN &&
	    (args[2] = bind_arithmetic(b, &plus, args[1], args[2])) == NULL)
		return NULL;
	if (args[0]->type == KT_DYNAMIC)
		args[0] = convert(b, args[0],
		    is_number(args[1]->type) ? KT_REAL : args[1]->type);
	if (is_decimal_pair(args[0], args[1]) &&
	    is_decimal_pair(args[0], args[2]))
		return decimal_between(b, x, args);
	for (int i = 1; i < 3; i++) {
		if (args[0]->type != KT_STRING && args[0]->type != KT_BOOL &&
		    args[0]->type != KT_GUID &&
		    (args[0]->type == args[i]->type ||
			(is_number(args[0]->type) && is_number(args[i]->type))))
			continue;
		fail_semantic(b->e, args[i]->at,
		    "'%s' takes numbers, datetimes or timespans, not %s and %s",
		    x->text, kql_type_name(args[0]->type),
		    kql_type_name(args[i]->type));
		return NULL;
	}
	return tx_call(b, KT_BOOL,
	    *x->text == '!' ? "#1 NOT BETWEEN #2 AND #3"
			    : "#1 BETWEEN #2 AND #3",
	    x->at, args, 3);
}

/* The list of in, its parts bound.  A single part that turns out to be a table
 * is *p instead. */
static struct tx **
bind_list(struct binder *b, const struct expr *x, size_t *n, struct plan **p)
{
	struct tx **list;
	struct bound part;
	size_t room = 1;

	for (const struct expr *a = x; a != NULL; a = a->next)
		room++;
	list = arena_alloc(b->arena, room * sizeof(*list));
	for (*n = 1; x != NULL; x = x->next, (*n)++) {
		if (room != 2)
			part.value = bind_expr(b, x);
		else if (bind_any(b, x, &part) == 0 && part.plan != NULL)
			*p = part.plan;
		if ((list[*n] = part.value) == NULL && *p == NULL)
			return NULL;
	}
	return list;
}

static int
is_set_op(const char *op)
{
	return strcmp(op, "has_any") == 0 || strcmp(op, "has_all") == 0;
}

static int
ignores_case(const char *op)
{
	return op[strlen(op) - 1] == '~';
}

/* x as what it is compared with; strings where case does not count. */
static struct tx *
in_side(
    struct binder *b, const struct expr *x, struct tx *y, enum kql_type type)
{
	struct tx *c;

	if (is_set_op(x->text) || ignores_case(x->text))
		return need_string(b, x, y);
	if (is_number(type) && is_number(y->type))
		return y;
	if (type == KT_DECIMAL && is_number(y->type))
		return convert(b, y, type);
	c = y->type == type || y->type == KT_DYNAMIC ? convert(b, y, type)
						     : NULL;
	if (c == NULL || type == KT_DYNAMIC) {
		fail_semantic(b->e, y->at, "'%s' of %s with a list of %s",
		    x->text, kql_type_name(type), kql_type_name(y->type));
		return NULL;
	}
	return c;
}

static const struct {
	const char *op, *sql, *filter;
} in_ops[] = {
	{ "in", "coalesce(#1 IN ($2*), 0)", "#1 IN ($2*)" },
	{ "!in", "coalesce(#1 NOT IN ($2*), 1)", NULL },
	{ "in~", "#1 IN ($2*)", NULL },
	{ "!in~", "#1 NOT IN ($2*)", NULL },
	{ "has_any", "kql_has_any($*)", NULL },
	{ "has_all", "kql_has_all($*)", NULL },
};

/* NaN equals nothing, so that it is no loss to a list. */
static size_t
without_nan(struct tx **args, size_t n)
{
	size_t m = 1;

	for (size_t i = 1; i < n; i++)
		if (!is_nan(args[i]))
			args[m++] = args[i];
	return m;
}

static struct tx *
emit_in(struct binder *b, const struct expr *x, struct tx **args, size_t n)
{
	struct tx *y;

	n = without_nan(args, n);
	for (size_t i = 0; i < sizeof(in_ops) / sizeof(in_ops[0]); i++) {
		if (strcmp(in_ops[i].op, x->text) != 0)
			continue;
		if (ignores_case(x->text))
			for (size_t k = 0; k < n; k++)
				args[k] = tx_call1(
				    b, KT_STRING, "kql_fold($1)", args[k]);
		y = tx_call(b, KT_BOOL, in_ops[i].sql, x->at, args, n);
		y->filter = in_ops[i].filter;
		return y;
	}
	return NULL;
}

/* The query's first column as a value's type, or folded.  NULL with e. */
static struct plan *
list_column(
    struct binder *b, const struct expr *x, struct tx *left, struct plan *p)
{
	struct plan *list = plan_new(b, P_PROJECT, NULL, p);
	const struct column *c = p->out.columns[0];
	struct tx *y = tx_column(b, c, x->at);

	memset(&list->out, 0, sizeof(list->out));
	list->at = x->at;
	list->values = arena_alloc(b->arena, sizeof(*list->values));
	if (c->type == KT_DYNAMIC && left->type != KT_DYNAMIC)
		y = NULL;
	else if ((y = in_side(b, x, y, left->type)) == NULL)
		return NULL;
	if (y == NULL) {
		fail_unsupported(b->e, x->at,
		    "'%s' over a query of a column of type dynamic", x->text);
		return NULL;
	}
	if (ignores_case(x->text))
		y = tx_call1(b, KT_STRING, "kql_fold($1)", y);
	plan_put(b, list, "v", y);
	return list;
}

/* x in (a query): of its columns the first counts. */
static struct tx *
bind_in_query(
    struct binder *b, const struct expr *x, struct tx *left, struct plan *p)
{
	static const struct {
		const char *op, *sql;
	} forms[] = {
		{ "in", "coalesce(#1 IN ($q), 0)" },
		{ "!in", "coalesce(#1 NOT IN ($q), 1)" },
		{ "in~", "kql_fold($1) IN ($q)" },
		{ "!in~", "kql_fold($1) NOT IN ($q)" },
		{ "has_any",
		    "kql_has_any_index($1, (SELECT "
		    "json_group_array(\"v\") FROM ($q))) >= 0" },
		{ "has_all",
		    "kql_has_all_index($1, (SELECT "
		    "json_group_array(\"v\") FROM ($q))) < 0" },
	};
	const struct column *c = p->out.columns[0];
	struct tx *y;
	size_t i = 0;

	if (left->type == KT_UNKNOWN || p->out.open || c->type == KT_UNKNOWN)
		return unknown_value(b, KT_BOOL, x->at, &left, 1);
	if (check_whole(b, p, x->at) == -1)
		return NULL;
	if (left->type == KT_DYNAMIC && c->type != KT_DYNAMIC)
		left = convert(b, left, c->type);
	if (left == NULL || (left = in_side(b, x, left, left->type)) == NULL ||
	    (p = list_column(b, x, left, p)) == NULL)
		return NULL;
	while (strcmp(forms[i].op, x->text) != 0)
		i++;
	y = tx_call1(b, KT_BOOL, forms[i].sql, left);
	y->plan = p;
	return y;
}

struct tx *
bind_in(struct binder *b, const struct expr *x)
{
	struct tx *left = bind_expr(b, x->args), **args;
	struct plan *p = NULL;
	size_t n;

	if (left == NULL ||
	    (args = bind_list(b, x->args->next, &n, &p)) == NULL)
		return NULL;
	if (p != NULL)
		return bind_in_query(b, x, left, p);
	args[0] = left;
	if (any_unknown(args, n))
		return unknown_value(b, KT_BOOL, x->at, args, n);
	if (spread_list(b, &args, &n))
		return bind_in_dynamic(b, x, args, n);
	if (n > 1 && left->type == KT_DYNAMIC && !is_set_op(x->text))
		args[0] = convert(b, left, args[1]->type);
	for (size_t i = 0; i < n; i++) {
		if (args[0] == NULL ||
		    (args[i] = in_side(b, x, args[i], args[0]->type)) == NULL)
			return NULL;
	}
	return emit_in(b, x, args, n);
}

const char *
infix_name(size_t i)
{
	static const char *const others[] = { "+", "-", "*", "/", "%",
		"==", "!=", "<>", "<", "<=", ">", ">=", "and", "or", "between",
		"!between" };
	const size_t n = sizeof(others) / sizeof(others[0]);
	const size_t strings = sizeof(string_ops) / sizeof(string_ops[0]);
	const size_t ins = sizeof(in_ops) / sizeof(in_ops[0]);

	if (i < n)
		return others[i];
	if (i - n < strings)
		return string_ops[i - n].op;
	return i - n - strings < ins ? in_ops[i - n - strings].op : NULL;
}
