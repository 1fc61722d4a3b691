/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "kql/bind/bind.h"
#include "kql/bind/peek.h"
#include "map.h"

#define VALUES_MAX 1000

struct pivot {
	struct binder *b;
	const struct op *op;
	struct plan *in;
	const struct expr *column; /* the one to rotate */
	struct expr count;         /* count(), when nothing is said */
	const struct expr *aggregate;
	const struct expr *keys; /* said, or NULL: all others */
	const char **values;
	size_t n;
	struct map seen;
};

/* Note a value of the column in the order they come. */
static int
note_value(void *ctx, const char *text, size_t len)
{
	struct pivot *v = ctx;

	(void)len;
	if (text == NULL || map_get(&v->seen, text) != NULL)
		return 0;
	if (v->n == VALUES_MAX)
		return fail_semantic(v->b->e, v->op->at,
		    "pivot would give more than %d columns", VALUES_MAX);
	v->values[v->n] = arena_strndup(v->b->arena, text, len);
	map_put(&v->seen, text, v);
	v->n++;
	return 0;
}

/* Does the expression name the column? */
static int
mentions(const struct expr *x, const char *name)
{
	if (x->kind == E_NAME && strcmp(x->text, name) == 0)
		return 1;
	for (const struct expr *a = x->args; a != NULL; a = a->next)
		if (mentions(a, name))
			return 1;
	return 0;
}

static struct expr *
name_expr(struct pivot *v, const char *name)
{
	struct expr *x = arena_zalloc(v->b->arena, sizeof(*x));

	x->kind = E_NAME;
	x->text = name;
	x->at = v->op->at;
	return x;
}

/* The columns that stay, then the one to rotate. */
static struct expr *
group_keys(struct pivot *v)
{
	struct expr *first = NULL, **tail = &first;
	const char *name;

	for (const struct expr *x = v->keys; x != NULL; x = x->next) {
		*tail = name_expr(v, x->text);
		tail = &(*tail)->next;
	}
	for (size_t i = 0; v->keys == NULL && i < v->in->out.n; i++) {
		name = v->in->out.columns[i]->name;
		if (strcmp(name, v->column->text) == 0 ||
		    mentions(v->aggregate, name))
			continue;
		*tail = name_expr(v, name);
		tail = &(*tail)->next;
	}
	*tail = name_expr(v, v->column->text);
	return first;
}

/* summarize $value = aggregate by keys, column */
static struct plan *
summarized(struct pivot *v)
{
	struct op *op = arena_zalloc(v->b->arena, sizeof(*op));
	struct expr *x = arena_zalloc(v->b->arena, sizeof(*x));

	x->kind = E_ASSIGN;
	x->text = "$value";
	x->at = v->aggregate->at;
	x->args = arena_alloc(v->b->arena, sizeof(*x));
	*x->args = *v->aggregate;
	x->args->next = NULL;
	op->kind = OP_SUMMARIZE;
	op->name = v->op->name;
	op->at = v->op->at;
	op->args = x;
	op->by = group_keys(v);
	return bind_summarize(v->b, v->in, op);
}

/* What the aggregate gives for no rows, or NULL for null. */
static struct tx *
neutral(struct pivot *v, enum kql_type type)
{
	static const char *const zero[] = { "count", "countif", "sum", "sumif",
		"dcount", "dcountif", "count_distinct", "stdev", "stdevp",
		"variance", "variancep" };
	const char *name = v->aggregate->text;
	struct tx *x = NULL;

	for (size_t i = 0; i < sizeof(zero) / sizeof(*zero); i++)
		if (strcmp(name, zero[i]) == 0)
			x = tx_int(v->b, type, 0, v->op->at);
	if (strcmp(name, "avg") == 0 && type == KT_REAL)
		x = tx_call(v->b, type, "'NaN'", v->op->at, NULL, 0);
	if (strncmp(name, "make_", 5) == 0)
		x = tx_text(v->b, type,
		    strcmp(name, "make_bag") == 0 ? "{}" : "[]", 2, v->op->at);
	if (type == KT_STRING)
		x = tx_text(v->b, type, "", 0, v->op->at);
	return x;
}

/* The aggregate's value where the column has that one. */
static struct tx *
cell(struct pivot *v, struct plan *sum, const char *value)
{
	const struct column *c = sum->out.columns[sum->nkeys - 1];
	struct tx *args[4], *x;
	size_t n = 3;

	args[0] = convert(v->b, tx_column(v->b, c, v->op->at), KT_STRING);
	args[1] = tx_text(v->b, KT_STRING, value, strlen(value), v->op->at);
	args[2] = tx_column(v->b, sum->out.columns[sum->nkeys], v->op->at);
	if ((args[3] = neutral(v, args[2]->type)) != NULL)
		n++;
	x = tx_call(v->b, args[2]->type,
	    n == 4 ? "coalesce(max(CASE WHEN $1 = $2 THEN $3 END), $4)"
		   : "max(CASE WHEN $1 = $2 THEN $3 END)",
	    v->op->at, args, n);
	x->aggregate = 1;
	return x;
}

