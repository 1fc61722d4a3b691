/* SPDX-License-Identifier: MIT */
#include <fnmatch.h>
#include <string.h>

#include "kql/bind/bind.h"
#include "kql/bind/decimal.h"

static struct tx **
values_new(struct binder *b, size_t n)
{
	return arena_zalloc(b->arena, (n + 1) * sizeof(struct tx *));
}

static size_t
count(const struct expr *x)
{
	size_t n = 0;

	for (; x != NULL; x = x->next)
		n++;
	return n;
}

static void
put_column(struct binder *b, struct plan *p, const struct column *c)
{
	plan_put(b, p, c->name, tx_column(b, c, p->at));
}

static struct plan *
projection(struct binder *b, struct plan *in, const struct op *op, size_t room)
{
	struct plan *p = plan_new(b, P_PROJECT, op, in);

	memset(&p->out, 0, sizeof(p->out));
	p->values = values_new(b, room);
	return p;
}

static struct plan *
where(struct binder *b, struct plan *in, const struct op *op)
{
	struct plan *p = plan_new(b, P_FILTER, op, in);

	b->row = &in->out;
	p->filter = bind_bool(b, op->args, "where");
	return p->filter == NULL ? NULL : bind_join_filter(b, p);
}

/* The value of an item, x = e or e, or the first of its values. */
struct tx *
item_value(struct binder *b, const struct expr *x)
{
	struct tx *y;

	b->item = x->kind == E_ASSIGN ? x->args : x;
	y = bind_expr(b, b->item);
	b->item = NULL;
	return y;
}

int
each_value(struct binder *b, const struct expr *x, const char *name,
    struct tx *value, take_value *take, void *ctx)
{
	const struct expr *given = x->kind == E_ASSIGN ? x->names : NULL;
	const struct extra *more = value->more;

	if (given != NULL)
		name = given->text;
	for (;; value = more->value, more = more->next) {
		if (take(b, ctx, x, name, value) == -1)
			return -1;
		given = given != NULL ? given->next : NULL;
		if (more == NULL || (given == NULL && x->kind == E_ASSIGN))
			break;
		name = given != NULL ? given->text : more->name;
	}
	if (given == NULL)
		return 0;
	return fail_semantic(b->e, given->at,
	    "'%.80s' names nothing: there is no such value", given->text);
}

static int
name_taken(struct binder *b, const struct expr *x, const char *name)
{
	fail_semantic(b->e, x->at, "two columns are named '%.80s'", name);
	return -1;
}

static struct plan *
project(struct binder *b, struct plan *in, const struct op *op)
{
	struct plan *p = projection(b, in, op, room_for(&in->out, op->args));
	const char *name;
	struct tx *value;
	int unnamed = 0;

	b->row = &in->out;
	for (const struct expr *x = op->args; x != NULL; x = x->next) {
		if ((value = item_value(b, x)) == NULL ||
		    (name = first_name(b, p, op->args, x, value, &unnamed)) ==
			NULL)
			return NULL;
		plan_put(b, p, name, value);
		if (put_more(b, p, x, value->more) == -1)
			return NULL;
	}
	return p;
}

/* What extend adds: names, and a value for each. */
struct added {
	struct schema names;
	struct tx **values;
};

/* A name that is given must be free; of names derived the last one wins. */
static int
add_column(struct binder *b, void *ctx, const struct expr *x, const char *name,
    struct tx *value)
{
	struct added *a = ctx;
	size_t k;

	for (k = 0; k < a->names.n; k++)
		if (strcmp(a->names.columns[k]->name, name) == 0)
			break;
	if (k < a->names.n && x->kind == E_ASSIGN)
		return name_taken(b, x, name);
	a->values[k] = value;
	if (k == a->names.n)
		schema_add(b, &a->names, name, value->type);
	return 0;
}

