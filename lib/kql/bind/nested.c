/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "kql/bind/bind.h"

/*
 * top-nested: for each level the groups of its key within those of the levels
 * above, and the best of them; a row of the answer is a path through the
 * levels.  Behind the paths come, with others, the sums of what is left out.
 */
struct level {
	const struct op *op;
	struct tx *key;
	struct tx *aggregate;
	struct tx *others; /* or NULL */
	int64_t limit;     /* -1: all */
	int descending, nulls_last;
	const char *key_name, *value_name; /* in the answer */
};

struct nested {
	struct binder *b;
	const struct op *op;
	struct level *levels;
	size_t n;
	struct plan *base; /* the input, and the keys behind it */
	size_t first_key;  /* where, among its columns */
	int number;        /* of this top-nested */
};

/* A hidden column of a step: "$n<number>_<what><i>_<k>". */
static void
put_hidden(struct nested *t, struct plan *p, const char *what, size_t i,
    size_t k, struct tx *x)
{
	const char *name = arena_printf(
	    t->b->arena, "$n%d_%s%zu_%zu", t->number, what, i, k + 1);

	plan_put(t->b, p, name, x);
	p->out.columns[p->out.n - 1]->sql =
	    arena_printf(t->b->arena, "\"%s\"", name);
}

static struct tx *
column(struct nested *t, const struct plan *p, size_t i)
{
	return tx_column(t->b, p->out.columns[i], t->op->at);
}

static struct plan *
step(struct nested *t, enum plan_kind kind, struct plan *in, size_t room)
{
	struct plan *p = plan_new(t->b, kind, t->op, in);

	memset(&p->out, 0, sizeof(p->out));
	p->serialized = 0;
	p->values = arena_zalloc(t->b->arena, (room + 1) * sizeof(*p->values));
	return p;
}

static int
read_limit(struct nested *t, struct level *l, const struct expr *x)
{
	struct tx *n;

	l->limit = -1;
	if (x == NULL)
		return 0;
	if ((n = bind_expr(t->b, x)) == NULL)
		return -1;
	if (n->type == KT_UNKNOWN)
		return 0;
	if (!is_const(n) || !is_integer(n->type) || n->n < 0)
		return fail_semantic(t->b->e, x->at,
		    "top-nested needs a constant number of groups");
	l->limit = n->n;
	return 0;
}

static int
read_others(struct nested *t, struct level *l)
{
	struct tx *x;

	if (l->op->params == NULL)
		return 0;
	if ((x = bind_expr(t->b, l->op->params->value)) == NULL)
		return -1;
	if (x->kind != TX_CONST)
		return fail_semantic(t->b->e, x->at, "others needs a constant");
	if ((l->others = convert(t->b, x, l->key->type)) != NULL)
		return 0;
	return fail_semantic(t->b->e, x->at,
	    "others of type %s for a column of type %s", kql_type_name(x->type),
	    kql_type_name(l->key->type));
}

/* The columns of a level are called as its key, and aggregated_ and that. */
static void
name_level(struct nested *t, struct level *l, struct schema *taken)
{
	const struct expr *key = l->op->args, *value = l->op->by->args;
	const char *name = default_name(t->b, key);

	name = schema_free_name(t->b, taken, name != NULL ? name : "Column1");
	l->key_name = name;
	schema_add(t->b, taken, name, l->key->type);
	name = value->kind == E_ASSIGN
	    ? value->text
	    : arena_printf(t->b->arena, "aggregated_%s", name);
	l->value_name = schema_free_name(t->b, taken, name);
	schema_add(t->b, taken, l->value_name, l->aggregate->type);
}

static int
read_level(struct nested *t, struct level *l, struct schema *taken)
{
	const struct expr *key = l->op->args;

	if (read_limit(t, l, key->next) == -1)
		return -1;
	l->descending = l->op->by->descending;
	l->nulls_last = l->op->by->nulls_last;
	l->key = bind_expr(t->b, key->kind == E_ASSIGN ? key->args : key);
	if (l->key == NULL || read_others(t, l) == -1 ||
	    (l->aggregate = bind_aggregate(t->b, l->op->by->args)) == NULL)
		return -1;
	name_level(t, l, taken);
	return 0;
}

