/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "kql/bind/sides.h"

/*
 * find in (A, B) where PREDICATE: each table is filtered by itself, where it
 * has a column that the predicate names; then of each the columns that are
 * wanted are kept, the others packed, and all united.
 */
struct find {
	struct binder *b;
	const struct op *op;
	struct sides sides;
	struct schema named; /* columns that the predicate names */
	int any;             /* it asks all columns for a term */
};

static struct column *
side_column(const struct find *f, size_t side, const char *name)
{
	return schema_find(&f->sides.plans[side]->out, name);
}

/* The first column of that name there is, or NULL. */
static struct column *
first_column(const struct find *f, const char *name)
{
	struct column *c = NULL;

	for (size_t i = 0; i < f->sides.n && c == NULL; i++)
		c = side_column(f, i, name);
	return c;
}

static void
note_names(struct find *f, const struct expr *x)
{
	struct column *c = x->kind == E_NAME ? first_column(f, x->text) : NULL;

	f->any |= x->kind == E_STAR;
	if (c != NULL && schema_find(&f->named, c->name) == NULL)
		schema_put(f->b, &f->named, c);
	for (const struct expr *a = x->args; a != NULL; a = a->next)
		note_names(f, a);
}

/* Leave out the tables that have nothing the predicate asks for. */
static void
drop_others(struct find *f)
{
	struct sides *s = &f->sides;
	size_t n = 0, used;

	for (size_t i = 0; i < s->n; i++) {
		used = 0;
		for (size_t k = 0; k < f->named.n; k++)
			used += side_column(f, i, f->named.columns[k]->name) !=
			    NULL;
		if (used == 0)
			continue;
		s->plans[n] = s->plans[i];
		s->names[n++] = s->names[i];
	}
	s->n = n;
}

/* A projection of a side without columns yet. */
static struct plan *
projection(struct find *f, struct plan *in, size_t room)
{
	struct plan *p = plan_new(f->b, P_PROJECT, f->op, in);

	memset(&p->out, 0, sizeof(p->out));
	p->values = arena_zalloc(f->b->arena, (room + 1) * sizeof(*p->values));
	return p;
}

static void
put(struct find *f, struct plan *p, const struct column *c)
{
	plan_put(f->b, p, c->name, tx_column(f->b, c, f->op->at));
}

/* The rows of a side that fit; a column that it lacks is null. */
static struct plan *
filtered(struct find *f, struct plan *in)
{
	struct plan *p = projection(f, in, in->out.n + f->named.n);
	const struct column *c;

	for (size_t i = 0; i < in->out.n; i++)
		put(f, p, in->out.columns[i]);
	for (size_t i = 0; i < f->named.n; i++) {
		c = f->named.columns[i];
		if (schema_find(&in->out, c->name) == NULL)
			plan_put(f->b, p, c->name,
			    tx_null(f->b, c->type, f->op->at));
	}
	p = plan_new(f->b, P_FILTER, f->op, p);
	f->b->row = &p->out;
	p->filter = bind_bool(
	    f->b, search_predicate(f->b, f->op->args, 0), f->op->name);
	return p->filter == NULL ? NULL : p;
}

/* Does project-smart give the column as it is? */
static int
is_shown(const struct find *f, const char *name)
{
	const struct declared *d = f->op->columns;

	for (; d != NULL; d = d->next)
		if (d->name != NULL && strcmp(d->name, name) == 0)
			return 1;
	if (f->op->columns != NULL)
		return 0;
	if (schema_find(&f->named, name) != NULL)
		return 1;
	for (size_t i = 0; i < f->sides.n; i++)
		if (side_column(f, i, name) == NULL)
			return 0;
	return 1;
}

/* pack_: the columns of the side that are not shown. */
static int
put_pack(struct find *f, struct plan *p, const struct schema *side)
{
	struct expr call = { .kind = E_CALL, .text = "bag_pack_columns" };
	struct expr *names, **tail = &call.args;
	struct tx *pack;

	call.at = f->op->at;
	names = arena_zalloc(f->b->arena, (side->n + 1) * sizeof(*names));
	for (size_t i = 0; i < side->n; i++) {
		if (is_shown(f, side->columns[i]->name))
			continue;
		names[i].kind = E_NAME;
		names[i].at = f->op->at;
		names[i].text = side->columns[i]->name;
		*tail = &names[i];
		tail = &names[i].next;
	}
	f->b->row = &p->input->out;
	pack = call.args == NULL ? tx_text(f->b, KT_DYNAMIC, "{}", 2, f->op->at)
				 : bind_expr(f->b, &call);
	if (pack == NULL)
		return -1;
	plan_put(f->b, p, "pack_", pack);
	return 0;
}

