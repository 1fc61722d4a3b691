/* SPDX-License-Identifier: MIT */
#include <stdint.h>
#include <string.h>

#include "kql/parse/parse.h"

#define TREE_MAX  400  /* nodes below one another */
#define NAME_MAX  1024 /* bytes of a pattern */
#define ITEMS_MAX 2000 /* of a list: SQLite has no more columns */

/* Put args into x, noting how deep the tree gets.  Returns NULL with e. */
static struct expr *
with_args(struct parser *p, struct expr *x, struct expr *args)
{
	struct expr **tail = &x->args;

	while (*tail != NULL)
		tail = &(*tail)->next;
	*tail = args;
	for (; args != NULL; args = args->next)
		if (args->depth >= x->depth)
			x->depth = args->depth + 1;
	if (x->depth <= TREE_MAX)
		return x;
	fail_syntax(
	    p->e, x->at, "an expression deeper than %d levels", TREE_MAX);
	return NULL;
}

static struct expr *
binary(struct parser *p, const char *op, struct kql_at at, struct expr *left,
    struct expr *right)
{
	struct expr *x;

	if (right == NULL)
		return NULL;
	/* One node for a and b and c: long lists must not get deep. */
	if (left->kind == E_BINARY && strcmp(left->text, op) == 0 &&
	    (strcmp(op, "and") == 0 || strcmp(op, "or") == 0))
		return with_args(p, left, right);
	x = expr_new(p, E_BINARY, at);
	x->text = op;
	left->next = right;
	return with_args(p, x, left);
}

/* "a" 'b' is one string: those from t on. */
static void
join_strings(struct parser *p, struct expr *x, const struct token *t)
{
	const struct token *first = t;
	char *all;

	for (x->len = 0; t->kind == T_STRING; t++)
		x->len += t->len;
	x->text = all = arena_alloc(p->arena, x->len + 1);
	for (p->t = first; p->t < t; p->t++) {
		memcpy(all, p->t->text, p->t->len);
		all += p->t->len;
	}
	*all = '\0';
}

static struct expr *
literal(struct parser *p)
{
	struct expr *x = expr_new(p, E_LITERAL, p->t->at);
	const struct token *t = p->t++;

	x->type = t->type;
	x->text = t->text;
	x->len = t->len;
	x->null = t->null;
	x->over = t->over;
	x->n = t->n;
	x->real = t->real;
	if (t->kind == T_STRING && p->t->kind == T_STRING)
		join_strings(p, x, t);
	return x;
}

/* The arguments up to the closing parenthesis, which is taken. */
static int
call_args(struct parser *p, struct expr *x)
{
	struct expr *args;

	if (take_punct(p, ")"))
		return 0;
	if ((args = parse_args(p)) == NULL)
		return -1;
	if (need_punct(p, ")", "behind the arguments") == -1)
		return -1;
	return with_args(p, x, args) == NULL ? -1 : 0;
}

static struct expr *
name_or_call(struct parser *p)
{
	struct expr *x = expr_new(p, E_NAME, p->t->at);
	int plain = p->t->kind == T_NAME;

	if (plain && is_soft_keyword(p->t->text) &&
	    !(p->t[1].kind == T_PUNCT && strcmp(p->t[1].text, "(") == 0)) {
		fail_syntax(p->e, x->at,
		    "'%s' is a keyword; as a name write ['%s']", p->t->text,
		    p->t->text);
		return NULL;
	}
	if ((x->text = parse_name(p, "an expression")) == NULL)
		return NULL;
	x->len = strlen(x->text);
	if (!plain || !take_punct(p, "("))
		return x;
	x->kind = E_CALL;
	if (strcmp(x->text, "typeof") == 0 && p->t->kind == T_NAME) {
		x->args = expr_new(p, E_NAME, p->t->at);
		x->args->text = p->t++->text;
		x->depth = 1;
		return need_punct(p, ")", "behind the type") == -1 ? NULL : x;
	}
	return call_args(p, x) == -1 ? NULL : x;
}

