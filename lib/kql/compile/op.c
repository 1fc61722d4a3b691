/* SPDX-License-Identifier: MIT */
#include <inttypes.h>
#include <string.h>

#include "kql/compile/compile.h"

#define LINES_MAX 50 /* conditions of a filter that get a line each */
#define SQL_MAX   900000

/* The hidden column that holds a sort key. */
static void
put_key_name(struct buf *out, const struct plan *sort, size_t i)
{
	buf_printf(out, "\"$%d_%zu\"", sort->number, i + 1);
}

/* One key of ORDER BY.  NaN is text, and stands beside null. */
static void
put_key(struct buf *out, const struct plan *sort, size_t i)
{
	const struct sort_key *k = &sort->keys[i];

	if (k->value->type == KT_REAL) {
		put_key_name(out, sort, i);
		buf_puts(out,
		    k->nulls_last ? " IS NULL, typeof("
				  : " IS NOT NULL, typeof(");
		put_key_name(out, sort, i);
		buf_puts(out, k->nulls_last ? ") = 'text', " : ") <> 'text', ");
	}
	put_key_name(out, sort, i);
	if (k->descending)
		buf_puts(out, " DESC");
	if (k->descending != k->nulls_last)
		buf_puts(out, k->nulls_last ? " NULLS LAST" : " NULLS FIRST");
}

static void
put_keys(struct buf *out, const struct plan *sort)
{
	for (size_t i = 0; i < sort->nkeys; i++) {
		buf_puts(out, i == 0 ? "" : ", ");
		put_key(out, sort, i);
	}
}

void
put_order(struct buf *out, const struct plan *sort)
{
	if (sort == NULL)
		return;
	buf_puts(out, " ORDER BY ");
	put_keys(out, sort);
}

static void
put_hidden(struct buf *out, const struct plan *sort)
{
	for (size_t i = 0; sort != NULL && i < sort->nkeys; i++) {
		buf_puts(out, ", ");
		put_key_name(out, sort, i);
	}
}

static void
put_columns(struct buf *out, const struct schema *s, const char *between)
{
	for (size_t i = 0; i < s->n; i++)
		buf_printf(
		    out, "%s%s", i == 0 ? between : ", ", s->columns[i]->sql);
}

void
put_part(struct buf *out, const struct part *part, const char *between)
{
	if (part == NULL)
		return;
	put_columns(out, &part->keys, between);
	put_columns(out, &part->kept, ", ");
}

void
put_select(struct buf *out, const struct plan *p, const char *end)
{
	for (size_t i = 0; i < p->out.n; i++)
		buf_printf(out, "%s%s", i == 0 ? "SELECT " : ", ",
		    p->out.columns[i]->sql);
	buf_printf(out, " FROM t%d", p->number);
	put_order(out, p->order);
	buf_puts(out, end);
}

/* Is it but a column of that name? */
static int
is_named(const struct tx *x, const char *name)
{
	if (x->kind == TX_COLUMN)
		return strcmp(x->column->sql, name) == 0;
	return x->kind == TX_CALL && x->nargs == 0 && strcmp(x->sql, name) == 0;
}

void
put_values(struct compiler *c, struct buf *out, const struct plan *p,
    struct tx **values)
{
	const struct column *col;

	buf_puts(out, "SELECT ");
	for (size_t i = 0; i < p->out.n; i++) {
		col = p->out.columns[i];
		if (i > 0)
			buf_puts(out, ", ");
		put_value(c, out, values[i]);
		if (!is_named(values[i], col->sql))
			buf_printf(out, " AS %s", col->sql);
	}
}

static void
put_rows(struct compiler *c, struct buf *out, const struct plan *p)
{
	size_t width = p->out.n;

	if (width == 0) {
		buf_puts(out, "SELECT 1");
		return;
	}
	if (p->nrows == 1) {
		put_values(c, out, p, p->values);
		return;
	}
	buf_puts(out, "SELECT ");
	for (size_t i = 0; i < width; i++) {
		buf_puts(out, i == 0 ? "" : ", ");
		if (p->nrows == 0)
			buf_printf(out, "NULL AS %s", p->out.columns[i]->sql);
		else
			buf_printf(out, "column%zu AS %s", i + 1,
			    p->out.columns[i]->sql);
	}
	buf_puts(out, p->nrows == 0 ? " WHERE 0" : "\n  FROM (VALUES ");
	for (size_t i = 0; i < p->nrows * width; i++) {
		buf_puts(out, i == 0 ? "(" : i % width == 0 ? "), (" : ", ");
		put_value(c, out, p->values[i]);
	}
	if (p->nrows > 0)
		buf_puts(out, "))");
}

/* Whether a step behind the last value may leave the integers: SQLite goes on
 * with a real, and compares that as exactly as the machine's reals are. */
