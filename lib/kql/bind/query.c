/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "kql/bind/bind.h"

#define STEPS_MAX 500 /* operators of all that is asked at once */

int
count_step(struct binder *b, struct kql_at at)
{
	if (++b->steps <= STEPS_MAX)
		return 0;
	return fail_semantic(
	    b->e, at, "more than %d operators and calls", STEPS_MAX);
}

struct plan *
bind_pipe(struct binder *b, struct plan *p, const struct op *op)
{
	struct plan *in = p;

	for (; op != NULL; op = op->next) {
		if (count_step(b, op->at) == -1 ||
		    (p = bind_op(b, in, op)) == NULL)
			return NULL;
		pass_unknown(p, in, op);
		in = p;
	}
	return in;
}

/* A query sees the names of let, but not the row around it. */
struct plan *
bind_query(struct binder *b, const struct query *q)
{
	struct binder saved = *b;
	struct plan *p = NULL;

	b->row = NULL;
	b->aggregates = AGG_NONE;
	b->level++;
	b->windows = 0;
	if (count_step(b, q->ops->at) == 0)
		p = bind_source(b, q->ops);
	if (p != NULL) {
		pass_unknown(p, NULL, q->ops);
		p = bind_pipe(b, p, q->ops->next);
	}
	b->row = saved.row;
	b->aggregates = saved.aggregates;
	b->level = saved.level;
	b->windows = saved.windows;
	return p;
}

struct let *
add_let(struct binder *b, const char *name)
{
	struct let *l = arena_zalloc(b->arena, sizeof(*l));

	l->name = name;
	l->next = b->lets;
	b->lets = l;
	return l;
}

/* Does it start with what names a table of a database? */
static int
is_path(const struct expr *x)
{
	while (x->kind == E_METHOD || x->kind == E_MEMBER)
		x = x->args;
	return x->kind == E_CALL &&
	    (strcmp(x->text, "arg") == 0 || strcmp(x->text, "database") == 0 ||
		strcmp(x->text, "cluster") == 0 ||
		strcmp(x->text, "table") == 0 ||
		strcmp(x->text, "materialize") == 0);
}

/* Does this expression stand for a table?  A name may mean either. */
static int
is_tabular(const struct binder *b, const struct expr *x)
{
	const struct let *l;
	const struct kql_table *t;
	struct err err;

	if (x->kind != E_NAME)
		return x->kind == E_QUERY || is_path(x);
	if (b->row != NULL && schema_find(b->row, x->text) != NULL)
		return 0;
	if ((l = find_let(b, x->text)) != NULL)
		return l->plan != NULL;
	if (b->lenient)
		return b->row == NULL || !b->row->open;
	return b->database >= 0 &&
	    store_table(b->store, b->database, x->text, &t, &err) != 0;
}

int
bind_any(struct binder *b, const struct expr *x, struct bound *y)
{
	struct let *f = NULL;

	memset(y, 0, sizeof(*y));
	if (x->kind == E_CALL ||
	    (x->kind == E_NAME &&
		(b->row == NULL || schema_find(b->row, x->text) == NULL)))
		f = find_function(b, x->text);
	if (f != NULL)
		return call_function(b, f, x, NULL, y);
	if (is_tabular(b, x))
		y->plan = bind_table(b, x);
	else
		y->value = bind_expr(b, x);
	/* A name of elsewhere may be either. */
	if (b->lenient && x->kind == E_NAME && y->plan != NULL &&
	    y->plan->out.open)
		y->value = unknown_value(b, KT_UNKNOWN, x->at, NULL, 0);
	return y->plan == NULL && y->value == NULL ? -1 : 0;
}

/* A query, or the expression that it consists of. */
static int
bind_result(struct binder *b, const struct query *q, struct bound *y)
{
	const struct expr *x = query_expr(q);

	memset(y, 0, sizeof(*y));
	if (x != NULL)
		return bind_any(b, x, y);
	return (y->plan = bind_query(b, q)) == NULL ? -1 : 0;
}

