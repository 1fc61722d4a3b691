/* SPDX-License-Identifier: MIT */
#include "kql/bind/bind.h"

/* Several results need a statement of their own, and nothing behind. */
static struct result **
results(struct binder *b, const struct plan *in, const struct op *op)
{
	if (b->legs != NULL && b->level == 1 && op->next == NULL &&
	    in->part == NULL)
		return b->legs;
	fail_semantic(b->e, op->at,
	    "%s gives several tables: it is the last operator of a statement "
	    "of its own",
	    op->name);
	return NULL;
}

/* The operators of a leg over in, as one more result; NULL with e. */
static struct result *
leg(struct binder *b, struct plan *in, const struct op *op)
{
	struct result *r = arena_zalloc(b->arena, sizeof(*r));
	struct let *lets = b->lets;

	b->render = NULL;
	r->plan = bind_pipe(b, in, op);
	r->render = b->render;
	b->lets = lets;
	for (; op != NULL; op = op->next)
		if (op->kind == OP_AS)
			r->name = op->args->text;
	return r->plan == NULL ? NULL : r;
}

struct plan *
bind_fork(struct binder *b, struct plan *in, const struct op *op)
{
	struct result **all = results(b, in, op), **tail = all;

	b->legs = NULL;
	for (op = op->query->ops; op != NULL && all != NULL; op = op->next) {
		if ((*tail = leg(b, in, op->query->ops)) == NULL)
			return NULL;
		if (op->args != NULL)
			(*tail)->name = op->args->text;
		tail = &(*tail)->next;
	}
	return all == NULL ? NULL : in;
}

/* summarize count_x = count() by x */
static struct result *
facet(struct binder *b, struct plan *in, const struct op *op,
    const struct expr *column)
{
	struct op *counted = arena_zalloc(b->arena, sizeof(*counted));
	struct expr *x = arena_zalloc(b->arena, 3 * sizeof(*x));

	if (column->kind != E_NAME) {
		fail_semantic(
		    b->e, column->at, "facet takes the names of columns");
		return NULL;
	}
	if (need_column(b, &in->out, column) == NULL)
		return NULL;
	x[0] = (struct expr){ .kind = E_CALL, .text = "count" };
	x[1] = (struct expr){ .kind = E_ASSIGN, .args = &x[0] };
	x[1].text = arena_printf(b->arena, "count_%s", column->text);
	x[2] = *column;
	x[2].next = NULL;
	x[0].at = x[1].at = column->at;
	*counted = (struct op){ .kind = OP_SUMMARIZE, .name = op->name };
	counted->at = op->at;
	counted->args = &x[1];
	counted->by = &x[2];
	return leg(b, in, counted);
}

/* What is behind with, then the values of each column with their counts. */
struct plan *
bind_facet(struct binder *b, struct plan *in, const struct op *op)
{
	struct result **tail = results(b, in, op);

	b->legs = NULL;
	if (tail == NULL)
		return NULL;
	if (op->query != NULL) {
		if ((*tail = leg(b, in, op->query->ops)) == NULL)
			return NULL;
		tail = &(*tail)->next;
	}
	for (const struct expr *x = op->by; x != NULL; x = x->next) {
		if ((*tail = facet(b, in, op, x)) == NULL)
			return NULL;
		tail = &(*tail)->next;
	}
	return in;
}
