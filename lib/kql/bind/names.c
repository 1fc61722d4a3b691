/* SPDX-License-Identifier: MIT */
#include <inttypes.h>
#include <string.h>

#include "kql/bind/bind.h"
#include "kql/bind/several.h"

static const char *
join(struct binder *b, const char *left, const char *right)
{
	if (left == NULL || *left == '\0')
		return right;
	return arena_printf(b->arena, "%s_%s", left, right);
}

/* d["k"] is d_k, d[0] is d_0, d[-1] is d_. */
static const char *
index_name(struct binder *b, const struct expr *x)
{
	const struct expr *i = x->args->next;
	const char *of = default_name(b, x->args);

	if (of == NULL)
		return NULL;
	if (i->kind == E_UNARY)
		return arena_printf(b->arena, "%s_", of);
	if (i->kind != E_LITERAL)
		return NULL;
	if (i->type == KT_STRING)
		return join(b, of, i->text);
	if (i->type == KT_LONG)
		return arena_printf(b->arena, "%s_%" PRId64, of, i->n);
	return NULL;
}

/* percentile() and its like lend their names to no call around them. */
static int
is_several(const struct expr *x)
{
	const struct builtin *f = x == NULL || x->kind != E_CALL
	    ? NULL
	    : builtin_find(kql_aggregates, x->text);

	return f != NULL && f->naming == NAME_SEVERAL;
}

static const char *
call_name(struct binder *b, const struct expr *x)
{
	const struct builtin *f = builtin_find(kql_functions, x->text);
	const char *of;

	if (f == NULL || is_aggregate_call(x))
		f = builtin_find(kql_aggregates, x->text);
	if (f == NULL || f->naming == NAME_COLUMNS)
		return NULL;
	if (f->naming == NAME_NONE)
		return f->prefix;
	if (f->naming == NAME_SEVERAL)
		return several_name(b, f, x);
	if (f->naming == NAME_ONLY && x->args != NULL && x->args->next != NULL)
		return NULL;
	of = x->args == NULL ? NULL : default_name(b, x->args);
	if (f->naming == NAME_FIRST && is_several(x->args))
		return NULL;
	if (f->naming == NAME_COLUMN)
		return x->args != NULL && x->args->kind == E_LITERAL &&
			x->args->type == KT_STRING && b->row != NULL &&
			schema_find(b->row, x->args->text) != NULL
		    ? x->args->text
		    : NULL;
	if (f->naming == NAME_FIRST || f->naming == NAME_ONLY)
		return of == NULL && f->prefix != NULL ? f->prefix : of;
	return arena_printf(b->arena, "%s_%s", f->prefix, of == NULL ? "" : of);
}

const char *
default_name(struct binder *b, const struct expr *x)
{
	switch (x->kind) {
	case E_ASSIGN:
	case E_NAME:
		return x->text;
	case E_MEMBER:
		return join(b, default_name(b, x->args), x->text);
	case E_INDEX:
		return index_name(b, x);
	case E_CALL:
		return call_name(b, x);
	default:
		return NULL;
	}
}

const char *
unnamed_column(struct binder *b, const struct schema *in, int *n)
{
	const char *name;

	do
		name = arena_printf(b->arena, "Column%d", ++*n);
	while (schema_find(in, name) != NULL);
	return name;
}

/* Is the name written out, so that two of it are a mistake? */
static int
is_said(const struct expr *x)
{
	return x->kind == E_ASSIGN || x->kind == E_NAME;
}

const char *
item_name(struct binder *b, const struct expr *first, const struct expr *x,
    const struct schema *s, int *unnamed)
{
	const char *name = default_name(b, x);

	if (x->kind == E_ASSIGN && x->names != NULL) {
		fail_unsupported(b->e, x->at, "several names for one value");
		return NULL;
	}
	if (name == NULL)
		name = unnamed_column(b, b->row, unnamed);
	for (; first != x && is_said(x); first = first->next) {
		if (is_said(first) && strcmp(first->text, x->text) == 0) {
			fail_semantic(
			    b->e, x->at, "two columns are named '%.80s'", name);
			return NULL;
		}
	}
	return schema_free_name(b, s, name);
}
