/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>

#include "kql/bind/bind.h"

#define CALLS_MAX 30 /* functions that call one another */

/*
 * A call of a function of one's own is its body, bound with the parameters as
 * names of let; nothing of it is left in the plan.
 */

struct let *
find_function(struct binder *b, const char *name)
{
	struct let *l = find_let(b, name);

	if (l != NULL)
		return l->function != NULL ? l : NULL;
	return find_stored(b, b->database, name);
}

/* The argument of a parameter: by place, or by name; NULL: the default. */
static const struct expr *
argument(const struct parameter *q, int place, const struct expr *args)
{
	for (const struct expr *a = args; a != NULL; a = a->next, place--) {
		if (a->kind == E_ASSIGN && strcmp(a->text, q->name) == 0)
			return a->args;
		if (a->kind != E_ASSIGN && place == 0)
			return a;
	}
	return NULL;
}

/* The parameter at that place, or NULL. */
static const struct parameter *
parameter_at(const struct parameter *q, int place)
{
	while (q != NULL && place-- > 0)
		q = q->next;
	return q;
}

/* Refuse arguments that no parameter takes; 0 or -1. */
static int
check_arguments(
    struct binder *b, const struct parameter *q, const struct expr *x)
{
	int n = 0, given = 0, moved = 0;
	const struct parameter *r, *here;

	for (r = q; r != NULL; r = r->next)
		n++;
	for (const struct expr *a = x->args; a != NULL; a = a->next) {
		here = parameter_at(q, given++);
		if (a->kind != E_ASSIGN) {
			if (moved)
				return fail_semantic(b->e, a->at,
				    "%.80s(): an argument without a name "
				    "behind one out of its place",
				    x->text);
			continue;
		}
		for (r = q; r != NULL && strcmp(r->name, a->text) != 0;)
			r = r->next;
		moved |= r != here;
		if (r == NULL)
			return fail_semantic(b->e, a->at,
			    "%.80s() has no parameter '%.80s'", x->text,
			    a->text);
	}
	if (given <= n)
		return 0;
	return fail_semantic(b->e, x->at, "%.80s() takes %d argument%s, not %d",
	    x->text, n, n == 1 ? "" : "s", given);
}

/* The value as the parameter's type: numbers widen, dynamic converts. */
struct tx *
fit_parameter(struct binder *b, const struct parameter *q, struct tx *v)
{
	struct tx *y = NULL;

	if (v->type == q->type)
		return v;
	if ((v->kind == TX_CONST && v->null) || v->type == KT_DYNAMIC ||
	    v->type == KT_UNKNOWN ||
	    (is_integer(v->type) && is_number(q->type)) ||
	    (is_number(v->type) && q->type == KT_DECIMAL) ||
	    q->type == KT_DYNAMIC)
		y = convert(b, v, q->type);
	if (y == NULL)
		fail_semantic(b->e, v->at,
		    "parameter '%.80s' is of type %s, its argument of type %s",
		    q->name, kql_type_name(q->type), kql_type_name(v->type));
	return y;
}

/* Has the table the columns that the parameter asks for? */
static int
check_table(struct binder *b, const struct parameter *q, const struct plan *p,
    struct kql_at at)
{
	const struct column *c;

	for (const struct declared *d = q->columns; d != NULL; d = d->next) {
		c = schema_find(&p->out, d->name);
		if (c == NULL ? !p->out.open
			      : c->type != d->type && c->type != KT_UNKNOWN)
			return fail_semantic(b->e, at,
			    "parameter '%.80s' needs a table with a column "
			    "'%.80s' of type %s",
			    q->name, d->name, kql_type_name(d->type));
	}
	return 0;
}

/* What a call binds its parameters to, in their order. */
struct call {
	const struct expr *x;
	const struct parameter *parameters;
	struct bound *bound;
};

/* Bind the arguments where the call stands. */
static int
bind_arguments(struct binder *b, struct call *c, struct plan *in)
{
	int place = in == NULL ? 0 : -1;
	struct bound *y = c->bound;
	const struct expr *a;

	for (const struct parameter *q = c->parameters; q != NULL;
	     q = q->next, y++, place++) {
		a = place == -1 ? NULL : argument(q, place, c->x->args);
		if (place == -1)
			y->plan = in;
		else if (a == NULL && q->value == NULL)
			return fail_semantic(b->e, c->x->at,
			    "%.80s() lacks an argument for parameter '%.80s'",
			    c->x->text, q->name);
		else if (q->type == KT_NONE)
			y->plan = bind_table(b, a);
		else if ((y->value = bind_expr(b, a ? a : q->value)) != NULL)
			y->value = fit_parameter(b, q, y->value);
		if (y->plan == NULL && y->value == NULL)
			return -1;
		if (q->type == KT_NONE &&
		    check_table(b, q, y->plan, c->x->at) == -1)
			return -1;
	}
	return 0;
}