/* The input's columns and the keys of all levels behind them. */
static void
put_base(struct nested *t, struct plan *in)
{
	struct plan *p = step(t, P_PROJECT, in, in->out.n + t->n);

	for (size_t i = 0; i < in->out.n; i++)
		plan_put(t->b, p, in->out.columns[i]->name, column(t, in, i));
	t->first_key = in->out.n;
	for (size_t i = 0; i < t->n; i++)
		put_hidden(t, p, "k", 0, i, t->levels[i].key);
	t->base = p;
}

/*
 * The groups of a level: the keys of the levels above, its own or, of the
 * rest, what the others are called, and the value.
 */
static struct plan *
group(struct nested *t, struct plan *rows, size_t level, const char *what)
{
	const struct level *l = &t->levels[level];
	struct plan *p = step(t, P_GROUP, rows, level + 2);
	size_t own = t->first_key + level;

	for (size_t i = 0; i < level; i++)
		put_hidden(t, p, what, level + 1, i,
		    column(t, t->base, t->first_key + i));
	put_hidden(t, p, what, level + 1, level,
	    *what == 'k' ? column(t, t->base, own) : l->others);
	p->nkeys = level + 1;
	put_hidden(t, p, what, level + 1, level + 1, l->aggregate);
	return p;
}

static void
add_key(struct plan *p, struct tx *x, int descending, int nulls_last)
{
	p->keys[p->nkeys].value = x;
	p->keys[p->nkeys].descending = descending;
	p->keys[p->nkeys++].nulls_last = nulls_last;
}

/* The best groups of a level within each group above. */
static struct plan *
limit(struct nested *t, struct plan *groups, size_t level)
{
	const struct level *l = &t->levels[level];
	struct part *part = arena_zalloc(t->b->arena, sizeof(*part));
	struct plan *sort = plan_new(t->b, P_SORT, t->op, groups), *p;

	if (l->limit == -1)
		return groups;
	sort->keys = arena_zalloc(t->b->arena, 2 * sizeof(*sort->keys));
	add_key(
	    sort, column(t, groups, level + 1), l->descending, l->nulls_last);
	add_key(sort, column(t, groups, level), 1, 1);
	p = plan_new(t->b, P_LIMIT, t->op, sort);
	p->limit = l->limit;
	if (level == 0)
		return p;
	for (size_t i = 0; i < level; i++)
		schema_put(t->b, &part->keys, groups->out.columns[i]);
	part->start = groups;
	p->part = part;
	return p;
}

/* Columns left_at ... of left and the first of right are alike, n of them. */
static struct plan *
join(struct nested *t, struct plan *left, size_t left_at, struct plan *right,
    size_t n)
{
	struct plan *p = step(t, P_JOIN, NULL, left->out.n + right->out.n);

	p->nkeys = n;
	p->on = arena_alloc(t->b->arena, (2 * n + 1) * sizeof(*p->on));
	for (size_t i = 0; i < n; i++) {
		p->on[2 * i] = column(t, left, left_at + i);
		p->on[2 * i + 1] = column(t, right, i);
	}
	p->inputs = arena_alloc(t->b->arena, 2 * sizeof(struct plan *));
	p->inputs[0] = left;
	p->inputs[1] = right;
	p->ninputs = 2;
	for (size_t i = 0; i < left->out.n; i++) {
		p->values[i] = column(t, left, i);
		schema_put(t->b, &p->out, left->out.columns[i]);
	}
	return p;
}

/* Behind a path through the levels above, the groups of the next one. */
static struct plan *
extend_path(
    struct nested *t, struct plan *path, struct plan *groups, size_t level)
{
	struct plan *p;
	size_t n;

	if (path == NULL)
		return groups;
	p = join(t, path, path->out.n - level - 1, groups, level);
	p->join = JOIN_INNER;
	n = p->out.n;
	for (size_t i = 0; i < groups->out.n; i++) {
		p->values[n + i] = column(t, groups, i);
		schema_put(t->b, &p->out, groups->out.columns[i]);
	}
	return p;
}

