/* SPDX-License-Identifier: MIT */
#include <string.h>
#include <strings.h>

#include "kql/builtins/builtins.h"
#include "kql/parse/operators.h"

/* What an operator needs read behind its name; 0 or -1 with e. */
typedef int parse_op(struct parser *, struct op *);

struct syntax {
	const char *name;
	enum op_kind kind;
	parse_op *read;
	const char *const *params; /* that it takes, beside hint.x */
};

static const char *const make_series_params[] = { "kind", NULL };

static const char *const union_params[] = { "kind", "withsource", "with_source",
	"isfuzzy", NULL };
static const char *const expand_params[] = { "bagexpansion", "kind",
	"with_itemindex", NULL };
static const char *const parse_names[] = { "kind", "flags", NULL };
static const char *const join_params[] = { "kind", NULL };
static const char *const search_params[] = { "kind", NULL };
static const char *const find_params[] = { "withsource", NULL };
static const char *const consume_params[] = { "decodeblocks", NULL };

/* A parameter's value is one word: kind=inner (T) calls nothing. */
static struct expr *
param_value(struct parser *p)
{
	struct expr *x = expr_new(p, E_NAME, p->t->at);

	if (p->t->kind != T_NAME && p->t->kind != T_STRING &&
	    p->t->kind != T_LITERAL)
		return unexpected(p, "a parameter's value");
	x->text = p->t->text;
	x->n = p->t++->n;
	return x;
}

int
add_param(struct parser *p, struct op *op, const char *name)
{
	struct param *param = arena_zalloc(p->arena, sizeof(*param));
	struct param **tail = &op->params;

	param->name = name;
	param->at = p->t->at;
	if (need_punct(p, "=", "behind a parameter") == -1 ||
	    (param->value = param_value(p)) == NULL)
		return -1;
	while (*tail != NULL)
		tail = &(*tail)->next;
	*tail = param;
	return 0;
}

static int
is_punct(const struct token *t, const char *text)
{
	return t->kind == T_PUNCT && strcmp(t->text, text) == 0;
}

/* Behind some operators name = can only be a parameter. */
static int
wrong_param(struct parser *p, const struct op *op, const char *const *names)
{
	struct near near = { 0 };
	char hint[100];

	if ((op->kind != OP_UNION && op->kind != OP_JOIN &&
		op->kind != OP_LOOKUP && op->kind != OP_SEARCH &&
		op->kind != OP_FIND && op->kind != OP_CONSUME) ||
	    p->t->kind != T_NAME || !is_punct(&p->t[1], "="))
		return 0;
	for (; names != NULL && *names != NULL; names++)
		near_offer(&near, p->t->text, *names);
	return fail_syntax(p->e, p->t->at, "%s has no parameter '%.80s'%s",
	    op->name, p->t->text, near_text(&near, hint, sizeof(hint)));
}

/* kind=x and the like; hint.x=y is read and changes nothing. */
static int
parse_params(struct parser *p, struct op *op, const char *const *names)
{
	int known;

	for (;;) {
		if (at_word(p, "hint") && is_punct(&p->t[1], ".")) {
			p->t += 2;
			if (parse_name(p, "a hint's name") == NULL ||
			    need_punct(p, "=", "behind a hint") == -1 ||
			    param_value(p) == NULL)
				return -1;
			continue;
		}
		known = 0;
		for (int i = 0; names != NULL && names[i] != NULL; i++)
			known |=
			    at_word(p, names[i]) && is_punct(&p->t[1], "=");
		if (!known)
			return wrong_param(p, op, names);
		p->t++;
		if (add_param(p, op, p->t[-1].text) == -1)
			return -1;
	}
}

static int
read_nothing(struct parser *p, struct op *op)
{
	(void)p;
	(void)op;
	return 0;
}

static int
read_expr(struct parser *p, struct op *op)
{
	return (op->args = parse_expr(p)) == NULL ? -1 : 0;
}

static int
read_items(struct parser *p, struct op *op)
{
	return (op->args = parse_items(p)) == NULL ? -1 : 0;
}

static int
read_columns(struct parser *p, struct op *op)
{
	return (op->args = parse_columns(p)) == NULL ? -1 : 0;
}

static int
read_distinct(struct parser *p, struct op *op)
{
	if (at_punct(p, "*") && p->t[1].from > p->t->to)
		return read_columns(p, op);
	if (at_punct(p, "*") && p->t[1].kind != T_NAME)
		return read_columns(p, op);
	return read_items(p, op);
}

static int
read_serialize(struct parser *p, struct op *op)
{
	if (p->t->kind == T_END || at_punct(p, "|") || at_punct(p, ";") ||
	    at_punct(p, ")"))
		return 0;
	return read_items(p, op);
}

