/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "kql/bind/bind.h"

/*
 * make-series is a summarize by the keys and the bin of the axis, of rows
 * within the bounds, and then one by the keys alone that strings the bins
 * together.  The first is made of what was written, with bin_at() and
 * comparisons around it.
 */
struct series {
	const struct make_series *written;
	struct expr *axis, *from, *to, *step;
	const char *name; /* of the axis' column */
	int nonempty;
	size_t nkeys;
	struct tx
	    *bounds[3]; /* from, to, step; NULL values of the axis' type */
	const struct column *bin;
};

static struct expr *
node(struct binder *b, enum expr_kind kind, const char *text, struct kql_at at)
{
	struct expr *x = arena_zalloc(b->arena, sizeof(*x));

	x->kind = kind;
	x->text = text;
	x->at = at;
	return x;
}

/* The same by itself, to stand in another list. */
static struct expr *
alone(struct binder *b, const struct expr *x)
{
	struct expr *y = arena_alloc(b->arena, sizeof(*y));

	*y = *x;
	y->next = NULL;
	return y;
}

/* text(x, y[, z]), or x text y */
static struct expr *
apply(struct binder *b, enum expr_kind kind, const char *text,
    const struct expr *x, const struct expr *y, const struct expr *z)
{
	struct expr *call = node(b, kind, text, x->at);

	call->args = alone(b, x);
	if (y != NULL)
		call->args->next = alone(b, y);
	if (z != NULL)
		call->args->next->next = alone(b, z);
	return call;
}

static int
read_params(struct binder *b, struct series *s, const struct op *op)
{
	for (const struct param *p = op->params; p != NULL; p = p->next) {
		if (strcmp(p->value->text, "nonempty") != 0)
			return fail_semantic(b->e, p->at,
			    "make-series has no kind '%.40s', only nonempty",
			    p->value->text);
		s->nonempty = 1;
	}
	return 0;
}

/* in range(x, y, z) is from bin(x, z) to bin(y, z) + z step z. */
static void
read_bounds(struct binder *b, struct series *s)
{
	const struct make_series *w = s->written;

	s->axis = w->axis->kind == E_ASSIGN ? w->axis->args : w->axis;
	s->from = w->from;
	s->to = w->to;
	s->step = w->step;
	if (!w->inclusive)
		return;
	s->from = apply(b, E_CALL, "bin", w->from, w->step, NULL);
	s->to = apply(b, E_BINARY, "+",
	    apply(b, E_CALL, "bin", w->to, w->step, NULL), w->step, NULL);
}

/* The rows within the bounds. */
static struct plan *
within(struct binder *b, struct plan *in, const struct op *op, struct series *s)
{
	struct plan *p = plan_new(b, P_FILTER, op, in);
	struct expr *low = NULL, *high = NULL, *all;

	if (s->from != NULL)
		low = apply(b, E_BINARY, ">=", s->axis, s->from, NULL);
	if (s->to != NULL)
		high = apply(b, E_BINARY, "<", s->axis, s->to, NULL);
	if (low != NULL && high != NULL)
		all = apply(b, E_BINARY, "and", low, high, NULL);
	else if (low != NULL || high != NULL)
		all = low != NULL ? low : high;
	else
		all = apply(b, E_CALL, "isnotnull", s->axis, NULL, NULL);
	b->row = &in->out;
	p->filter = bind_bool(b, all, "make-series");
	return p->filter == NULL ? NULL : p;
}

/* y = 1, no aggregate, is what the bins that have rows get. */
static struct expr *
aggregate(struct binder *b, const struct expr *x)
{
	struct expr *y = alone(b, x);

	if (x->kind == E_ASSIGN && x->args->kind == E_LITERAL)
		y->args = apply(b, E_CALL, "max", x->args, NULL, NULL);
	if (x->kind == E_ASSIGN && x->args->kind == E_UNARY &&
	    x->args->args->kind == E_LITERAL)
		y->args = apply(b, E_CALL, "max", x->args, NULL, NULL);
	return y;
}