/* The rows that are in none of the best groups of a level. */
static struct plan *
rows_left(struct nested *t, struct plan *best, size_t level)
{
	struct plan *keys = step(t, P_PROJECT, best, level + 2), *p;

	for (size_t i = 0; i <= level; i++)
		put_hidden(t, keys, "h", level + 1, i, column(t, best, i));
	plan_put(t->b, keys, "$hit", tx_int(t->b, KT_LONG, 1, t->op->at));
	keys->out.columns[level + 1]->sql = "\"$hit\"";
	keys->materialize = 1;
	p = join(t, t->base, t->first_key, keys, level + 1);
	p->join = JOIN_ANTI;
	return p;
}

/* A path to the answer's columns; rest tells that its last are the others. */
static void
put_path(struct nested *t, const struct plan *path, int rest, struct tx **out)
{
	size_t at = 0;
	const struct level *l = t->levels;

	for (size_t i = 0; i < t->n; at += ++i + 1, out += 3, l++) {
		if (at >= path->out.n) {
			out[0] = tx_null(t->b, l->key->type, t->op->at);
			out[1] = tx_null(t->b, l->aggregate->type, t->op->at);
			out[2] = tx_int(t->b, KT_LONG, 0, t->op->at);
			continue;
		}
		out[0] = column(t, path, at + i);
		out[1] = column(t, path, at + i + 1);
		out[2] = tx_int(t->b, KT_LONG,
		    rest && at + i + 2 == path->out.n, t->op->at);
	}
}

/* All paths, in order: the best first, the others last. */
static struct plan *
sorted(struct nested *t, struct plan **paths, size_t n)
{
	size_t width = 3 * t->n;
	struct plan *p = step(t, P_UNION, NULL, n * width), *sort;
	const struct level *l = t->levels;

	p->inputs = paths;
	p->ninputs = n;
	for (size_t i = 0; i < n; i++)
		put_path(t, paths[i], i > 0, p->values + i * width);
	sort = plan_new(t->b, P_SORT, t->op, p);
	sort->keys = arena_zalloc(t->b->arena, width * sizeof(*sort->keys));
	for (size_t i = 0; i < width; i++)
		schema_add(t->b, &p->out, arena_printf(t->b->arena, "%zu", i),
		    p->values[i]->type);
	sort->out = p->out;
	for (size_t i = 0; i < width; i += 3, l++) {
		add_key(sort, column(t, p, i + 2), 0, 0);
		add_key(
		    sort, column(t, p, i + 1), l->descending, l->nulls_last);
		add_key(sort, column(t, p, i), 1, 1);
	}
	return sort;
}

static struct plan *
answer(struct nested *t)
{
	struct plan **paths, *path = NULL, *best, *in, *p;
	size_t n = 1;

	paths = arena_alloc(t->b->arena, (t->n + 1) * sizeof(struct plan *));
	for (size_t i = 0; i < t->n; i++) {
		best = limit(t, group(t, t->base, i, "k"), i);
		if (t->levels[i].others != NULL)
			paths[n++] = extend_path(t, path,
			    group(t, rows_left(t, best, i), i, "o"), i);
		path = extend_path(t, path, best, i);
	}
	paths[0] = path;
	in = sorted(t, paths, n);
	p = step(t, P_PROJECT, in, 2 * t->n);
	for (size_t i = 0; i < t->n; i++) {
		plan_put(t->b, p, t->levels[i].key_name, column(t, in, 3 * i));
		plan_put(
		    t->b, p, t->levels[i].value_name, column(t, in, 3 * i + 1));
	}
	return p;
}

struct plan *
bind_top_nested(struct binder *b, struct plan *in, const struct op *op)
{
	struct nested t = { .b = b, .op = op, .number = ++b->parts };
	struct schema taken = { 0 };
	size_t i = 0;

	if (in->part != NULL) {
		fail_unsupported(b->e, op->at, "top-nested in a partition");
		return NULL;
	}
	for (const struct op *o = op->query->ops; o != NULL; o = o->next)
		t.n++;
	t.levels = arena_zalloc(b->arena, t.n * sizeof(*t.levels));
	b->row = &in->out;
	for (const struct op *o = op->query->ops; o != NULL; o = o->next) {
		t.levels[i].op = o;
		if (read_level(&t, &t.levels[i++], &taken) == -1)
			return NULL;
	}
	put_base(&t, in);
	return answer(&t);
}
