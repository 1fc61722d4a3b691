/* SPDX-License-Identifier: MIT */
#include "kql/bind/bind.h"

/*
 * Functions of rows in order.  What is not in builtins/window.c's templates is
 * here: prev() and next(), whose values are of their column's type.
 */

/* The value beyond the first and last row, of the column's type. */
static struct tx *
fill(struct binder *b, struct tx *value, enum kql_type type)
{
	if (value->null || value->type == type ||
	    common_type(value->type, type) != KT_NONE)
		return convert(b, value, type);
	fail_semantic(b->e, value->at,
	    "a default of type %s for a column of %s",
	    kql_type_name(value->type), kql_type_name(type));
	return NULL;
}

/* lag() or lead(): without a default they give NULL, which no string is. */
static struct tx *
shift(struct binder *b, const struct expr *x, struct tx **args, size_t n,
    const char *sql)
{
	enum kql_type type = args[0]->type;
	struct tx *all[3] = { args[0], NULL, NULL };

	if (x->args->kind != E_NAME || args[0]->kind != TX_COLUMN) {
		fail_semantic(b->e, x->args->at,
		    "%s() takes a column, not an expression", x->text);
		return NULL;
	}
	if (n > 2 && args[2]->kind != TX_CONST) {
		fail_semantic(b->e, args[2]->at,
		    "the default of %s() must be a constant", x->text);
		return NULL;
	}
	if (n < 3 && type != KT_STRING)
		return tx_call(b, type, sql, x->at, args, n);
	all[1] = n > 1 ? args[1] : tx_int(b, KT_LONG, 1, x->at);
	all[2] =
	    n > 2 ? fill(b, args[2], type) : tx_text(b, type, "", 0, x->at);
	return all[2] == NULL ? NULL : tx_call(b, type, sql, x->at, all, 3);
}

struct tx *
bind_prev(struct binder *b, const struct expr *x, struct tx **args, size_t n)
{
	return shift(b, x, args, n, "lag($*) OVER o");
}

struct tx *
bind_next(struct binder *b, const struct expr *x, struct tx **args, size_t n)
{
	return shift(b, x, args, n, "lead($*) OVER o");
}