static int
read_summarize(struct parser *p, struct op *op)
{
	if (!at_word(p, "by") && read_items(p, op) == -1)
		return -1;
	if (!take_word(p, "by"))
		return 0;
	return (op->by = parse_items(p)) == NULL ? -1 : 0;
}

struct expr *
parse_table(struct parser *p)
{
	if (at_punct(p, "*") ||
	    (p->t->kind == T_NAME && is_punct(&p->t[1], "*") &&
		p->t[1].from == p->t->to))
		return parse_column(p);
	return parse_unary(p);
}

static int
read_union(struct parser *p, struct op *op)
{
	struct expr **tail = &op->args;

	do {
		if ((*tail = parse_table(p)) == NULL)
			return -1;
		tail = &(*tail)->next;
	} while (take_punct(p, ","));
	return 0;
}

static int
read_as(struct parser *p, struct op *op)
{
	op->args = expr_new(p, E_NAME, p->t->at);
	op->args->text = parse_name(p, "a name behind as");
	return op->args->text == NULL ? -1 : 0;
}

static int
read_invoke(struct parser *p, struct op *op)
{
	struct kql_at at = p->t->at;

	if ((op->args = parse_unary(p)) == NULL)
		return -1;
	if (op->args->kind == E_CALL || op->args->kind == E_METHOD)
		return 0;
	return fail_syntax(p->e, at, "invoke needs a call, as in f()");
}

/* The chart is kept; how it looks is a matter of the client. */
static int
read_render(struct parser *p, struct op *op)
{
	int depth = 0;

	op->args = expr_new(p, E_NAME, p->t->at);
	if (p->t->kind != T_NAME) {
		unexpected(p, "a chart behind render");
		return -1;
	}
	op->args->text = p->t++->text;
	for (; p->t->kind != T_END; p->t++) {
		if (at_punct(p, "("))
			depth++;
		else if (at_punct(p, ")") && depth-- == 0)
			break;
		else if (depth == 0 && (at_punct(p, "|") || at_punct(p, ";")))
			break;
	}
	return 0;
}

int
parse_schema(struct parser *p, struct declared **columns)
{
	if (need_punct(p, "(", "in front of the columns") == -1)
		return -1;
	return parse_schema_rest(p, columns);
}

struct declared *
parse_declared(struct parser *p)
{
	struct declared *c = arena_zalloc(p->arena, sizeof(*c));

	c->at = p->t->at;
	if ((c->name = parse_name(p, "a column's name")) == NULL ||
	    need_punct(p, ":", "behind a column's name") == -1)
		return NULL;
	if (p->t->kind == T_NAME)
		c->type = kql_type_find(p->t->text);
	if (c->type == KT_NONE)
		return unexpected(p, "a type");
	p->t++;
	return c;
}

int
parse_schema_rest(struct parser *p, struct declared **columns)
{
	struct declared **tail = columns, *c;

	while (!take_punct(p, ")")) {
		if (*columns != NULL &&
		    need_punct(p, ",", "between columns") == -1)
			return -1;
		if (*columns != NULL && take_punct(p, ")"))
			break;
		if ((c = *tail = parse_declared(p)) == NULL)
			return -1;
		tail = &c->next;
	}
	return 0;
}

static int
read_datatable(struct parser *p, struct op *op)
{
	struct expr **tail = &op->args;

	if (parse_schema(p, &op->columns) == -1 ||
	    need_punct(p, "[", "in front of the rows") == -1)
		return -1;
	while (!take_punct(p, "]")) {
		if ((*tail = parse_expr(p)) == NULL)
			return -1;
		tail = &(*tail)->next;
		if (!take_punct(p, ",") && !at_punct(p, "]")) {
			unexpected(p, "',' or ']'");
			return -1;
		}
	}
	return 0;
}