/* Behind the keys that are written stands the bin. */
static struct plan *
by_bin(struct binder *b, struct plan *in, const struct op *op, struct series *s)
{
	struct op sum = {
		.kind = OP_SUMMARIZE, .at = op->at, .name = op->name
	};
	struct expr **tail = &sum.by, *bin = node(b, E_ASSIGN, "$bin", op->at);
	struct plan *p;

	for (const struct expr *x = op->by; x != NULL; x = x->next) {
		*tail = alone(b, x);
		tail = &(*tail)->next;
		s->nkeys++;
	}
	bin->args = s->from != NULL
	    ? apply(b, E_CALL, "bin_at", s->axis, s->step, s->from)
	    : apply(b, E_CALL, "bin", s->axis, s->step, NULL);
	*tail = bin;
	tail = &sum.args;
	for (const struct expr *x = op->args; x != NULL; x = x->next) {
		*tail = aggregate(b, x);
		tail = &(*tail)->next;
	}
	if ((p = bind_summarize(b, in, &sum)) != NULL)
		s->bin = p->out.columns[s->nkeys];
	return p;
}

/* A bound as a value of the axis' type; one that is not there is null. */
static int
bind_bounds(struct binder *b, struct series *s, struct kql_at at)
{
	const struct expr *written[] = { s->from, s->to, s->step };
	enum kql_type type = s->bin->type, to;

	b->row = NULL;
	for (int i = 0; i < 3; i++) {
		to = i == 2 && type == KT_DATETIME ? KT_TIMESPAN : type;
		if (written[i] == NULL) {
			s->bounds[i] = tx_null(b, to, at);
			continue;
		}
		if ((s->bounds[i] = bind_expr(b, written[i])) == NULL ||
		    (s->bounds[i] = convert(b, s->bounds[i], to)) == NULL)
			return -1;
	}
	if (is_const(s->bounds[2]) && s->bounds[2]->n <= 0 &&
	    s->bounds[2]->real <= 0)
		return fail_semantic(b->e, written[2]->at,
		    "the step of make-series must be greater than 0");
	return 0;
}

/* What a bin without rows has, of the type of the aggregate: default, or 0. */
static struct tx *
bind_default(struct binder *b, const struct series_default *d,
    const struct column *c, struct kql_at at)
{
	struct tx *x, *y;

	if (d == NULL || d->value == NULL)
		return is_number(c->type)
		    ? convert(b, tx_int(b, KT_LONG, 0, at), c->type)
		    : tx_null(b, c->type, at);
	if ((x = bind_expr(b, d->value)) == NULL)
		return NULL;
	if ((y = convert(b, x, c->type)) == NULL)
		fail_semantic(b->e, x->at,
		    "a default of type %s for an aggregate of type %s",
		    kql_type_name(x->type), kql_type_name(c->type));
	return y;
}

static struct tx *
as_json(struct binder *b, struct tx *x)
{
	if (x->type == KT_STRING)
		return tx_call1(b, KT_DYNAMIC, "kql_quote($1)", x);
	return convert(b, x, KT_DYNAMIC);
}

/* The values of an aggregate, bin by bin. */
static struct tx *
strung(struct binder *b, const struct series *s, const struct column *c,
    struct tx *fill, struct kql_at at)
{
	struct tx *args[] = { tx_column(b, s->bin, at),
		as_json(b, tx_column(b, c, at)), as_json(b, fill), s->bounds[0],
		s->bounds[1], s->bounds[2] };
	const char *sql = "kql_series($*)";
	struct tx *y;

	if (s->nonempty)
		sql = "coalesce(kql_series($*), kql_fill_bins($3, $4, $5, $6))";
	y = tx_call(b, KT_DYNAMIC, sql, at, args, 6);
	y->aggregate = 1;
	return y;
}

/* The bins themselves: 1 as the last argument leaves out the end of what was
 * asked, 2 is for the last bin there is. */