static int
add_item(struct binder *b, struct added *a, const struct expr *x, int *unnamed)
{
	struct tx *value = item_value(b, x);
	const char *name;

	if (value == NULL)
		return -1;
	name = x->kind == E_ASSIGN && x->names != NULL ? x->names->text
						       : default_name(b, x);
	if (name == NULL)
		name = value->name != NULL ? value->name
					   : unnamed_column(b, b->row, unnamed);
	return each_value(b, x, name, value, add_column, a);
}

void
put_extended(struct binder *b, struct plan *p, const struct schema *names,
    struct tx **values, size_t more)
{
	const struct schema *in = &p->input->out;
	const char *name;
	size_t k;

	memset(&p->out, 0, sizeof(p->out));
	p->values = values_new(b, in->n + names->n + more);
	for (size_t i = 0; i < in->n; i++) {
		name = in->columns[i]->name;
		for (k = 0; k < names->n; k++)
			if (strcmp(names->columns[k]->name, name) == 0)
				break;
		if (k == names->n)
			put_column(b, p, in->columns[i]);
		else
			plan_put(b, p, name, values[k]);
	}
	for (k = 0; k < names->n; k++)
		if (schema_find(in, names->columns[k]->name) == NULL)
			plan_put(b, p, names->columns[k]->name, values[k]);
}

/* The columns there are, those of extend's names replaced in place. */
static struct plan *
extend(struct binder *b, struct plan *in, const struct op *op)
{
	struct plan *p = plan_new(b, P_PROJECT, op, in);
	struct added a = { .values =
			       values_new(b, room_for(&in->out, op->args)) };
	int unnamed = 0;

	b->row = &in->out;
	for (const struct expr *x = op->args; x != NULL; x = x->next)
		if (add_item(b, &a, x, &unnamed) == -1)
			return NULL;
	put_extended(b, p, &a.names, a.values, 0);
	return p;
}

int
fits_column(const struct expr *x, const char *name)
{
	if (x->kind == E_STAR)
		return fnmatch(x->text, name, FNM_NOESCAPE) == 0;
	return strcmp(x->text, name) == 0;
}

const struct column *
need_column(struct binder *b, const struct schema *s, const struct expr *x)
{
	const struct column *c = find_column(b, s, x->text);

	if (c != NULL)
		return c;
	fail_semantic(b->e, x->at, "Failed to resolve column named '%.80s'%s",
	    x->text, column_hint(b, s, x->text));
	return NULL;
}

int
check_columns(struct binder *b, const struct schema *s, const struct expr *x)
{
	for (; x != NULL; x = x->next)
		if (x->kind == E_NAME && need_column(b, s, x) == NULL)
			return -1;
	return 0;
}

static int
is_listed(const struct expr *x, const char *name)
{
	for (; x != NULL; x = x->next)
		if (fits_column(x, name))
			return 1;
	return 0;
}

/* project-away and project-keep: columns stay where they are. */
static struct plan *
project_some(struct binder *b, struct plan *in, const struct op *op, int keep)
{
	struct plan *p = projection(b, in, op, in->out.n);

	if (check_columns(b, &in->out, op->args) == -1)
		return NULL;
	for (size_t i = 0; i < in->out.n; i++)
		if (is_listed(op->args, in->out.columns[i]->name) == keep)
			put_column(b, p, in->out.columns[i]);
	if (p->out.n > 0 || in->out.open)
		return p;
	fail_unsupported(b->e, op->at, "%s that leaves no column", op->name);
	return NULL;
}

static struct plan *
project_rename(struct binder *b, struct plan *in, const struct op *op)
{
	struct plan *p = projection(b, in, op, in->out.n);
	const struct column *c;
	const char *name;

	for (const struct expr *x = op->args; x != NULL; x = x->next) {
		if (x->kind != E_ASSIGN || x->names != NULL ||
		    x->args->kind != E_NAME) {
			fail_semantic(
			    b->e, x->at, "project-rename takes new = old");
			return NULL;
		}
		if (need_column(b, &in->out, x->args) == NULL)
			return NULL;
		if (schema_find(&in->out, x->text) != NULL) {
			name_taken(b, x, x->text);
			return NULL;
		}
	}
	for (size_t i = 0; i < in->out.n; i++) {
		c = in->out.columns[i];
		name = c->name;
		for (const struct expr *x = op->args; x != NULL; x = x->next)
			if (strcmp(x->args->text, c->name) == 0)
				name = x->text;
		if (schema_find(&p->out, name) != NULL) {
			name_taken(b, op->args, name);
			return NULL;
		}
		plan_put(b, p, name, tx_column(b, c, op->at));
	}
	return p;
}

