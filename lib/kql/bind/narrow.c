/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "kql/bind/bind.h"
#include "kql/bind/peek.h"

#define ROW "$row"

static struct expr *
expr(struct binder *b, enum expr_kind kind, const char *text, struct expr *args,
    const struct op *op)
{
	struct expr *x = arena_zalloc(b->arena, sizeof(*x));

	x->kind = kind;
	x->text = text;
	x->args = args;
	x->at = op->at;
	return x;
}

/* serialize $row = row_number() */
static struct plan *
numbered(struct binder *b, struct plan *in, const struct op *op)
{
	struct op serialize = *op;

	serialize.kind = OP_SERIALIZE;
	serialize.params = NULL;
	serialize.args =
	    expr(b, E_ASSIGN, ROW, expr(b, E_CALL, "row_number", NULL, op), op);
	return bind_op(b, in, &serialize);
}

static struct plan *
by_row(struct binder *b, struct plan *in, const struct op *op)
{
	struct op sort = *op;

	sort.kind = OP_SORT;
	sort.params = NULL;
	sort.args = expr(b, E_ORDER, "", expr(b, E_NAME, "Row", NULL, op), op);
	return bind_op(b, in, &sort);
}

/* A row for each value: its row's number, its column's name, its text. */
struct plan *
bind_narrow(struct binder *b, struct plan *in, const struct op *op,
    const struct expr *x)
{
	struct plan *rows = numbered(b, in, op), *p;
	const struct column *c, *row;
	struct tx **v;

	if (x->args != NULL) {
		fail_semantic(b->e, x->args->at, "narrow() takes nothing");
		return NULL;
	}
	if (rows == NULL)
		return NULL;
	p = plan_new(b, P_UNION, op, NULL);
	rows->materialize = 1;
	row = schema_find(&rows->out, ROW);
	schema_add(b, &p->out, "Row", KT_LONG);
	schema_add(b, &p->out, "Column", KT_STRING);
	schema_add(b, &p->out, "Value", KT_STRING);
	p->inputs = arena_alloc(b->arena, rows->out.n * sizeof(rows));
	v = p->values =
	    arena_alloc(b->arena, 3 * rows->out.n * sizeof(*p->values));
	for (size_t i = 0; i < rows->out.n; i++) {
		c = rows->out.columns[i];
		if (c == row)
			continue;
		p->inputs[p->ninputs++] = rows;
		*v++ =
		    tx_call1(b, KT_LONG, "#1 - 1", tx_column(b, row, op->at));
		*v++ = tx_text(b, KT_STRING, c->name, strlen(c->name), op->at);
		*v++ = convert(b, tx_column(b, c, op->at), KT_STRING);
	}
	return by_row(b, p, op);
}
