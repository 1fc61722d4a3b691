/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "kql/bind/bind.h"

/* A part whose columns are those of the one around it. */
static struct part *
part_new(struct binder *b, const struct part *around)
{
	struct part *part = arena_zalloc(b->arena, sizeof(*part));

	b->parts++;
	for (size_t i = 0; around != NULL && i < around->keys.n; i++)
		schema_put(b, &part->keys, around->keys.columns[i]);
	for (size_t i = 0; around != NULL && i < around->kept.n; i++)
		schema_put(b, &part->kept, around->kept.columns[i]);
	return part;
}

/* A step that adds hidden columns; there is room for n. */
static struct plan *
hiding(struct binder *b, struct plan *in, const struct op *op, size_t n)
{
	struct plan *p = plan_new(b, P_COMPUTE, op, in);

	p->values = arena_zalloc(b->arena, (n + 1) * sizeof(*p->values));
	return p;
}

/* Add a hidden column to the step and to keys or kept of its part. */
static struct column *
hide(struct binder *b, struct plan *p, struct schema *to, enum kql_type type,
    struct tx *value)
{
	struct column *c = arena_zalloc(b->arena, sizeof(*c));

	c->name = c->sql =
	    arena_printf(b->arena, "\"$p%d_%zu\"", b->parts, p->hidden.n + 1);
	c->type = type;
	c->size = 1;
	p->values[p->hidden.n] = value;
	schema_put(b, &p->hidden, c);
	schema_put(b, to, c);
	return c;
}

/* The operators of op's subquery over start; as names nothing outside. */
static struct plan *
bind_subquery(struct binder *b, struct plan *start, struct part *part,
    const struct op *op)
{
	struct let *lets = b->lets;
	struct plan *p;

	part->start = start;
	start->part = part;
	p = bind_pipe(b, start, op->query->ops);
	b->lets = lets;
	if (p == NULL || p->part == part)
		return p;
	fail_unsupported(b->e, op->at,
	    "%s with a query that keeps no rows of a part", op->name);
	return NULL;
}

/* Back to what is outside of a subquery. */
static struct plan *
leave_part(struct binder *b, struct plan *sub, const struct op *op,
    const struct part *around, size_t room)
{
	struct plan *p = plan_new(b, P_PROJECT, op, sub);

	memset(&p->out, 0, sizeof(p->out));
	p->part = around;
	p->values = arena_zalloc(b->arena, (room + 1) * sizeof(*p->values));
	return p;
}

int
check_whole(struct binder *b, const struct plan *p, struct kql_at at)
{
	if (p->part == NULL)
		return 0;
	return fail_unsupported(
	    b->e, at, "rows of a partition as a table of their own");
}

int
check_parts(struct binder *b, const struct plan *p, const struct plan *other,
    struct kql_at at)
{
	if (p->part == other->part)
		return 0;
	return fail_unsupported(
	    b->e, at, "rows of a partition together with others");
}

struct plan *
bind_partition(struct binder *b, struct plan *in, const struct op *op)
{
	struct part *part = part_new(b, in->part);
	struct plan *p = hiding(b, in, op, 1);
	struct tx *key;

	b->row = &in->out;
	if ((key = bind_expr(b, op->by)) == NULL)
		return NULL;
	if (key->type == KT_DYNAMIC) {
		fail_semantic(b->e, key->at,
		    "The value of type 'dynamic' is not allowed behind by; "
		    "use tostring()");
		return NULL;
	}
	hide(b, p, &part->keys, key->type, key);
	if ((in = bind_subquery(b, p, part, op)) == NULL)
		return NULL;
	p = leave_part(b, in, op, p->input->part, in->out.n);
	for (size_t i = 0; i < in->out.n; i++)
		plan_put(b, p, in->out.columns[i]->name,
		    tx_column(b, in->out.columns[i], op->at));
	return p;
}

/* Is this column of the source one that mv-apply takes apart? */
static int
is_taken(const struct op *op, const char *name)
{
	for (const struct expr *x = op->args; x != NULL; x = x->next)
		if (x->kind == E_NAME && strcmp(x->text, name) == 0)
			return 1;
	return 0;
}

/* The source's columns, each as the subquery leaves it, or as it was. */
static void
put_source(struct binder *b, struct plan *p, const struct schema *source,
    struct column *const *kept, const struct op *op)
{
	const struct column *c, *now;

	for (size_t i = 0; i < source->n; i++) {
		c = source->columns[i];
		if (is_taken(op, c->name))
			continue;
		now = schema_find(&p->input->out, c->name);
		plan_put(b, p, c->name,
		    tx_column(b, now != NULL ? now : kept[i], op->at));
	}
}

struct plan *
bind_mv_apply(struct binder *b, struct plan *in, const struct op *op)
{
	struct part *part = part_new(b, in->part);
	struct plan *p = hiding(b, in, op, in->out.n + 1), *sub;
	struct column **kept =
	    arena_zalloc(b->arena, (in->out.n + 1) * sizeof(*kept));

	p->numbered = 1;
	hide(b, p, &part->keys, KT_LONG, NULL);
	for (size_t i = 0; i < in->out.n; i++)
		kept[i] = hide(b, p, &part->kept, in->out.columns[i]->type,
		    tx_column(b, in->out.columns[i], op->at));
	if ((sub = bind_expand(b, p, op)) == NULL ||
	    (sub = bind_subquery(b, sub, part, op)) == NULL)
		return NULL;
	p = leave_part(b, sub, op, in->part, in->out.n + sub->out.n);
	put_source(b, p, &in->out, kept, op);
	for (size_t i = 0; i < sub->out.n; i++)
		if (schema_find(&p->out, sub->out.columns[i]->name) == NULL)
			plan_put(b, p, sub->out.columns[i]->name,
			    tx_column(b, sub->out.columns[i], op->at));
	return p;
}