/* Refuse what dynamic is not allowed in: keys of summarize, distinct, sort. */
static int
check_key(struct binder *b, const struct tx *key, const char *what)
{
	if (key->type != KT_DYNAMIC)
		return 0;
	return fail_semantic(b->e, key->at,
	    "The value of type 'dynamic' is not allowed in %s; use tostring()",
	    what);
}

/* In a partition rows are sorted part by part; room for n keys of sort. */
static void
put_part_keys(struct binder *b, struct plan *p, size_t n)
{
	size_t parts = p->part == NULL ? 0 : p->part->keys.n;

	p->keys = arena_zalloc(b->arena, (parts + n) * sizeof(*p->keys));
	for (size_t i = 0; i < parts; i++)
		p->keys[p->nkeys++].value =
		    tx_column(b, p->part->keys.columns[i], p->at);
}

static struct plan *
sort(struct binder *b, struct plan *in, const struct op *op,
    const struct expr *keys)
{
	struct plan *p = plan_new(b, P_SORT, op, in);
	const struct expr *key;
	struct tx *value;

	p->serialized = 1;
	put_part_keys(b, p, count(keys));
	b->row = &in->out;
	for (; keys != NULL; keys = keys->next) {
		key = keys->args->kind == E_ASSIGN ? keys->args->args
						   : keys->args;
		p->keys[p->nkeys].descending = keys->descending;
		p->keys[p->nkeys].nulls_last = keys->nulls_last;
		if ((value = bind_expr(b, key)) == NULL ||
		    check_key(b, value, "sort") == -1)
			return NULL;
		p->keys[p->nkeys].value = order_key(b, value);
		p->nkeys++;
	}
	return p;
}

static struct plan *
take(struct binder *b, struct plan *in, const struct op *op)
{
	struct plan *p = plan_new(b, P_LIMIT, op, in);
	struct tx *n;

	b->row = NULL;
	if ((n = bind_expr(b, op->args)) == NULL)
		return NULL;
	if (n->type == KT_UNKNOWN)
		return p;
	if (!is_const(n) || !is_integer(n->type) || n->n < 0) {
		fail_semantic(b->e, op->args->at,
		    "%s needs a constant number of rows", op->name);
		return NULL;
	}
	p->limit = n->n;
	return p;
}

static struct plan *
top(struct binder *b, struct plan *in, const struct op *op)
{
	struct plan *p = sort(b, in, op, op->by);

	return p == NULL ? NULL : take(b, p, op);
}

static struct plan *
count_rows(struct binder *b, struct plan *in, const struct op *op)
{
	struct plan *p = plan_new(b, P_GROUP, op, in);

	p->serialized = 0;
	memset(&p->out, 0, sizeof(p->out));
	p->values = values_new(b, 1);
	plan_put(
	    b, p, "Count", tx_call(b, KT_LONG, "count(*)", op->at, NULL, 0));
	return p;
}

static struct plan *
distinct(struct binder *b, struct plan *in, const struct op *op)
{
	struct plan *p = op->args->kind == E_STAR ? project_some(b, in, op, 1)
						  : project(b, in, op);

	if (p == NULL)
		return NULL;
	p->kind = P_GROUP;
	p->serialized = 0;
	p->nkeys = p->out.n;
	for (size_t i = 0; i < p->out.n; i++)
		if (check_key(b, p->values[i], "distinct") == -1)
			return NULL;
	return p;
}

