/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "kql/compile/compile.h"

/* Is a step all columns of its input, in order, and constants behind them? */
static int
adds_constants(const struct plan *p, const struct plan *in)
{
	const struct tx *x;

	for (size_t i = 0; i < p->out.n; i++) {
		x = p->values[i];
		if (i >= in->out.n ? x->kind != TX_CONST
				   : x->kind != TX_COLUMN ||
			    strcmp(x->column->sql, in->out.columns[i]->sql))
			return 0;
	}
	return p->out.n >= in->out.n;
}

/* What is worked out anew at each use must stay where it is. */
static int
has_random(const struct plan *p)
{
	for (size_t i = 0; i < p->out.n; i++)
		if (p->values[i]->random)
			return 1;
	return 0;
}

void
fold_constants(struct compiler *c, struct plan *p)
{
	struct plan *in = p->input;
	struct buf name = { 0 };
	struct tx **values;

	if (p->kind != P_PROJECT || in->kind != P_GROUP ||
	    in->owner == c->owner || p->part != NULL || in->part != NULL ||
	    p->materialize || in->materialize || !adds_constants(p, in) ||
	    has_random(in))
		return;
	values = arena_zalloc(c->arena, (p->out.n + 1) * sizeof(*values));
	memcpy(values, p->values, p->out.n * sizeof(*values));
	memcpy(values, in->values, in->out.n * sizeof(*values));
	if (in->name != NULL && p->name != NULL) {
		buf_printf(&name, "%s, %d:%d %s", in->name, p->at.line,
		    p->at.column, p->name);
		p->name = arena_strdup(c->arena, buf_str(&name));
		p->at = in->at;
		buf_fini(&name);
	}
	p->kind = P_GROUP;
	p->values = values;
	p->nkeys = in->nkeys;
	p->input = in->input;
}