static int
may_overflow(const struct plan *p)
{
	const struct tx *end = p->values[1], *step = p->values[2];
	int64_t sum;

	if (p->out.columns[0]->type == KT_REAL)
		return 0;
	return end->kind != TX_CONST || end->null || step->kind != TX_CONST ||
	    step->null || __builtin_add_overflow(end->n, step->n, &sum);
}

/* Is a value, the start or the one behind each, still within the range?  Which
 * way it goes is known of a constant step only. */
static void
put_within(struct compiler *c, struct buf *out, const struct plan *p, int first)
{
	struct tx **v = p->values;
	int known = v[2]->kind == TX_CONST && !v[2]->null;
	int down = v[2]->n < 0 || v[2]->real < 0;

	for (int way = known ? down : 0; way <= (known ? down : 1); way++) {
		buf_puts(out, !known && way ? " OR " : "");
		if (!known) {
			put_value(c, out, v[2]);
			buf_puts(out, way ? " < 0 AND " : " > 0 AND ");
		}
		if (!known && p->out.columns[0]->type == KT_REAL) {
			buf_puts(out, "typeof(");
			put_value(c, out, v[1]);
			buf_puts(out, ") = 'real' AND "); /* NaN is text */
		}
		if (!first && may_overflow(p)) {
			buf_printf(out, "typeof(%s + ", p->out.columns[0]->sql);
			put_value(c, out, v[2]);
			buf_puts(out, ") = 'integer' AND ");
		}
		if (first) {
			put_value(c, out, v[0]);
		} else {
			buf_printf(out, "%s + ", p->out.columns[0]->sql);
			put_value(c, out, v[2]);
		}
		buf_puts(out, way ? " >= " : " <= ");
		put_value(c, out, v[1]);
	}
}

static void
put_range(struct compiler *c, struct buf *out, const struct plan *p)
{
	const char *name = p->out.columns[0]->sql;

	c->recursive = 1;
	buf_puts(out, "SELECT ");
	put_value(c, out, p->values[0]);
	buf_printf(out, " AS %s WHERE ", name);
	put_within(c, out, p, 1);
	buf_printf(out, "\n  UNION ALL SELECT %s + ", name);
	put_value(c, out, p->values[2]);
	buf_printf(out, " FROM t%d WHERE ", p->number);
	put_within(c, out, p, 0);
}

/* A filter of several conditions, a line each. */
static void
put_filtered(struct compiler *c, struct buf *out, struct plan *p)
{
	const struct tx *x = p->filter;
	int many = x->kind == TX_CALL && strcmp(x->sql, "#&") == 0 &&
	    x->nargs > 1 && x->nargs < LINES_MAX;

	buf_printf(out, "SELECT * FROM t%d\n  WHERE ", p->input->number);
	if (!many) {
		put_filter(c, out, x);
		return;
	}
	for (size_t i = 0; i < x->nargs; i++) {
		buf_puts(out, i == 0 ? "" : "\n    AND ");
		put_condition(c, out, x->args[i]);
	}
}

static void
put_projected(struct compiler *c, struct buf *out, struct plan *p)
{
	put_values(c, out, p, p->values);
	put_hidden(out, p->order);
	put_part(out, p->part, ", ");
	buf_printf(out, "\n  FROM t%d", p->input->number);
}

/* A part that has lost its rows: without keys it still makes one. */
static void
put_empty_parts(struct compiler *c, struct buf *out, struct plan *p)
{
	buf_puts(out, "\n  UNION ALL SELECT * FROM (");
	put_values(c, out, p, p->values);
	buf_printf(
	    out, " FROM t%d WHERE 0) CROSS JOIN (SELECT", p->input->number);
	put_part(out, p->part, " ");
	buf_printf(out, " FROM t%d EXCEPT SELECT", p->part->start->number);
	put_part(out, p->part, " ");
	buf_printf(out, " FROM t%d)", p->input->number);
}

/* Can a part be without rows where there were some at its start? */
static int
may_be_empty(const struct plan *p, const struct plan *start)
{
	for (; p != start; p = p->input)
		if (p->kind != P_PROJECT && p->kind != P_SORT &&
		    p->kind != P_COMPUTE && p->kind != P_GROUP &&
		    (p->kind != P_LIMIT || p->limit == 0))
			return 1;
	return 0;
}