int
is_name_taken(const struct binder *b, const char *name)
{
	for (const struct let *l = b->lets; l != b->outer; l = l->next)
		if (strcmp(l->name, name) == 0)
			return 1;
	return 0;
}

static int
bind_let(struct binder *b, const struct statement *s)
{
	struct bound y = { 0 };
	struct let *l;

	if (is_name_taken(b, s->name))
		return fail_semantic(b->e, s->at,
		    "let %.80s: that name is taken already", s->name);
	if (s->function != NULL &&
	    (builtin_find(kql_functions, s->name) != NULL ||
		builtin_find(kql_aggregates, s->name) != NULL))
		return fail_semantic(b->e, s->at,
		    "let %.80s: that name is a built-in function's", s->name);
	if (s->query != NULL && bind_result(b, s->query, &y) == -1)
		return -1;
	l = add_let(b, s->name);
	l->value = y.value;
	l->plan = y.plan;
	l->function = s->function;
	l->database = b->database;
	l->view = s->function != NULL && s->function->view;
	l->level = b->level;
	return 0;
}

static int
bind_alias(struct binder *b, const struct statement *s)
{
	struct alias *a = arena_zalloc(b->arena, sizeof(*a));

	a->name = s->name;
	if ((a->database = bind_database(b, s->value)) == -1)
		return -1;
	a->next = b->aliases;
	b->aliases = a;
	return 0;
}

int
bind_body(struct binder *b, const struct statement *s, struct bound *y)
{
	for (; s->next != NULL; s = s->next) {
		if (s->kind != S_LET)
			return fail_semantic(b->e, s->next->at,
			    "a function's body is statements of let and one "
			    "expression");
		if (bind_let(b, s) == -1)
			return -1;
	}
	if (s->kind == S_QUERY)
		return bind_result(b, s->query, y);
	return fail_semantic(
	    b->e, s->at, "a function's body ends in an expression");
}

/* Its result, or those of its fork. */
static struct result *
bind_result_table(struct binder *b, const struct statement *s)
{
	struct result *r = arena_zalloc(b->arena, sizeof(*r)), *legs = NULL;

	b->render = NULL;
	b->legs = &legs;
	r->plan = bind_query(b, s->query);
	b->legs = NULL;
	if (r->plan == NULL)
		return NULL;
	r->render = b->render;
	if (legs != NULL)
		r = legs;
	for (legs = r; legs != NULL; legs = legs->next)
		legs->plan = take_most(b, legs->plan);
	return r;
}

/* A command that stores a function: its body is looked at, nothing more. */
static int
bind_create(struct binder *b, const struct statement *s)
{
	struct let f = { .name = s->function->name, .function = s->function };
	struct expr x = { .kind = E_CALL, .at = s->at, .text = f.name };
	struct bound y;

	if (!b->lenient)
		return fail_unsupported(b->e, s->at,
		    "a command that stores a function; write it to a file "
		    "%.80s.kql in the database's directory",
		    f.name);
	f.database = b->database;
	return try_function(b, &f, &x, &y);
}

int
bind_statements(
    struct binder *b, const struct statement *s, struct result **first)
{
	struct result **tail = first;
	struct kql_at at = s->at;

	for (; s != NULL; s = s->next) {
		at = s->at;
		if (s->kind == S_LET && bind_let(b, s) == -1)
			return -1;
		if (s->kind == S_DECLARE && bind_declare(b, s) == -1)
			return -1;
		if (s->kind == S_ALIAS && bind_alias(b, s) == -1)
			return -1;
		if (s->kind == S_SET && bind_set(b, s) == -1)
			return -1;
		if (s->kind == S_CREATE && bind_create(b, s) == -1)
			return -1;
		if (s->kind != S_QUERY)
			continue;
		if ((*tail = bind_result_table(b, s)) == NULL)
			return -1;
		while (*tail != NULL)
			tail = &(*tail)->next;
	}
	if (*first != NULL || b->lenient)
		return 0;
	return fail_syntax(b->e, at,
	    "there is nothing to run: a query ends in an expression that "
	    "gives a table");
}