/* What was read as a query: the expression that it is, or one that holds it. */
static struct expr *
query_or_expr(struct parser *p, struct query *q, struct kql_at at)
{
	struct expr *x = query_expr(q);

	if (x == NULL) {
		x = expr_new(p, E_QUERY, at);
		x->query = q;
	}
	return x;
}

/* ( expr ), or a query in parentheses. */
static struct expr *
parenthesized(struct parser *p)
{
	struct kql_at at = p->t++->at;
	struct query *q = parse_query(p);

	if (q == NULL || need_punct(p, ")", "to close the parenthesis") == -1)
		return NULL;
	return query_or_expr(p, q, at);
}

static struct expr *
primary(struct parser *p)
{
	struct expr *x;

	switch (p->t->kind) {
	case T_LITERAL:
	case T_STRING:
	case T_DYNAMIC:
		return literal(p);
	case T_NAME:
		return name_or_call(p);
	default:
		break;
	}
	if (at_name(p))
		return name_or_call(p);
	if (at_punct(p, "("))
		return parenthesized(p);
	if (at_punct(p, "*")) {
		x = expr_new(p, E_STAR, p->t++->at);
		x->text = "*";
		return x;
	}
	return unexpected(p, "an expression");
}

/* What follows a dot: a member, or a call as in .database('x'). */
static struct expr *
member(struct parser *p, struct expr *of)
{
	struct expr *x = expr_new(p, E_MEMBER, p->t->at);
	int plain = p->t->kind == T_NAME;

	if (plain)
		x->text = p->t++->text;
	else if ((x->text = parse_name(p, "a member's name")) == NULL)
		return NULL;
	of->next = NULL;
	if (with_args(p, x, of) == NULL)
		return NULL;
	if (!plain || !take_punct(p, "("))
		return x;
	x->kind = E_METHOD;
	return call_args(p, x) == -1 ? NULL : x;
}

static struct expr *
element(struct parser *p, struct expr *of)
{
	struct expr *x = expr_new(p, E_INDEX, p->t->at), *index;

	if ((index = parse_expr(p)) == NULL ||
	    need_punct(p, "]", "behind the index") == -1)
		return NULL;
	of->next = index;
	return with_args(p, x, of);
}

static struct expr *
postfix(struct parser *p)
{
	struct expr *x = primary(p);

	while (x != NULL) {
		if (take_punct(p, ".")) {
			/* d.[0] is d[0]; d.['a b'] is a member. */
			if (!at_name(p) && take_punct(p, "["))
				x = element(p, x);
			else
				x = member(p, x);
		} else if (take_punct(p, "["))
			x = element(p, x);
		else
			break;
	}
	return x;
}

struct expr *
parse_unary(struct parser *p)
{
	struct expr *x, *arg;

	if (!at_punct(p, "-") && !at_punct(p, "+"))
		return postfix(p);
	x = expr_new(p, E_UNARY, p->t->at);
	x->text = p->t++->text;
	arg = postfix(p);
	return arg == NULL ? NULL : with_args(p, x, arg);
}

/* The operator that stands here, if it is one of the list; else NULL. */
static const char *
take_operator(struct parser *p, const char *const list[])
{
	if (p->t->kind != T_NAME && p->t->kind != T_PUNCT)
		return NULL;
	for (int i = 0; list[i] != NULL; i++)
		if (strcmp(p->t->text, list[i]) == 0) {
			p->t++;
			return list[i];
		}
	return NULL;
}

static struct expr *
parse_string_op(struct parser *p)
{
	static const char *const ops[] = { "=~", "!~", "has", "!has", "has_cs",
		"!has_cs", "hasprefix", "!hasprefix", "hasprefix_cs",
		"!hasprefix_cs", "hassuffix", "!hassuffix", "hassuffix_cs",
		"!hassuffix_cs", "contains", "!contains", "contains_cs",
		"!contains_cs", "startswith", "!startswith", "startswith_cs",
		"!startswith_cs", "endswith", "!endswith", "endswith_cs",
		"!endswith_cs", "like", "notlike", "likecs", "notlikecs",
		"matches", ":", NULL };
	struct expr *left = parse_unary(p);
	struct kql_at at = p->t->at;
	const char *op;

	if (left == NULL || (op = take_operator(p, ops)) == NULL)
		return left;
	if (strcmp(op, "matches") == 0) {
		if (need_word(p, "regex", "behind matches") == -1)
			return NULL;
		op = "matches regex";
	}
	left->next = NULL;
	return binary(p, op, at, left, parse_unary(p));
}

