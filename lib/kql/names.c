/* SPDX-License-Identifier: MIT */
#include <inttypes.h>
#include <string.h>

#include "kql/bind.h"
#include "num.h"

static const char *
join(struct binder *b, const char *left, const char *right)
{
	if (left == NULL || *left == '\0')
		return right;
	return arena_printf(b->arena, "%s_%s", left, right);
}

/* d["k"] is d_k, d[0] is d_0; any other index gives no name. */
static const char *
index_name(struct binder *b, const struct expr *x)
{
	const struct expr *i = x->args->next;
	const char *of = default_name(b, x->args);

	if (of == NULL || i->kind != E_LITERAL)
		return NULL;
	if (i->type == KT_STRING)
		return join(b, of, i->text);
	if (i->type == KT_LONG)
		return arena_printf(b->arena, "%s_%" PRId64, of, i->n);
	return NULL;
}

/* percentile(x, 99.9) is percentile_x_99_9. */
static const char *
percentile_name(struct binder *b, const struct expr *x, const char *of)
{
	const struct expr *p = x->args->next;
	char text[NUM_MAX];

	if (p == NULL || p->kind != E_LITERAL)
		return join(b, "percentile", of);
	if (p->type == KT_REAL)
		num_double(text, p->real);
	else
		num_int(text, p->n);
	for (char *c = text; *c != '\0'; c++)
		if (*c == '.')
			*c = '_';
	return arena_printf(b->arena, "percentile_%s_%s", of, text);
}

static const char *
call_name(struct binder *b, const struct expr *x)
{
	const struct builtin *f = builtin_find(kql_functions, x->text);
	const char *of;

	if (f == NULL)
		f = builtin_find(kql_aggregates, x->text);
	if (f == NULL || f->naming == NAME_NONE)
		return NULL;
	of = x->args == NULL ? NULL : default_name(b, x->args);
	if (f->naming == NAME_FIRST)
		return of;
	if (strcmp(f->prefix, "percentile") == 0)
		return percentile_name(b, x, of == NULL ? "" : of);
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
