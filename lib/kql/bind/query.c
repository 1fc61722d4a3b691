/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "kql/bind/bind.h"

#define STEPS_MAX 500 /* operators of all that is asked at once */

/* A query sees the names of let, but not the row around it. */
struct plan *
bind_query(struct binder *b, const struct query *q)
{
	struct binder saved = *b;
	struct plan *p = NULL;

	b->row = NULL;
	b->aggregates = AGG_NONE;
	for (const struct op *op = q->ops; op != NULL; op = op->next) {
		if (++b->steps > STEPS_MAX) {
			fail_semantic(
			    b->e, op->at, "more than %d operators", STEPS_MAX);
			return NULL;
		}
		p = op == q->ops ? bind_source(b, op) : bind_op(b, p, op);
		if (p == NULL)
			return NULL;
	}
	b->row = saved.row;
	b->aggregates = saved.aggregates;
	return p;
}

static void
add_let(struct binder *b, const char *name, struct tx *value, struct plan *p)
{
	struct let *l = arena_zalloc(b->arena, sizeof(*l));

	l->name = name;
	l->value = value;
	l->plan = p;
	l->next = b->lets;
	b->lets = l;
}

/* Does this expression stand for a table?  A name may mean either. */
static int
is_tabular(const struct binder *b, const struct expr *x)
{
	const struct let *l;
	const struct kql_table *t;
	struct err err;

	if (x->kind == E_METHOD || x->kind == E_MEMBER)
		while (x->kind == E_METHOD || x->kind == E_MEMBER)
			x = x->args;
	if (x->kind == E_CALL)
		return strcmp(x->text, "database") == 0 ||
		    strcmp(x->text, "cluster") == 0 ||
		    strcmp(x->text, "table") == 0 ||
		    strcmp(x->text, "materialize") == 0;
	if (x->kind != E_NAME)
		return x->kind == E_QUERY;
	if ((l = find_let(b, x->text)) != NULL)
		return l->plan != NULL;
	return b->database >= 0 &&
	    store_table(b->store, b->database, x->text, &t, &err) != 0;
}

static int
bind_let(struct binder *b, const struct statement *s)
{
	const struct expr *x = query_expr(s->query);
	struct plan *p;
	struct tx *value;

	if (find_let(b, s->name) != NULL)
		return fail_semantic(b->e, s->at,
		    "let %.80s: that name is taken already", s->name);
	if (x == NULL || is_tabular(b, x)) {
		if ((p = bind_query(b, s->query)) == NULL)
			return -1;
		add_let(b, s->name, NULL, p);
		return 0;
	}
	b->row = NULL;
	if ((value = bind_expr(b, x)) == NULL)
		return -1;
	add_let(b, s->name, value, NULL);
	return 0;
}

struct result *
bind_statements(struct binder *b, const struct statement *s)
{
	struct result *first = NULL, **tail = &first;
	struct kql_at at = s->at;

	for (; s != NULL; s = s->next) {
		at = s->at;
		if (s->kind == S_SET)
			continue;
		if (s->kind == S_LET) {
			if (bind_let(b, s) == -1)
				return NULL;
			continue;
		}
		*tail = arena_zalloc(b->arena, sizeof(**tail));
		b->render = NULL;
		if (((*tail)->plan = bind_query(b, s->query)) == NULL)
			return NULL;
		(*tail)->render = b->render;
		tail = &(*tail)->next;
	}
	if (first == NULL)
		fail_syntax(b->e, at,
		    "there is nothing to run: a query ends in an expression "
		    "that gives a table");
	return first;
}