/* Rows without an order get that in which they come, by number. */
static struct plan *
serialize(struct binder *b, struct plan *in, const struct op *op)
{
	struct plan *p = in;

	if (!in->serialized) {
		p = plan_new(b, P_SORT, op, in);
		p->keys = arena_zalloc(b->arena, sizeof(*p->keys));
		p->keys->value = tx_call(
		    b, KT_LONG, "row_number() OVER ()", op->at, NULL, 0);
		p->nkeys = 1;
		p->serialized = 1;
	}
	b->windows = 1;
	return op->args == NULL ? p : extend(b, p, op);
}

static struct plan *
as(struct binder *b, struct plan *in, const struct op *op)
{
	add_let(b, op->args->text)->plan = in;
	return in;
}

static struct plan *
project_away(struct binder *b, struct plan *in, const struct op *op)
{
	return project_some(b, in, op, 0);
}

static struct plan *
project_keep(struct binder *b, struct plan *in, const struct op *op)
{
	return project_some(b, in, op, 1);
}

static struct plan *
sort_rows(struct binder *b, struct plan *in, const struct op *op)
{
	return sort(b, in, op, op->args);
}

static struct plan *
render(struct binder *b, struct plan *in, const struct op *op)
{
	b->render = op->args->text;
	return in;
}

/* Columns and no rows: the rows are read for their own sake. */
static struct plan *
consume(struct binder *b, struct plan *in, const struct op *op)
{
	return plan_new(b, P_LIMIT, op, in);
}

/* distinct, then take. */
static struct plan *
sample_distinct(struct binder *b, struct plan *in, const struct op *op)
{
	struct op all = *op;

	all.args = op->by;
	in = distinct(b, in, &all);
	return in == NULL ? NULL : take(b, in, op);
}

/* What binds an operator behind a pipe. */
static const struct {
	enum op_kind kind;
	struct plan *(*bind)(struct binder *, struct plan *, const struct op *);
} binders[] = {
	{ OP_WHERE, where },
	{ OP_EXTEND, extend },
	{ OP_PROJECT, project },
	{ OP_PROJECT_AWAY, project_away },
	{ OP_PROJECT_KEEP, project_keep },
	{ OP_PROJECT_RENAME, project_rename },
	{ OP_PROJECT_REORDER, bind_reorder },
	{ OP_MAKE_SERIES, bind_make_series },
	{ OP_SCAN, bind_scan },
	{ OP_SUMMARIZE, bind_summarize },
	{ OP_SORT, sort_rows },
	{ OP_TAKE, take },
	{ OP_TOP, top },
	{ OP_COUNT, count_rows },
	{ OP_DISTINCT, distinct },
	{ OP_UNION, bind_union },
	{ OP_SEARCH, bind_search },
	{ OP_SAMPLE_DISTINCT, sample_distinct },
	{ OP_EVALUATE, bind_evaluate },
	{ OP_JOIN, bind_join },
	{ OP_LOOKUP, bind_join },
	{ OP_SERIALIZE, serialize },
	{ OP_GETSCHEMA, bind_getschema },
	{ OP_INVOKE, bind_invoke },
	{ OP_AS, as },
	{ OP_MV_EXPAND, bind_expand },
	{ OP_MV_APPLY, bind_mv_apply },
	{ OP_PARTITION, bind_partition },
	{ OP_PARSE, bind_parse },
	{ OP_PARSE_KV, bind_parse_kv },
	{ OP_TOP_NESTED, bind_top_nested },
	{ OP_TOP_HITTERS, bind_top_hitters },
	{ OP_RENDER, render },
	{ OP_FIND, bind_find },
	{ OP_FORK, bind_fork },
	{ OP_FACET, bind_facet },
	{ OP_CONSUME, consume },
};

struct plan *
bind_op(struct binder *b, struct plan *in, const struct op *op)
{
	b->windows = in->serialized;
	for (size_t i = 0; i < sizeof(binders) / sizeof(*binders); i++)
		if (binders[i].kind == op->kind)
			return binders[i].bind(b, in, op);
	fail_syntax(b->e, op->at, "'%s' cannot follow a pipe", op->name);
	return NULL;
}