/* Lists keep the order of their input, which therefore is asked for. */
static void
put_grouped(struct compiler *c, struct buf *out, struct plan *p)
{
	const struct plan *in = p->input;
	size_t parts = p->part == NULL ? 0 : p->part->keys.n;

	put_values(c, out, p, p->values);
	put_part(out, p->part, ", ");
	if (in->order == NULL) {
		buf_printf(out, "\n  FROM t%d", in->number);
	} else {
		buf_printf(out, "\n  FROM (SELECT * FROM t%d", in->number);
		put_order(out, in->order);
		buf_puts(out, ")");
	}
	for (size_t i = 0; i < parts; i++)
		buf_printf(out, "%s%s", i == 0 ? "\n  GROUP BY " : ", ",
		    p->part->keys.columns[i]->sql);
	for (size_t i = 0; i < p->nkeys; i++)
		buf_printf(out, "%s%zu",
		    i + parts == 0 ? "\n  GROUP BY " : ", ", i + 1);
	if (parts > 0 && p->nkeys == 0 && may_be_empty(in, p->part->start))
		put_empty_parts(c, out, p);
}

static void
put_sorted(struct compiler *c, struct buf *out, struct plan *p)
{
	buf_puts(out, "SELECT ");
	for (size_t i = 0; i < p->out.n; i++)
		buf_printf(
		    out, "%s%s", i == 0 ? "" : ", ", p->out.columns[i]->sql);
	for (size_t i = 0; i < p->nkeys; i++) {
		buf_puts(out, ", ");
		put_value(c, out, p->keys[i].value);
		buf_puts(out, " AS ");
		put_key_name(out, p, i);
	}
	put_part(out, p->part, ", ");
	buf_printf(out, "\n  FROM t%d", p->input->number);
}

/* The first rows of each part, by their numbers there. */
static void
put_limited_parts(struct buf *out, const struct plan *p)
{
	buf_puts(out, "SELECT * FROM (SELECT *, row_number() OVER (");
	put_columns(out, &p->part->keys, "PARTITION BY ");
	put_order(out, p->order);
	buf_printf(
	    out, ") AS \"$r%d\"\n    FROM t%d)\n", p->number, p->input->number);
	buf_printf(out, "  WHERE \"$r%d\" <= %" PRId64, p->number, p->limit);
}

static void
put_limited(struct compiler *c, struct buf *out, struct plan *p)
{
	(void)c;
	if (p->part != NULL) {
		put_limited_parts(out, p);
		return;
	}
	buf_printf(out, "SELECT * FROM t%d", p->input->number);
	put_order(out, p->order);
	buf_printf(out, "\n  LIMIT %" PRId64, p->limit);
}

static void
put_union(struct compiler *c, struct buf *out, struct plan *p)
{
	for (size_t i = 0; i < p->ninputs; i++) {
		if (i > 0)
			buf_puts(out, "\n  UNION ALL ");
		put_values(c, out, p, p->values + i * p->out.n);
		put_part(out, p->part, ", ");
		buf_printf(out, " FROM t%d", p->inputs[i]->number);
	}
}

/* What OVER o means: the order of the rows, maybe within parts of them. */
static void
put_window(struct buf *out, const struct plan *p)
{
	buf_puts(out, "\n  WINDOW o AS (");
	if (p->part != NULL)
		put_columns(out, &p->part->keys, "PARTITION BY ");
	buf_puts(out, p->part == NULL ? "ORDER BY " : " ORDER BY ");
	put_keys(out, p->input->order);
	buf_puts(out, " ROWS UNBOUNDED PRECEDING)");
}

static void
put_computed(struct compiler *c, struct buf *out, struct plan *p)
{
	buf_puts(out, "SELECT *");
	for (size_t i = 0; i < p->hidden.n; i++) {
		buf_puts(out, ", ");
		if (p->numbered && i == 0) {
			buf_puts(out, "row_number() OVER (");
			put_order(out, p->order);
			buf_puts(out, ")");
		} else {
			put_value(c, out, p->values[i]);
		}
		buf_printf(out, " AS %s", p->hidden.columns[i]->sql);
	}
	buf_printf(out, "\n  FROM t%d", p->input->number);
	if (p->windows)
		put_window(out, p);
}

/* The keys of the input's order, and the place among the rows made of one. */
static void
extend_order(struct compiler *c, struct plan *p)
{
	const struct plan *in = p->input->order;
	struct tx *index = arena_zalloc(c->arena, sizeof(*index));

	p->nkeys = in->nkeys + 1;
	p->keys = arena_zalloc(c->arena, p->nkeys * sizeof(*p->keys));
	memcpy(p->keys, in->keys, in->nkeys * sizeof(*p->keys));
	index->type = KT_LONG;
	p->keys[in->nkeys].value = index;
}