/* Left to right: a - b - c. */
static struct expr *
chain(struct parser *p, const char *const ops[],
    struct expr *(*next)(struct parser *))
{
	struct expr *left = next(p);
	struct kql_at at = p->t->at;
	const char *op;

	while (left != NULL && (op = take_operator(p, ops)) != NULL) {
		left->next = NULL;
		left = binary(p, op, at, left, next(p));
		at = p->t->at;
	}
	return left;
}

static struct expr *
parse_product(struct parser *p)
{
	static const char *const ops[] = { "*", "/", "%", NULL };

	return chain(p, ops, parse_string_op);
}

static struct expr *
parse_sum(struct parser *p)
{
	static const char *const ops[] = { "+", "-", NULL };

	return chain(p, ops, parse_product);
}

static struct expr *
parse_relation(struct parser *p)
{
	static const char *const ops[] = { "<", "<=", ">", ">=", NULL };
	struct expr *left = parse_sum(p);
	struct kql_at at = p->t->at;
	const char *op;

	if (left == NULL || (op = take_operator(p, ops)) == NULL)
		return left;
	return binary(p, op, at, left, parse_sum(p));
}

/* x between (a .. b) */
static struct expr *
parse_between(
    struct parser *p, const char *op, struct kql_at at, struct expr *left)
{
	struct expr *x = expr_new(p, E_BETWEEN, at);

	x->text = op;
	if (need_punct(p, "(", "behind between") == -1 ||
	    (left->next = parse_expr(p)) == NULL ||
	    need_punct(p, "..", "between the bounds") == -1 ||
	    (left->next->next = parse_expr(p)) == NULL ||
	    need_punct(p, ")", "behind the bounds") == -1)
		return NULL;
	return with_args(p, x, left);
}

/* x in (a, b), x in (query), x has_any (a, b) */
static struct expr *
parse_in(struct parser *p, const char *op, struct kql_at at, struct expr *left)
{
	struct expr *x = expr_new(p, E_IN, at);

	x->text = op;
	if (!at_punct(p, "(")) {
		if ((left->next = parse_unary(p)) == NULL)
			return NULL;
		return with_args(p, x, left);
	}
	p->t++;
	if (take_punct(p, ")"))
		return with_args(p, x, left);
	if ((left->next = parse_args(p)) == NULL ||
	    need_punct(p, ")", "behind the list") == -1)
		return NULL;
	return with_args(p, x, left);
}

static struct expr *
parse_equality(struct parser *p)
{
	static const char *const eq[] = { "==", "!=", "<>", NULL };
	static const char *const between[] = { "between", "!between", NULL };
	static const char *const in[] = { "in", "!in", "in~", "!in~", "has_any",
		"has_all", NULL };
	struct expr *left = parse_relation(p);
	struct kql_at at = p->t->at;
	const char *op;

	if (left == NULL)
		return NULL;
	if ((op = take_operator(p, eq)) != NULL)
		return binary(p, strcmp(op, "<>") == 0 ? "!=" : op, at, left,
		    parse_relation(p));
	if ((op = take_operator(p, between)) != NULL)
		return parse_between(p, op, at, left);
	if ((op = take_operator(p, in)) != NULL)
		return parse_in(p, op, at, left);
	return left;
}

static struct expr *
parse_and(struct parser *p)
{
	static const char *const ops[] = { "and", NULL };

	return chain(p, ops, parse_equality);
}

struct expr *
parse_expr(struct parser *p)
{
	static const char *const ops[] = { "or", NULL };
	struct expr *x;

	if (enter(p) == -1)
		return NULL;
	x = chain(p, ops, parse_and);
	leave(p);
	return x;
}