/* Does the input of invoke have a parameter to go to? */
static int
check_input(struct binder *b, const struct call *c, const struct plan *in)
{
	if (in == NULL ||
	    (c->parameters != NULL && c->parameters->type == KT_NONE))
		return 0;
	return fail_semantic(b->e, c->x->at,
	    "invoke needs a function whose first parameter is a table; "
	    "'%.80s' is none",
	    c->x->text);
}

/* Names for the arguments, then the body, which sees them and what stood in
 * front of the function. */
static int
run_body(
    struct binder *b, struct let *f, const struct call *c, struct bound *out)
{
	const struct bound *y = c->bound;
	struct binder saved = *b;
	struct let *l;
	int r;

	b->outer = b->lets = f->next;
	for (const struct parameter *q = c->parameters; q != NULL;
	     q = q->next, y++) {
		l = add_let(b, q->name);
		l->value = y->value;
		l->plan = y->plan;
		l->level = saved.level;
	}
	b->row = NULL;
	b->aggregates = AGG_NONE;
	b->called = f;
	b->database = f->database;
	b->calls++;
	f->busy = 1;
	r = bind_body(b, f->function->body, out);
	b->lets = saved.lets;
	b->outer = saved.outer;
	b->row = saved.row;
	b->aggregates = saved.aggregates;
	b->called = saved.called;
	b->database = saved.database;
	b->calls--;
	f->busy = 0;
	return r;
}

/* Say in which function of which file it went wrong, at the call's place. */
static int
blame(struct binder *b, const struct let *f, struct kql_at at)
{
	struct kql_error e = *b->e;
	char *end = strstr(e.message, " [line:position=");

	if (end != NULL)
		*end = '\0';
	snprintf(b->e->message, sizeof(b->e->message),
	    "in function '%.80s' (%.80s:%d:%d): %.700s [line:position=%d:%d]",
	    f->name, f->file, e.line, e.column, e.message, at.line, at.column);
	b->e->line = at.line;
	b->e->column = at.column;
	return -1;
}

int
call_function(struct binder *b, struct let *f, const struct expr *x,
    struct plan *in, struct bound *out)
{
	struct call c = { .x = x, .parameters = f->function->parameters };
	size_t n = 1;

	if (count_step(b, x->at) == -1)
		return -1;
	if (f->busy)
		return fail_semantic(b->e, x->at,
		    "%.80s() calls itself; a function cannot", f->name);
	if (b->calls == CALLS_MAX)
		return fail_semantic(b->e, x->at,
		    "functions that call functions, more than %d deep",
		    CALLS_MAX);
	for (const struct parameter *q = c.parameters; q != NULL; q = q->next)
		n++;
	c.bound = arena_zalloc(b->arena, n * sizeof(*c.bound));
	if (check_input(b, &c, in) == -1 ||
	    check_arguments(
		b, in == NULL ? c.parameters : c.parameters->next, x) == -1 ||
	    bind_arguments(b, &c, in) == -1)
		return -1;
	if (run_body(b, f, &c, out) == 0)
		return 0;
	return f->file == NULL ? -1 : blame(b, f, x->at);
}

int
try_function(
    struct binder *b, struct let *f, const struct expr *x, struct bound *out)
{
	struct call c = { .x = x, .parameters = f->function->parameters };
	const struct parameter *q;
	struct bound *y;
	size_t n = 1;

	for (q = c.parameters; q != NULL; q = q->next)
		n++;
	y = c.bound = arena_zalloc(b->arena, n * sizeof(*c.bound));
	for (q = c.parameters; q != NULL; q = q->next, y++) {
		if (q->type != KT_NONE)
			y->value = tx_const(b, q->type, q->at);
		else
			y->plan = unknown_table(b, q->at);
		for (const struct declared *d = q->columns; d != NULL;
		     d = d->next)
			schema_add(b, &y->plan->out, d->name, d->type);
		if (q->columns != NULL)
			y->plan->out.open = 0;
	}
	return run_body(b, f, &c, out);
}
