/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "kql/bind/bind.h"

/*
 * top-hitters: the sums of all values of a column, the largest of them in the
 * order in which the service gives them, which is that of the heap it keeps.
 */
struct hitters {
	struct binder *b;
	const struct op *op;
	const char *name; /* of the sums */
	struct tx *key, *sum, *n;
};

static struct plan *
step(struct hitters *h, enum plan_kind kind, struct plan *in)
{
	struct plan *p = plan_new(h->b, kind, h->op, in);

	memset(&p->out, 0, sizeof(p->out));
	p->serialized = 0;
	p->values = arena_zalloc(h->b->arena, 4 * sizeof(*p->values));
	return p;
}

static struct tx *
column(struct hitters *h, const struct plan *p, size_t i)
{
	return tx_column(h->b, p->out.columns[i], h->op->at);
}

/* Number the rows as they come; the number is the only hidden column. */
static struct plan *
numbered(struct hitters *h, struct plan *in)
{
	struct plan *p = plan_new(h->b, P_COMPUTE, h->op, in);
	struct column *c;

	p->numbered = 1;
	p->values = arena_zalloc(h->b->arena, sizeof(*p->values));
	c = schema_add(h->b, &p->hidden, "", KT_LONG);
	c->sql = arena_printf(h->b->arena, "\"$p%d\"", ++h->b->parts);
	return p;
}

static struct tx *
number(struct hitters *h, const struct plan *p)
{
	return tx_column(h->b, p->hidden.columns[0], h->op->at);
}

/* The sums in the order in which their keys were first seen, numbered. */
static struct plan *
sums(struct hitters *h, struct plan *in)
{
	struct plan *p = step(h, P_GROUP, numbered(h, in)), *sort, *rows;
	struct tx *first = number(h, p->input);

	p->nkeys = 1;
	plan_put(h->b, p, h->key->column->name, h->key);
	plan_put(h->b, p, schema_free_name(h->b, &p->out, h->name), h->sum);
	plan_put(h->b, p, "$first", tx_call1(h->b, KT_LONG, "min($1)", first));
	sort = plan_new(h->b, P_SORT, h->op, p);
	sort->keys = arena_zalloc(h->b->arena, sizeof(*sort->keys));
	sort->keys->value = column(h, p, 2);
	sort->nkeys = 1;
	rows = numbered(h, sort);
	p = step(h, P_PROJECT, rows);
	plan_put(h->b, p, "$place", number(h, rows));
	for (size_t i = 0; i < 2; i++)
		plan_put(
		    h->b, p, rows->out.columns[i]->name, column(h, rows, i));
	return p;
}

/* The places of the largest sums, a row each. */
static struct plan *
largest(struct hitters *h, struct plan *sums)
{
	struct plan *p = step(h, P_GROUP, sums), *each;
	struct tx *args[3];

	plan_put(h->b, p, "$heap",
	    tx_call2(h->b, KT_DYNAMIC, "kql_heap($1, $2)", h->n,
		column(h, sums, 2)));
	each = step(h, P_EACH, p);
	args[0] = tx_int(h->b, KT_LONG, 0, h->op->at);
	args[1] = tx_int(h->b, KT_LONG, INT32_MAX, h->op->at);
	args[2] = column(h, p, 0);
	each->many = 1;
	each->each =
	    tx_call(h->b, KT_NONE, "kql_expand($*)", h->op->at, args, 3);
	plan_put(h->b, each, "$at",
	    tx_call(
		h->b, KT_LONG, "CAST(\"$v1\" AS INTEGER)", h->op->at, NULL, 0));
	return each;
}

static struct plan *
join(struct hitters *h, struct plan *places, struct plan *sums)
{
	struct plan *p = step(h, P_JOIN, NULL);

	p->join = JOIN_INNER;
	p->nkeys = 1;
	p->on = arena_alloc(h->b->arena, 2 * sizeof(*p->on));
	p->on[0] = column(h, places, 0);
	p->on[1] = column(h, sums, 0);
	p->inputs = arena_alloc(h->b->arena, 2 * sizeof(struct plan *));
	p->inputs[0] = places;
	p->inputs[1] = sums;
	p->ninputs = 2;
	for (size_t i = 1; i < 3; i++)
		plan_put(
		    h->b, p, sums->out.columns[i]->name, column(h, sums, i));
	return p;
}

/* by value: its sum; without it the number of rows. */
static int
read_weight(struct hitters *h)
{
	const struct expr *by = h->op->by;
	const char *name;
	struct tx *x;

	if (by == NULL) {
		h->name = arena_printf(
		    h->b->arena, "approximate_count_%s", h->key->column->name);
		h->sum = tx_call(h->b, KT_LONG, "count(*)", h->op->at, NULL, 0);
		return 0;
	}
	name = default_name(h->b, by);
	h->name = arena_printf(
	    h->b->arena, "approximate_sum_%s", name == NULL ? "" : name);
	x = bind_expr(h->b, by->kind == E_ASSIGN ? by->args : by);
	if (x == NULL)
		return -1;
	if (x->type != KT_UNKNOWN && !is_number(x->type))
		return fail_semantic(h->b->e, by->at,
		    "top-hitters sums numbers, not values of type %s",
		    kql_type_name(x->type));
	h->sum = x->type == KT_REAL ? tx_call1(h->b, KT_REAL, "kql_rsum($1)", x)
				    : tx_call1(h->b, KT_LONG, "kql_sum($1)", x);
	return 0;
}

struct plan *
bind_top_hitters(struct binder *b, struct plan *in, const struct op *op)
{
	struct hitters h = { .b = b, .op = op };
	struct plan *p;

	if (in->part != NULL) {
		fail_unsupported(b->e, op->at, "top-hitters in a partition");
		return NULL;
	}
	b->row = &in->out;
	if ((h.n = bind_expr(b, op->args)) == NULL ||
	    (h.key = bind_expr(b, op->args->next)) == NULL)
		return NULL;
	if (h.key->kind != TX_COLUMN) {
		fail_semantic(
		    b->e, op->args->next->at, "top-hitters of a column only");
		return NULL;
	}
	if (h.n->type != KT_UNKNOWN &&
	    (!is_const(h.n) || !is_integer(h.n->type) || h.n->n < 0)) {
		fail_semantic(
		    b->e, op->args->at, "top-hitters needs a constant number");
		return NULL;
	}
	if (read_weight(&h) == -1)
		return NULL;
	p = sums(&h, in);
	return join(&h, largest(&h, p), p);
}
