/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "kql/bind/bind.h"

/*
 * A query that is checked, not run, may ask for tables that are not here.
 * Their columns are unknown, and of a type that fits anything.
 */

struct plan *
unknown_table(struct binder *b, struct kql_at at)
{
	struct plan *p = plan_new(b, P_ROWS, NULL, NULL);

	b->unknown = 1;
	p->at = at;
	p->values = arena_zalloc(b->arena, sizeof(*p->values));
	schema_add(b, &p->out, "$unknown", KT_UNKNOWN);
	p->out.open = 1;
	p->serialized = 1;
	return p;
}

const struct column *
find_column(struct binder *b, const struct schema *s, const char *name)
{
	const struct column *c = schema_find(s, name);
	struct schema one = { 0 };

	if (c != NULL || !s->open)
		return c;
	return schema_add(b, &one, name, KT_UNKNOWN);
}

struct tx *
unknown_column(struct binder *b, const char *name, struct kql_at at)
{
	struct schema one = { 0 };

	return tx_column(b, schema_add(b, &one, name, KT_UNKNOWN), at);
}

struct tx *
unknown_value(struct binder *b, enum kql_type type, struct kql_at at,
    struct tx **args, size_t n)
{
	return tx_call(b, type, "NULL", at, args, n);
}

int
any_unknown(struct tx **args, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (args[i]->type == KT_UNKNOWN)
			return 1;
	return 0;
}

static int
has_star(const struct expr *x)
{
	if (x->kind == E_STAR)
		return 1;
	for (const struct expr *a = x->args; a != NULL; a = a->next)
		if (has_star(a))
			return 1;
	return 0;
}

void
pass_unknown(struct plan *p, const struct plan *in, const struct op *op)
{
	static const enum op_kind closing[] = { OP_PROJECT, OP_SUMMARIZE,
		OP_COUNT, OP_DISTINCT, OP_INVOKE, OP_GETSCHEMA };
	int star = 0;

	if (in == NULL || !in->out.open)
		return;
	for (const struct expr *x = op->args; x != NULL; x = x->next)
		star |= has_star(x);
	for (size_t i = 0; i < sizeof(closing) / sizeof(*closing); i++)
		if (op->kind == closing[i] && !star)
			return;
	p->out.open = 1;
}