static const struct syntax operators[] = {
	{ "where", OP_WHERE, read_expr, NULL },
	{ "filter", OP_WHERE, read_expr, NULL },
	{ "extend", OP_EXTEND, read_items, NULL },
	{ "project", OP_PROJECT, read_items, NULL },
	{ "project-away", OP_PROJECT_AWAY, read_columns, NULL },
	{ "project-keep", OP_PROJECT_KEEP, read_columns, NULL },
	{ "project-rename", OP_PROJECT_RENAME, read_items, NULL },
	{ "project-reorder", OP_PROJECT_REORDER, read_reorder, NULL },
	{ "summarize", OP_SUMMARIZE, read_summarize, NULL },
	{ "sort", OP_SORT, read_sort, NULL },
	{ "order", OP_SORT, read_sort, NULL },
	{ "take", OP_TAKE, read_expr, NULL },
	{ "limit", OP_TAKE, read_expr, NULL },
	{ "top", OP_TOP, read_top, NULL },
	{ "count", OP_COUNT, read_nothing, NULL },
	{ "distinct", OP_DISTINCT, read_distinct, NULL },
	{ "union", OP_UNION, read_union, union_params },
	{ "render", OP_RENDER, read_render, NULL },
	{ "as", OP_AS, read_as, NULL },
	{ "serialize", OP_SERIALIZE, read_serialize, NULL },
	{ "scan", OP_SCAN, read_scan, NULL },
	{ "make-series", OP_MAKE_SERIES, read_make_series, make_series_params },
	{ "mv-expand", OP_MV_EXPAND, read_expand, expand_params },
	{ "mvexpand", OP_MV_EXPAND, read_expand, expand_params },
	{ "getschema", OP_GETSCHEMA, read_nothing, NULL },
	{ "invoke", OP_INVOKE, read_invoke, NULL },
	{ "mv-apply", OP_MV_APPLY, read_mv_apply, expand_params },
	{ "parse", OP_PARSE, read_parse, parse_names },
	{ "parse-where", OP_PARSE, read_parse, parse_names },
	{ "parse-kv", OP_PARSE_KV, read_parse_kv, NULL },
	{ "top-nested", OP_TOP_NESTED, read_top_nested, NULL },
	{ "top-hitters", OP_TOP_HITTERS, read_top_hitters, NULL },
	{ "partition", OP_PARTITION, read_partition, NULL },
	{ "join", OP_JOIN, read_join, join_params },
	{ "lookup", OP_LOOKUP, read_join, join_params },
	{ "search", OP_SEARCH, read_search, search_params },
	{ "sample", OP_TAKE, read_expr, NULL },
	{ "sample-distinct", OP_SAMPLE_DISTINCT, read_sample_distinct, NULL },
	{ "evaluate", OP_EVALUATE, read_evaluate, NULL },
	{ "find", OP_FIND, read_find, find_params },
	{ "fork", OP_FORK, read_fork, NULL },
	{ "facet", OP_FACET, read_facet, NULL },
	{ "consume", OP_CONSUME, read_nothing, consume_params },
	{ NULL, OP_SOURCE, NULL, NULL },
};

static const struct syntax sources[] = {
	{ "datatable", OP_DATATABLE, read_datatable, NULL },
	{ "print", OP_PRINT, read_items, NULL },
	{ "range", OP_RANGE, read_range, NULL },
	{ "union", OP_UNION, read_union, union_params },
	{ "search", OP_SEARCH, read_search, search_params },
	{ "find", OP_FIND, read_find, find_params },
	{ "externaldata", OP_EXTERNALDATA, read_externaldata, NULL },
	{ "external_data", OP_EXTERNALDATA, read_externaldata, NULL },
	{ NULL, OP_SOURCE, NULL, NULL },
};

static const struct syntax *
lookup(const struct syntax *table, const char *name)
{
	for (; table->name != NULL; table++)
		if (strcmp(table->name, name) == 0)
			return table;
	return NULL;
}

static struct op *
op_new(struct parser *p, const struct syntax *s)
{
	struct op *op = arena_zalloc(p->arena, sizeof(*op));

	op->kind = s->kind;
	op->name = s->name;
	op->at = p->t->at;
	return op;
}

static struct op *
read_op(struct parser *p, struct op *op, const struct syntax *s)
{
	if (parse_params(p, op, s->params) == -1)
		return NULL;
	return s->read(p, op) == -1 ? NULL : op;
}

#define OP_NAME_MAX 80

/* project-away is three tokens that touch. */
static const char *
op_name(struct parser *p)
{
	const char *name = p->t->text;

	for (p->t++; strlen(name) < OP_NAME_MAX && is_punct(p->t, "-") &&
	     p->t->from == p->t[-1].to && p->t[1].kind == T_NAME &&
	     p->t[1].from == p->t->to;
	     p->t += 2)
		name = arena_printf(p->arena, "%s-%s", name, p->t[1].text);
	return name;
}

static struct op *
unknown_op(struct parser *p, struct kql_at at, const char *name)
{
	struct near near = { 0 };
	char hint[100];

	if (builtin_missing(MISSING_OPERATOR, name)) {
		fail_unsupported(p->e, at, "operator '%s'", name);
		return NULL;
	}
	for (const struct syntax *s = operators; s->name != NULL; s++)
		near_offer(&near, name, s->name);
	fail_syntax(p->e, at, "there is no operator '%.80s'%s", name,
	    near.best != NULL ? near_text(&near, hint, sizeof(hint))
			      : operator_hint(name));
	return NULL;
}