static struct tx *
axis(struct binder *b, const struct series *s, struct kql_at at)
{
	struct tx *bin = tx_column(b, s->bin, at);
	struct tx *args[] = { s->from != NULL
		    ? s->bounds[0]
		    : tx_call1(b, bin->type, "min($1)", bin),
		s->to != NULL ? s->bounds[1]
			      : tx_call1(b, bin->type, "max($1)", bin),
		s->bounds[2], tx_int(b, KT_LONG, s->to != NULL ? 1 : 2, at) };
	const char *sql = bin->type == KT_REAL ? "kql_range_real($*)"
	    : bin->type == KT_DATETIME         ? "kql_range_datetime($*)"
	    : bin->type == KT_TIMESPAN         ? "kql_range_timespan($*)"
					       : "kql_range_long($*)";
	struct tx *y;

	if (s->nonempty)
		sql = arena_printf(b->arena, "coalesce(%s, '[]')", sql);
	y = tx_call(b, KT_DYNAMIC, sql, at, args, 4);
	y->aggregate = 1;
	return y;
}

/* No rows give no row: grouping by a constant does that. */
static struct plan *
drop_first(struct binder *b, struct plan *in, const struct op *op)
{
	struct plan *p = plan_new(b, P_PROJECT, op, in);

	memset(&p->out, 0, sizeof(p->out));
	p->values = arena_alloc(b->arena, in->out.n * sizeof(*p->values));
	for (size_t i = 1; i < in->out.n; i++)
		plan_put(b, p, in->out.columns[i]->name,
		    tx_column(b, in->out.columns[i], op->at));
	return p;
}

static int
put_aggregates(struct binder *b, struct plan *p, struct series *s,
    const struct plan *bins, const struct op *op)
{
	const struct series_default *d = s->written->defaults;
	const struct column *c;
	struct tx *fill;

	for (size_t i = s->nkeys + 1; i < bins->out.n; i++) {
		c = bins->out.columns[i];
		if ((fill = bind_default(b, d, c, op->at)) == NULL)
			return -1;
		plan_put(b, p, c->name, strung(b, s, c, fill, op->at));
		d = d != NULL ? d->next : NULL;
	}
	return 0;
}

/* The bins of each combination of keys in a row. */
static struct plan *
string_together(
    struct binder *b, struct plan *bins, const struct op *op, struct series *s)
{
	struct plan *p = plan_new(b, P_GROUP, op, bins);
	int constant = s->nkeys == 0 && !s->nonempty;

	memset(&p->out, 0, sizeof(p->out));
	p->values =
	    arena_alloc(b->arena, (bins->out.n + 2) * sizeof(*p->values));
	if (constant)
		plan_put(b, p, "$all", tx_int(b, KT_LONG, 0, op->at));
	for (size_t i = 0; i < s->nkeys; i++)
		plan_put(b, p, bins->out.columns[i]->name,
		    tx_column(b, bins->out.columns[i], op->at));
	p->nkeys = p->out.n;
	if (put_aggregates(b, p, s, bins, op) == -1)
		return NULL;
	if (schema_find(&p->out, s->name) != NULL) {
		fail_semantic(b->e, s->axis->at,
		    "two columns are named '%.80s'", s->name);
		return NULL;
	}
	plan_put(b, p, s->name, axis(b, s, op->at));
	return constant ? drop_first(b, p, op) : p;
}

struct plan *
bind_make_series(struct binder *b, struct plan *in, const struct op *op)
{
	struct series s = { .written = op->series };
	struct plan *p;

	if (read_params(b, &s, op) == -1)
		return NULL;
	read_bounds(b, &s);
	if ((s.name = default_name(b, op->series->axis)) == NULL)
		s.name = "Column1";
	if ((p = within(b, in, op, &s)) == NULL ||
	    (p = by_bin(b, p, op, &s)) == NULL ||
	    bind_bounds(b, &s, op->at) == -1)
		return NULL;
	return string_together(b, p, op, &s);
}