/* One row for each of the other keys. */
static struct plan *
rotated(struct pivot *v, struct plan *sum)
{
	struct plan *p = evaluated(v->b, sum, v->op, sum->nkeys + v->n);
	const struct column *c;

	p->kind = P_GROUP;
	p->nkeys = sum->nkeys - 1;
	for (size_t i = 0; i < p->nkeys; i++) {
		c = sum->out.columns[i];
		plan_put(v->b, p, c->name, tx_column(v->b, c, v->op->at));
	}
	for (size_t i = 0; i < v->n; i++)
		plan_put(v->b, p, schema_free_name(v->b, &p->out, v->values[i]),
		    cell(v, sum, v->values[i]));
	if (p->out.n > 0)
		return p;
	fail_semantic(v->b->e, v->op->at, "pivot of no rows has no columns");
	return NULL;
}

static int
read_arguments(struct pivot *v, const struct expr *x)
{
	const struct column *c;

	v->column = x->args;
	if (x->args == NULL || x->args->kind != E_NAME)
		return fail_semantic(
		    v->b->e, x->at, "pivot() takes a column to rotate");
	if ((c = need_column(v->b, &v->in->out, x->args)) == NULL)
		return -1;
	if (c->type == KT_DYNAMIC)
		return fail_semantic(v->b->e, x->args->at,
		    "pivot() takes no column of type dynamic; use tostring()");
	x = x->args->next;
	v->aggregate = &v->count;
	if (x != NULL && x->kind == E_CALL) {
		v->aggregate = x;
		x = x->next;
	}
	v->keys = x;
	for (; x != NULL; x = x->next)
		if (x->kind != E_NAME)
			return fail_semantic(v->b->e, x->at,
			    "pivot() takes names of columns behind the "
			    "aggregate");
	return 0;
}

/* The columns that were said, of those there are. */
static struct plan *
as_said(struct pivot *v, struct plan *p)
{
	struct plan *q;
	const struct column *c;
	size_t n = 0;

	for (const struct declared *d = v->op->columns; d != NULL; d = d->next)
		n++;
	q = evaluated(v->b, p, v->op, n);
	for (const struct declared *d = v->op->columns; d != NULL;
	     d = d->next) {
		c = schema_find(&p->out, d->name);
		if (schema_find(&q->out, d->name) != NULL)
			continue;
		if (c == NULL || c->type != d->type) {
			fail_semantic(v->b->e, d->at,
			    "pivot gives no column '%.80s' of type %s", d->name,
			    kql_type_name(d->type));
			return NULL;
		}
		plan_put(v->b, q, d->name, tx_column(v->b, c, d->at));
	}
	return q;
}

/* The values of the rotated column that the said columns stand for. */
static void
said_values(struct pivot *v, const struct plan *sum)
{
	for (const struct declared *d = v->op->columns; d != NULL;
	     d = d->next) {
		int key = 0;

		for (size_t i = 0; i + 1 < sum->nkeys; i++)
			key |= strcmp(sum->out.columns[i]->name, d->name) == 0;
		if (!key && v->n < VALUES_MAX)
			v->values[v->n++] = d->name;
	}
}

struct plan *
bind_pivot(struct binder *b, struct plan *in, const struct op *op,
    const struct expr *x)
{
	struct pivot v = { .b = b,
		.op = op,
		.in = in,
		.count = { .kind = E_CALL, .text = "count", .at = op->at } };
	struct plan *sum, *p;
	struct tx *column;
	int failed;

	v.values = arena_alloc(b->arena, VALUES_MAX * sizeof(*v.values));
	if (read_arguments(&v, x) == -1 || (sum = summarized(&v)) == NULL)
		return NULL;
	if (op->columns != NULL) {
		said_values(&v, sum);
		p = rotated(&v, sum);
		return p == NULL ? NULL : as_said(&v, p);
	}
	if (!b->lenient) {
		b->row = &in->out;
		column = bind_expr(b, v.column);
		failed = column == NULL ||
		    peek(b, in, convert(b, column, KT_STRING), note_value,
			&v) == -1;
		map_fini(&v.seen);
		return failed ? NULL : rotated(&v, sum);
	}
	p = evaluated(b, sum, op, sum->nkeys);
	for (size_t i = 0; i + 1 < sum->nkeys; i++)
		plan_put(b, p, sum->out.columns[i]->name,
		    tx_column(b, sum->out.columns[i], op->at));
	p->out.open = b->unknown = 1;
	return p;
}
