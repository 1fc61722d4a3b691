/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "kql/bind/bind.h"

/*
 * scan with one step: the rows that match, in order, each with the values of
 * the one before in sight as step.column.  SQL goes along the numbered rows by
 * a table that refers to itself (P_CHAIN).
 */

/* The rows with the declared columns, which have their defaults. */
static struct plan *
declare(struct binder *b, struct plan *in, const struct op *op)
{
	struct plan *p = plan_new(b, P_PROJECT, op, in);
	struct schema names = { 0 };
	struct tx **values, *x;
	const struct declared *c;
	size_t n = 0;

	for (c = op->scan->columns; c != NULL; c = c->next)
		n++;
	values = arena_alloc(b->arena, (n + 1) * sizeof(struct tx *));
	b->row = NULL;
	for (c = op->scan->columns; c != NULL; c = c->next) {
		if (schema_find(&in->out, c->name) != NULL ||
		    schema_find(&names, c->name) != NULL) {
			fail_semantic(b->e, c->at,
			    "two columns are named '%.80s'", c->name);
			return NULL;
		}
		x = c->value != NULL ? bind_expr(b, c->value)
				     : tx_null(b, c->type, c->at);
		if (x != NULL && (x = convert(b, x, c->type)) == NULL)
			fail_semantic(b->e, c->at,
			    "a default that is not of type %s",
			    kql_type_name(c->type));
		if (x == NULL)
			return NULL;
		values[names.n] = x;
		schema_add(b, &names, c->name, x->type);
	}
	put_extended(b, p, &names, values, 0);
	return p;
}

/* What a step gives a column: what was written, or what is there. */
static struct tx *
assigned(struct binder *b, const struct scan_step *s, const struct column *c)
{
	const struct expr *x = s->values;
	struct tx *y;

	while (x != NULL && strcmp(x->text, c->name) != 0)
		x = x->next;
	if (x == NULL)
		return tx_column(b, c, s->at);
	if ((y = bind_expr(b, x->args)) == NULL)
		return NULL;
	if (y->type != c->type && common_type(y->type, c->type) == KT_NONE) {
		fail_semantic(b->e, x->at, "a value of type %s for '%.80s'",
		    kql_type_name(y->type), c->name);
		return NULL;
	}
	return convert(b, y, c->type);
}

/* Only columns that are declared are assigned. */
static int
check_values(struct binder *b, const struct scan_op *s)
{
	const struct declared *c;

	for (const struct expr *x = s->steps->values; x != NULL; x = x->next) {
		for (c = s->columns; c != NULL; c = c->next)
			if (x->kind == E_ASSIGN && x->names == NULL &&
			    strcmp(c->name, x->text) == 0)
				break;
		if (c == NULL)
			return fail_semantic(b->e, x->at,
			    "a step of scan assigns to columns of declare");
	}
	return 0;
}

/* The rows as they follow one another; its columns are "$o1", ... */
static struct plan *
chain(struct binder *b, struct plan *in, const struct op *op)
{
	struct plan *p = plan_new(b, P_CHAIN, op, in);
	size_t n = in->out.n;
	struct column *c;
	struct tx *number;

	memset(&p->out, 0, sizeof(p->out));
	p->values = arena_zalloc(b->arena, (2 * n + 1) * sizeof(*p->values));
	number = tx_call(b, KT_LONG, "row_number() OVER o", op->at, NULL, 0);
	number->window = number->windows = 1;
	p->values[0] = number;
	for (size_t i = 0; i < n; i++) {
		c = schema_add(b, &p->out, in->out.columns[i]->name,
		    in->out.columns[i]->type);
		c->sql = arena_printf(b->arena, "\"$o%zu\"", i + 1);
	}
	b->state = &p->out;
	b->step = op->scan->steps->name;
	for (size_t i = 0; i < n; i++) {
		p->values[i + 1] =
		    assigned(b, op->scan->steps, in->out.columns[i]);
		if (p->values[i + 1] == NULL)
			break;
	}
	b->state = NULL;
	for (size_t i = 0; i < n; i++)
		p->values[n + 1 + i] =
		    tx_null(b, p->out.columns[i]->type, op->at);
	return p->values[n] == NULL ? NULL : p;
}

/* Before the first row declared columns have their defaults. */
static void
begin(struct plan *p, const struct plan *declared, const struct schema *in)
{
	size_t n = p->out.n;

	for (size_t i = in->n; i < n; i++)
		p->values[n + 1 + i] = declared->values[i];
}

/* Drop the row in front of all, put the rest in order, name the columns. */
static struct plan *
unchain(struct binder *b, struct plan *chain, const struct op *op)
{
	struct plan *f = plan_new(b, P_FILTER, op, chain), *s, *p;
	const char *match = op->scan->match;

	f->filter = tx_call(b, KT_BOOL, "\"$n\" > 0", op->at, NULL, 0);
	s = plan_new(b, P_SORT, op, f);
	s->keys = arena_zalloc(b->arena, sizeof(*s->keys));
	s->keys->value = tx_call(b, KT_LONG, "\"$n\"", op->at, NULL, 0);
	s->nkeys = 1;
	s->serialized = 1;
	p = plan_new(b, P_PROJECT, op, s);
	memset(&p->out, 0, sizeof(p->out));
	p->values = arena_alloc(b->arena, (s->out.n + 1) * sizeof(*p->values));
	for (size_t i = 0; i < s->out.n; i++)
		plan_put(b, p, s->out.columns[i]->name,
		    tx_column(b, s->out.columns[i], op->at));
	if (match != NULL && schema_find(&p->out, match) != NULL) {
		fail_semantic(
		    b->e, op->at, "two columns are named '%.80s'", match);
		return NULL;
	}
	if (match != NULL)
		plan_put(b, p, match,
		    tx_call(b, KT_LONG, "row_number() OVER () - 1", op->at,
			NULL, 0));
	return p;
}

static int
check_scan(struct binder *b, const struct plan *in, const struct op *op)
{
	const struct scan_step *s = op->scan->steps;

	if (!in->serialized)
		return fail_semantic(b->e, op->at,
		    "scan needs rows in order: put sort or serialize in "
		    "front");
	if (s->next != NULL)
		return fail_unsupported(
		    b->e, s->next->at, "scan with more than one step");
	if (strcmp(s->output, "all") != 0)
		return fail_unsupported(
		    b->e, s->at, "scan with output = %.40s", s->output);
	if (in->part != NULL)
		return fail_unsupported(
		    b->e, op->at, "scan within partition or mv-apply");
	return check_values(b, op->scan);
}

struct plan *
bind_scan(struct binder *b, struct plan *in, const struct op *op)
{
	struct plan *declared, *matching, *p;

	if (check_scan(b, in, op) == -1 ||
	    (declared = declare(b, in, op)) == NULL)
		return NULL;
	b->windows = 0;
	matching = plan_new(b, P_FILTER, op, declared);
	b->row = &declared->out;
	matching->filter =
	    bind_bool(b, op->scan->steps->condition, "a step of scan");
	if (matching->filter == NULL || (p = chain(b, matching, op)) == NULL)
		return NULL;
	begin(p, declared, &in->out);
	return unchain(b, p, op);
}