/* Does "(a, b) =" stand here? */
static int
at_names(const struct parser *p)
{
	const struct token *t = p->t;

	if (!at_punct(p, "("))
		return 0;
	do {
		t++;
		if (t->kind != T_NAME)
			return 0;
		t++;
	} while (t->kind == T_PUNCT && strcmp(t->text, ",") == 0);
	return t->kind == T_PUNCT && strcmp(t->text, ")") == 0 &&
	    t[1].kind == T_PUNCT && strcmp(t[1].text, "=") == 0;
}

static struct expr *
assign_value(struct parser *p, struct expr *x)
{
	struct expr *value = parse_expr(p);

	return value == NULL ? NULL : with_args(p, x, value);
}

static struct expr *
parse_names(struct parser *p)
{
	struct expr *x = expr_new(p, E_ASSIGN, p->t->at), **tail = &x->names;

	do {
		p->t++;
		*tail = expr_new(p, E_NAME, p->t->at);
		(*tail)->text = p->t++->text;
		tail = &(*tail)->next;
	} while (at_punct(p, ","));
	p->t += 2;
	return assign_value(p, x);
}

/* name = expr as an assignment, or NULL when none stands here. */
static struct expr *
parse_assign(struct parser *p)
{
	struct expr *x = expr_new(p, E_ASSIGN, p->t->at);

	if ((x->text = parse_name(p, "a name")) == NULL)
		return NULL;
	p->t++;
	return assign_value(p, x);
}

static int
at_assign(const struct parser *p)
{
	const struct token *t = p->t;

	if (t->kind == T_NAME)
		t++;
	else if (at_name(p))
		t += 3;
	else
		return 0;
	return t->kind == T_PUNCT && strcmp(t->text, "=") == 0;
}

struct expr *
parse_item(struct parser *p)
{
	if (at_names(p))
		return parse_names(p);
	return at_assign(p) ? parse_assign(p) : parse_expr(p);
}

/* An argument may be a whole query: toscalar(T | count), in (T | ...). */
static struct expr *
argument(struct parser *p)
{
	struct kql_at at = p->t->at;
	struct query *q;

	if (at_assign(p))
		return parse_assign(p);
	q = parse_query(p);
	return q != NULL ? query_or_expr(p, q, at) : NULL;
}

static struct expr *
list(struct parser *p, struct expr *(*item)(struct parser *), size_t max)
{
	struct expr *first = NULL, **tail = &first;

	do {
		if (max-- == 0)
			return unexpected(p, "the end of a list too long");
		if ((*tail = item(p)) == NULL)
			return NULL;
		tail = &(*tail)->next;
	} while (take_punct(p, ","));
	return first;
}

struct expr *
parse_items(struct parser *p)
{
	return list(p, parse_item, ITEMS_MAX);
}

struct expr *
parse_args(struct parser *p)
{
	return list(p, argument, SIZE_MAX);
}

/* A name, or a pattern of names and stars that touch. */
struct expr *
parse_column(struct parser *p)
{
	struct expr *x = expr_new(p, E_NAME, p->t->at);
	const struct token *t = p->t;
	const char *text = "";

	if (!at_punct(p, "*") &&
	    (p->t->kind != T_NAME || t[1].from != t->to ||
		strcmp(t[1].text, "*") != 0)) {
		x->text = parse_name(p, "a column's name");
		return x->text == NULL ? NULL : x;
	}
	for (; t == p->t || p->t->from == p->t[-1].to; p->t++) {
		if (p->t->kind != T_NAME && !at_punct(p, "*"))
			break;
		if (strlen(text) > NAME_MAX)
			return unexpected(p, "the end of a name");
		text = arena_printf(p->arena, "%s%s", text, p->t->text);
	}
	x->kind = E_STAR;
	x->text = text;
	return x;
}

struct expr *
parse_columns(struct parser *p)
{
	return list(p, parse_column, ITEMS_MAX);
}