/* Is there anything to pack, in any side? */
static int
needs_pack(const struct find *f)
{
	const struct schema *s;

	for (const struct declared *d = f->op->columns; d != NULL; d = d->next)
		if (d->name == NULL)
			return 1;
	for (size_t i = 0; f->op->columns == NULL && i < f->sides.n; i++) {
		s = &f->sides.plans[i]->out;
		for (size_t k = 0; k < s->n; k++)
			if (!is_shown(f, s->columns[k]->name))
				return 1;
	}
	return 0;
}

/* A column of project, as its type if it has one. */
static int
put_declared(struct find *f, struct plan *p, const struct schema *side,
    const struct declared *d)
{
	const struct column *c = schema_find(side, d->name);
	const struct column *first = first_column(f, d->name);
	struct tx *y;

	if (first == NULL)
		return fail_semantic(f->b->e, d->at,
		    "Failed to resolve column named '%.80s'", d->name);
	y = c == NULL ? tx_null(f->b, first->type, d->at)
		      : tx_column(f->b, c, d->at);
	if (d->type == KT_NONE && y->type != first->type)
		return fail_semantic(f->b->e, d->at,
		    "'%.80s' is of type %s here and of %s there: write "
		    "%.80s:%s",
		    d->name, kql_type_name(first->type), kql_type_name(y->type),
		    d->name, kql_type_name(first->type));
	if (d->type != KT_NONE && (y = convert(f->b, y, d->type)) == NULL)
		return fail_semantic(f->b->e, d->at,
		    "there is no way from %s to %s", kql_type_name(first->type),
		    kql_type_name(d->type));
	if (schema_find(&p->out, d->name) != NULL)
		return fail_semantic(
		    f->b->e, d->at, "two columns are named '%.80s'", d->name);
	plan_put(f->b, p, d->name, y);
	return 0;
}

/* What is shown of a side's rows, in in. */
static struct plan *
shown(struct find *f, struct plan *in, const struct schema *side, int pack)
{
	size_t room = side->n + 1;
	struct plan *p;

	for (const struct declared *d = f->op->columns; d != NULL; d = d->next)
		room++;
	p = projection(f, in, room);
	for (const struct declared *d = f->op->columns; d != NULL; d = d->next)
		if (d->name != NULL && put_declared(f, p, side, d) == -1)
			return NULL;
	for (size_t i = 0; f->op->columns == NULL && i < side->n; i++)
		if (is_shown(f, side->columns[i]->name))
			put(f, p,
			    schema_find(&in->out, side->columns[i]->name));
	return pack && put_pack(f, p, side) == -1 ? NULL : p;
}

static struct plan *
find_rows(struct find *f)
{
	int pack = needs_pack(f);
	struct plan *p, **plans;

	plans = arena_alloc(f->b->arena, f->sides.n * sizeof(*plans));
	for (size_t i = 0; i < f->sides.n; i++) {
		p = f->sides.plans[i];
		if ((plans[i] = filtered(f, p)) == NULL ||
		    (plans[i] = shown(f, plans[i], &p->out, pack)) == NULL)
			return NULL;
	}
	f->sides.plans = plans;
	return unite_sides(f->b, &f->sides, f->op);
}

struct plan *
bind_find(struct binder *b, struct plan *in, const struct op *op)
{
	struct find f = { .b = b, .op = op };
	struct schema none = { 0 };

	f.sides.source = "source_";
	f.sides.what = "find";
	if (op->params != NULL)
		f.sides.source = op->params->value->text;
	if (find_sides(b, &f.sides, in, op->by, op) == -1)
		return NULL;
	for (size_t i = 0; i < f.sides.n; i++)
		if (f.sides.plans[i]->out.open)
			return unknown_table(b, op->at);
	b->row = &none;
	note_names(&f, search_predicate(b, op->args, 0));
	if (f.named.n > 0 && !f.any)
		drop_others(&f);
	return find_rows(&f);
}
