/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "kql/bind/bind.h"

static int
bind_keys(struct binder *b, struct plan *p, const struct expr *x, int *unnamed)
{
	const struct expr *first = x;
	const char *name;
	struct tx *key;

	b->aggregates = AGG_NONE;
	for (; x != NULL; x = x->next) {
		key = bind_expr(b, x->kind == E_ASSIGN ? x->args : x);
		if (key == NULL ||
		    (name = item_name(b, first, x, &p->out, unnamed)) == NULL)
			return -1;
		if (key->type == KT_DYNAMIC)
			return fail_semantic(b->e, x->at,
			    "The value of type 'dynamic' is not allowed "
			    "behind by; use tostring()");
		plan_put(b, p, name, key);
		p->nkeys++;
	}
	return 0;
}

static int
no_aggregate(struct binder *b, const struct expr *x)
{
	const struct expr *value = x->kind == E_ASSIGN ? x->args : x;
	const char *call = "the expression";

	if (value->kind == E_NAME)
		call = value->text;
	if (value->kind == E_CALL)
		call = arena_printf(b->arena, "%.80s(…)", value->text);
	if (x->kind == E_ASSIGN)
		return fail_semantic(b->e, x->at,
		    "'%.80s' is not an aggregate: move %.80s = %s behind by",
		    x->text, x->text, call);
	return fail_semantic(
	    b->e, x->at, "%s is not an aggregate: move it behind by", call);
}

/* Is an aggregate called anywhere in it? */
static int
has_aggregate(const struct expr *x)
{
	if (x->kind == E_CALL && is_aggregate_call(x))
		return 1;
	for (const struct expr *a = x->args; a != NULL; a = a->next)
		if (has_aggregate(a))
			return 1;
	return 0;
}

/* A value that is the same for each group; SQL must see an aggregate. */
static struct tx *
known(struct binder *b, struct tx *value)
{
	value = tx_call1(b, value->type, "iif(count(*) < 0, NULL, $1)", value);
	value->aggregate = 1;
	return value;
}

/* An item; one without an aggregate is refused for that, if nothing else is
 * wrong with it. */
struct tx *
bind_aggregate(struct binder *b, const struct expr *x)
{
	const struct expr *value = x->kind == E_ASSIGN ? x->args : x;
	int wanted = has_aggregate(value);
	struct tx *y;

	b->aggregates = wanted ? AGG_WANTED : AGG_NONE;
	y = bind_expr(b, value);
	b->aggregates = AGG_NONE;
	if (y == NULL || (wanted && y->aggregate))
		return y;
	if (!y->columns) /* a constant: one a group */
		return known(b, y);
	no_aggregate(b, x);
	return NULL;
}

const char *
first_name(struct binder *b, const struct plan *p, const struct expr *first,
    const struct expr *x, const struct tx *y, int *unnamed)
{
	if (x->kind == E_ASSIGN && x->names != NULL)
		return schema_free_name(b, &p->out, x->names->text);
	if (y->name != NULL && default_name(b, x) == NULL)
		return schema_free_name(b, &p->out, y->name);
	return item_name(b, first, x, &p->out, unnamed);
}

int
put_more(struct binder *b, struct plan *p, const struct expr *x,
    const struct extra *more)
{
	const struct expr *given =
	    x->kind == E_ASSIGN && x->names != NULL ? x->names->next : NULL;

	for (; more != NULL; more = more->next) {
		plan_put(b, p,
		    schema_free_name(
			b, &p->out, given != NULL ? given->text : more->name),
		    more->value);
		given = given != NULL ? given->next : NULL;
	}
	if (given == NULL)
		return 0;
	return fail_semantic(b->e, given->at,
	    "'%.80s' names nothing: there is no such value", given->text);
}

static int
bind_aggregates(
    struct binder *b, struct plan *p, const struct expr *x, int *unnamed)
{
	const struct expr *first = x;
	const char *name;
	struct tx *y;

	for (; x != NULL; x = x->next) {
		if ((y = bind_aggregate(b, x)) == NULL ||
		    (name = first_name(b, p, first, x, y, unnamed)) == NULL)
			return -1;
		plan_put(b, p, name, y);
		if (put_more(b, p, x, y->more) == -1)
			return -1;
	}
	return 0;
}

size_t
room_for(const struct schema *in, const struct expr *x)
{
	const struct expr *value;
	size_t n = 0;

	for (; x != NULL; x = x->next) {
		value = x->kind == E_ASSIGN ? x->args : x;
		n += COLUMNS_MAX;
		if (value->kind != E_CALL)
			continue;
		for (const struct expr *a = value->args; a != NULL; a = a->next)
			n += a->kind == E_STAR ? in->n : 1;
	}
	return n;
}

struct plan *
bind_summarize(struct binder *b, struct plan *in, const struct op *op)
{
	struct plan *p = plan_new(b, P_GROUP, op, in);
	const struct plan *outer = b->group;
	int unnamed = 0, r;

	p->serialized = 0;
	memset(&p->out, 0, sizeof(p->out));
	p->values = arena_zalloc(b->arena,
	    (room_for(&in->out, op->args) + room_for(&in->out, op->by) + 1) *
		sizeof(*p->values));
	b->row = &in->out;
	b->group = p;
	r = bind_keys(b, p, op->by, &unnamed) == -1
	    ? -1
	    : bind_aggregates(b, p, op->args, &unnamed);
	b->group = outer;
	return r == -1 ? NULL : p;
}