static void
put_each(struct compiler *c, struct buf *out, struct plan *p)
{
	const struct plan *in = p->input->order;

	put_values(c, out, p, p->values);
	if (p->order != p)
		put_hidden(out, p->order);
	for (size_t i = 0; p->order == p && i < p->nkeys; i++) {
		buf_puts(out, ", ");
		if (i < in->nkeys)
			put_key_name(out, in, i);
		else
			buf_puts(out, "\"$i\"");
		buf_puts(out, " AS ");
		put_key_name(out, p, i);
	}
	put_part(out, p->part, ", ");
	buf_printf(out, "\n  FROM t%d CROSS JOIN ", p->input->number);
	put_value(c, out, p->each);
}

/* A row in front of all, number 0, and each row behind the one before. */
static void
put_chain(struct compiler *c, struct buf *out, struct plan *p)
{
	size_t n = p->out.n;

	c->recursive = 1;
	buf_puts(out, "SELECT 0 AS \"$n\"");
	for (size_t i = 0; i < n; i++) {
		buf_puts(out, ", ");
		put_value(c, out, p->values[n + 1 + i]);
		buf_printf(out, " AS %s", p->out.columns[i]->sql);
	}
	buf_puts(out, "\n  UNION ALL SELECT ");
	for (size_t i = 0; i <= n; i++) {
		buf_puts(out, i > 0 ? ", " : "");
		put_value(c, out, p->values[i]);
	}
	buf_printf(out, "\n  FROM t%d CROSS JOIN t%d ON ", p->number,
	    p->input->number);
	put_value(c, out, p->values[0]);
	buf_puts(out, " = \"$n\" + 1");
}

static void
put_step(struct compiler *c, struct buf *out, struct plan *p)
{
	switch (p->kind) {
	case P_SCAN:
		put_values(c, out, p, p->values);
		buf_printf(out, "\n  FROM %s", p->sql);
		break;
	case P_ROWS:
		put_rows(c, out, p);
		break;
	case P_RANGE:
		put_range(c, out, p);
		break;
	case P_FILTER:
		put_filtered(c, out, p);
		break;
	case P_PROJECT:
		put_projected(c, out, p);
		break;
	case P_GROUP:
		put_grouped(c, out, p);
		break;
	case P_SORT:
		put_sorted(c, out, p);
		break;
	case P_LIMIT:
		put_limited(c, out, p);
		break;
	case P_UNION:
		put_union(c, out, p);
		break;
	case P_CHAIN:
		put_chain(c, out, p);
		break;
	case P_EACH:
		put_each(c, out, p);
		break;
	case P_JOIN:
		put_join(c, out, p);
		break;
	case P_FIRST:
		put_first(c, out, p);
		break;
	case P_COMPUTE:
		put_computed(c, out, p);
		break;
	}
}

int
keeps_order(const struct plan *p)
{
	switch (p->kind) {
	case P_FILTER:
	case P_PROJECT:
	case P_LIMIT:
	case P_EACH:
	case P_COMPUTE:
		return 1;
	default:
		return 0;
	}
}

/* The step whose keys the rows of a step still carry. */
static const struct plan *
order_of(struct compiler *c, struct plan *p)
{
	if (p->kind == P_EACH && p->many && p->input->order != NULL) {
		extend_order(c, p);
		return p;
	}
	if (p->kind == P_SORT)
		return p;
	return keeps_order(p) ? p->input->order : NULL;
}

void
compile_plan(struct compiler *c, struct plan *p)
{
	struct buf step = { 0 };

	if (p->owner == c->owner)
		return;
	p->owner = c->owner;
	split_deep(c, p);
	if (p->input != NULL)
		compile_plan(c, p->input);
	for (size_t i = 0; i < p->ninputs; i++)
		compile_plan(c, p->inputs[i]);
	p->number = ++c->steps;
	p->order = order_of(c, p);
	put_step(c, &step, p);
	buf_printf(c->out, "%st%d AS %s(", c->out->len == 0 ? "" : ",\n",
	    p->number, p->materialize ? "MATERIALIZED " : "");
	if (p->kind != P_SCAN && p->name != NULL && *p->name != '\0')
		buf_printf(
		    c->out, " -- %d:%d %s", p->at.line, p->at.column, p->name);
	buf_printf(c->out, "\n  %s)", buf_str(&step));
	buf_fini(&step);
	c->too_long |= c->out->len > SQL_MAX;
}

int
compile(struct arena *a, int *hidden, const struct result *r, struct buf *out,
    struct kql_error *e)
{
	struct buf steps = { 0 };
	struct compiler c = {
		.arena = a, .hidden = hidden, .out = &steps, .owner = r
	};
	struct plan *p = r->plan;

	compile_plan(&c, p);
	buf_puts(out, c.recursive ? "WITH RECURSIVE\n" : "WITH\n");
	buf_add(out, buf_str(&steps), steps.len);
	buf_puts(out, "\n");
	put_select(out, p, "");
	buf_fini(&steps);
	if (!c.too_long)
		return 0;
	return fail_semantic(e, p->at, "the query is too large");
}
