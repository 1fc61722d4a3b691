/* SPDX-License-Identifier: MIT */
#include <stdint.h>
#include <string.h>

#include "kql/bind/bind.h"
#include "kql/fn/table.h"

#define OLD_LIMIT 128 /* of mvexpand, the name of before */

/* What mv-expand is about to do; the names and values are of the items. */
struct expand {
	struct schema names;
	struct tx *values[FN_TABLE_COLUMNS];
	struct tx *args[FN_TABLE_COLUMNS + 2]; /* arrays, limit, items */
	const char *index;                     /* with_itemindex, or NULL */
};

static int
read_kind(struct binder *b, const struct param *p, int *arrays)
{
	*arrays = strcmp(p->value->text, "array") == 0;
	if (*arrays || strcmp(p->value->text, "bag") == 0)
		return 0;
	return fail_syntax(b->e, p->value->at, "%s is bag or array", p->name);
}

static int
read_params(struct binder *b, struct expand *x, const struct op *op)
{
	int64_t limit =
	    strcmp(op->name, "mvexpand") == 0 ? OLD_LIMIT : INT32_MAX;
	struct tx *n;
	int arrays = 0;

	for (const struct param *p = op->params; p != NULL; p = p->next) {
		if (strcmp(p->name, "with_itemindex") == 0)
			x->index = p->value->text;
		else if (read_kind(b, p, &arrays) == -1)
			return -1;
	}
	if (op->by != NULL) {
		if ((n = bind_expr(b, op->by)) == NULL)
			return -1;
		if (n->type != KT_UNKNOWN &&
		    (!is_const(n) || !is_integer(n->type) || n->n < 0))
			return fail_semantic(b->e, op->by->at,
			    "%s needs a constant limit", op->name);
		limit = n->n;
	}
	x->args[0] = tx_int(b, KT_LONG, arrays, op->at);
	x->args[1] = tx_int(b, KT_LONG, limit, op->at);
	return 0;
}

static int
add_item(struct binder *b, struct expand *x, const struct expr *item,
    enum kql_type to, int *unnamed)
{
	const char *name = default_name(b, item);
	size_t k = x->names.n;
	struct tx *value;

	if (item->kind == E_ASSIGN && item->names != NULL)
		return fail_semantic(
		    b->e, item->at, "several names for one value");
	value = bind_expr(b, item->kind == E_ASSIGN ? item->args : item);
	if (value == NULL)
		return -1;
	if (value->type != KT_DYNAMIC && value->type != KT_UNKNOWN)
		return fail_semantic(b->e, value->at,
		    "mv-expand takes apart values of type dynamic, not %s",
		    kql_type_name(value->type));
	if (k == FN_TABLE_COLUMNS)
		return fail_unsupported(b->e, item->at,
		    "mv-expand of more than %d values", FN_TABLE_COLUMNS);
	if (name == NULL)
		name = unnamed_column(b, b->row, unnamed);
	if (schema_find(&x->names, name) != NULL)
		return fail_semantic(
		    b->e, item->at, "two columns are named '%.80s'", name);
	x->args[k + 2] = value;
	x->values[k] = tx_call(b, KT_DYNAMIC,
	    arena_printf(b->arena, "\"$v%zu\"", k + 1), item->at, NULL, 0);
	if (to != KT_NONE)
		x->values[k] = convert(b, x->values[k], to);
	schema_add(b, &x->names, name, x->values[k]->type);
	return 0;
}

struct plan *
bind_expand(struct binder *b, struct plan *in, const struct op *op)
{
	struct plan *p = plan_new(b, P_EACH, op, in);
	struct expand x = { 0 };
	const struct declared *to = op->columns;
	int unnamed = 0;

	b->row = &in->out;
	if (read_params(b, &x, op) == -1)
		return NULL;
	for (const struct expr *i = op->args; i != NULL; i = i->next) {
		if (add_item(b, &x, i, to->type, &unnamed) == -1)
			return NULL;
		to = to->next;
	}
	p->many = 1;
	p->each = tx_call(
	    b, KT_NONE, "kql_expand($*)", op->at, x.args, x.names.n + 2);
	put_extended(b, p, &x.names, x.values, 1);
	if (x.index != NULL)
		plan_put(b, p, schema_free_name(b, &p->out, x.index),
		    tx_call(b, KT_LONG, "\"$i\"", op->at, NULL, 0));
	return p;
}