static struct op *
parse_operator(struct parser *p)
{
	const struct syntax *s;
	struct op *op;
	struct kql_at at = p->t->at;
	const char *name;

	if (at_punct(p, "|") && p->t->from == p->t[-1].to)
		return unexpected(p, "an operator (for || write or)");
	if (p->t->kind != T_NAME)
		return unexpected(p, "an operator");
	name = op_name(p);
	if ((s = lookup(operators, name)) == NULL)
		return unknown_op(p, at, name);
	op = op_new(p, s);
	op->at = at;
	return read_op(p, op, s);
}

/* Is a word that starts a source one here, and not a table's name? */
static int
starts_source(const struct parser *p, const struct syntax *s)
{
	const struct token *next = &p->t[1];

	if (next->kind == T_END ||
	    (next->kind == T_PUNCT && strchr("|;,).", next->text[0]) != NULL))
		return 0;
	if (s->kind == OP_RANGE)
		return next->kind == T_NAME || is_punct(next, "[");
	return 1;
}

/* A query that begins with an operator: its table is put in front by who
 * sends it.  It is one without a name. */
static struct op *
implied_source(struct parser *p)
{
	static const struct syntax plain = { "", OP_SOURCE, NULL, NULL };
	struct op *op;

	if (p->depth > 1 || p->t->kind != T_NAME || p->t[1].kind != T_NAME ||
	    !at_name(&(struct parser){ .t = &p->t[1] }) ||
	    lookup(operators, p->t->text) == NULL)
		return NULL;
	op = op_new(p, &plain);
	op->args = expr_new(p, E_NAME, p->t->at);
	return op;
}

static struct op *
parse_source(struct parser *p)
{
	static const struct syntax plain = { "", OP_SOURCE, read_expr, NULL };
	static const struct syntax command = { "", OP_COMMAND, read_command,
		NULL };
	const struct syntax *s = NULL;
	struct op *op;

	if (p->t->kind == T_NAME)
		s = lookup(sources, p->t->text);
	if (s != NULL && starts_source(p, s)) {
		op = op_new(p, s);
		p->t++;
		return read_op(p, op, s);
	}
	if (at_punct(p, ".") && p->depth == 1) {
		op = op_new(p, &command);
		return read_op(p, op, &command);
	}
	if ((op = implied_source(p)) != NULL)
		return op;
	if (at_punct(p, "|") && p->depth == 1)
		return unexpected(p, "a table, with which a query starts,");
	if (at_punct(p, "/") && is_punct(&p->t[1], "*"))
		return unexpected(p, "a table (comments start with //)");
	if (p->t->kind == T_NAME && strcasecmp(p->t->text, "select") == 0 &&
	    (p->t[1].kind == T_NAME || is_punct(&p->t[1], "*"))) {
		fail_unsupported(p->e, p->t->at,
		    "SQL; in KQL the table comes first: T | where ... | "
		    "project ...");
		return NULL;
	}
	if (at_word(p, "evaluate") && starts_source(p, &plain)) {
		fail_unsupported(
		    p->e, p->t->at, "evaluate at the start of a query");
		return NULL;
	}
	op = op_new(p, &plain);
	return read_op(p, op, &plain);
}

static int
is_implied(const struct op *op)
{
	return op->kind == OP_SOURCE && *op->args->text == '\0' &&
	    op->args->kind == E_NAME;
}

/* The operators behind a pipe, from the first on. */
static int
parse_pipe(struct parser *p, struct op **tail)
{
	do {
		if ((*tail = parse_operator(p)) == NULL)
			return -1;
		tail = &(*tail)->next;
	} while (take_punct(p, "|"));
	return 0;
}

struct query *
parse_subquery(struct parser *p)
{
	struct query *q = arena_zalloc(p->arena, sizeof(*q));

	if (enter(p) == -1 ||
	    need_punct(p, "(", "in front of a subquery") == -1 ||
	    parse_pipe(p, &q->ops) == -1 ||
	    need_punct(p, ")", "behind a subquery") == -1)
		return NULL;
	leave(p);
	return q;
}

struct query *
parse_query(struct parser *p)
{
	struct query *q = arena_zalloc(p->arena, sizeof(*q));

	if (enter(p) == -1 || (q->ops = parse_source(p)) == NULL)
		return NULL;
	if ((take_punct(p, "|") || is_implied(q->ops)) &&
	    parse_pipe(p, &q->ops->next) == -1)
		return NULL;
	leave(p);
	return q;
}

const char *
operator_name(size_t i, int source, const char *const **params)
{
	const struct syntax *s = source ? sources : operators;

	while (s->name != NULL && i-- > 0)
		s++;
	*params = s->params;
	return s->name;
}
