/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "kql/compile/compile.h"

/*
 * SQLite's parser has a stack of a hundred entries, a few for each level of
 * nesting.  Of a deeper expression the lower part is worked out in a step in
 * front, as a hidden column, and so on until it is flat enough.  So is each
 * window function: SQL has none in WHERE, and none in one another.
 */
#define DEPTH_MAX 16

/* An expression after cutting: how deep it still is, and after which step in
 * front (from 1, 0: none) all that it needs is there. */
struct cut {
	struct tx *x;
	int depth;
	int step;
};

struct split {
	struct compiler *c;
	const struct plan *plan;
	struct plan **steps; /* those in front */
	int n;
};

/* The step of that number, made if need be. */
static struct plan *
step_at(struct split *s, int number)
{
	struct plan **bigger;

	if (number <= s->n)
		return s->steps[number - 1];
	bigger = arena_zalloc(s->c->arena, (size_t)number * sizeof(*bigger));
	for (int i = 0; i < s->n; i++)
		bigger[i] = s->steps[i];
	bigger[number - 1] = arena_zalloc(s->c->arena, sizeof(**bigger));
	bigger[number - 1]->kind = P_COMPUTE;
	s->steps = bigger;
	s->n = number;
	return bigger[number - 1];
}

/* Make x a hidden column of a step; returns what stands for it. */
static struct tx *
hide(struct split *s, struct tx *x, int number)
{
	struct arena *a = s->c->arena;
	struct plan *step = step_at(s, number);
	struct column *c = arena_zalloc(a, sizeof(*c));
	struct tx **values, *y = arena_zalloc(a, sizeof(*y));
	struct column **columns;
	size_t n = step->hidden.n;

	c->type = x->type;
	c->sql = arena_printf(a, "\"$h%d\"", ++*s->c->hidden);
	values = arena_alloc(a, (n + 1) * sizeof(*values));
	columns = arena_alloc(a, (n + 1) * sizeof(*columns));
	for (size_t i = 0; i < n; i++) {
		values[i] = step->values[i];
		columns[i] = step->hidden.columns[i];
	}
	values[n] = x;
	columns[n] = c;
	step->values = values;
	/* SQLite sees through no window by itself. */
	if (x->window)
		step->windows = 1;
	else
		step->materialize = 1;
	step->hidden.columns = columns;
	step->hidden.n = n + 1;
	y->kind = TX_COLUMN;
	y->type = x->type;
	y->at = x->at;
	y->column = c;
	return y;
}

static struct cut cut(struct split *, struct tx *);

/* A copy of x over arguments that are cut. */
static struct cut
cut_args(struct split *s, const struct tx *x)
{
	struct cut all = { .x = arena_alloc(s->c->arena, sizeof(*x)) }, arg;
	int levels = strncmp(x->sql, "CASE ", 5) == 0 ? 2 : 1;

	*all.x = *x;
	all.x->args = arena_alloc(s->c->arena, x->nargs * sizeof(*x->args));
	for (size_t i = 0; i < x->nargs; i++) {
		arg = cut(s, x->args[i]);
		all.x->args[i] = arg.x;
		if (arg.depth + levels > all.depth)
			all.depth = arg.depth + levels;
		if (arg.step > all.step)
			all.step = arg.step;
	}
	return all;
}

/* What let names is in many places, but is cut once. */
static struct cut
cut(struct split *s, struct tx *x)
{
	struct cut all = { .x = x, .depth = x->depth };

	if (x->kind != TX_CALL || (x->depth < DEPTH_MAX && !x->windows))
		return all;
	if (x->cut_for == s->plan)
		return *x->cut;
	all = cut_args(s, x);
	if (x->window || x->apart ||
	    (all.depth >= DEPTH_MAX && !x->aggregate)) {
		all.x = hide(s, all.x, ++all.step);
		all.depth = 0;
	}
	x->cut_for = s->plan;
	x->cut = arena_alloc(s->c->arena, sizeof(all));
	*x->cut = all;
	return all;
}

/* print has no input: it gets one row of nothing. */
static void
give_input(struct compiler *c, struct plan *p)
{
	struct plan *one = arena_zalloc(c->arena, sizeof(*one));

	one->kind = P_ROWS;
	p->kind = P_PROJECT;
	p->input = one;
}

/* Do the rows carry the keys of their order? */
static int
has_order(const struct plan *p)
{
	while (keeps_order(p))
		p = p->input;
	return p->kind == P_SORT;
}

/* A range is in order, but has no keys: its rows are numbered. */
static struct plan *
ordered(struct compiler *c, struct plan *p, const struct plan *at)
{
	struct plan *sort;
	struct tx *number;

	if (has_order(p))
		return p;
	number = arena_zalloc(c->arena, sizeof(*number));
	number->kind = TX_CALL;
	number->type = KT_LONG;
	number->sql = "row_number() OVER ()";
	sort = arena_zalloc(c->arena, sizeof(*sort));
	sort->kind = P_SORT;
	sort->input = p;
	sort->part = p->part;
	sort->out = p->out;
	sort->at = at->at;
	sort->keys = arena_zalloc(c->arena, sizeof(*sort->keys));
	sort->keys->value = number;
	sort->nkeys = 1;
	return sort;
}

void
split_deep(struct compiler *c, struct plan *p)
{
	struct split s = { .c = c, .plan = p };
	size_t n = p->kind == P_PROJECT || p->kind == P_GROUP ||
		p->kind == P_EACH || (p->kind == P_ROWS && p->nrows == 1)
	    ? p->out.n
	    : 0;

	if (p->kind == P_CHAIN) /* the rest looks at the row before */
		n = 1;
	for (size_t i = 0; i < n; i++)
		p->values[i] = cut(&s, p->values[i]).x;
	for (size_t i = 0; p->kind == P_SORT && i < p->nkeys; i++)
		p->keys[i].value = cut(&s, p->keys[i].value).x;
	if (p->kind == P_FILTER)
		p->filter = cut(&s, p->filter).x;
	if (p->kind == P_EACH)
		p->each = cut(&s, p->each).x;
	if (s.n > 0 && p->kind == P_ROWS)
		give_input(c, p);
	for (int i = 0; i < s.n; i++) {
		s.steps[i]->input = s.steps[i]->windows
		    ? ordered(c, p->input, s.plan)
		    : p->input;
		s.steps[i]->part = p->input->part;
		p->input = s.steps[i];
	}
}
