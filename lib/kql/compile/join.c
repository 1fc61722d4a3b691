/* SPDX-License-Identifier: MIT */
#include "kql/compile/compile.h"

/* FROM one table, JOIN another, in that order; SQLite makes an index of the
 * right column if the left one gives no affinity to compare with. */
static void
put_joined(struct compiler *c, struct buf *out, const struct plan *p,
    const struct plan *left, const struct plan *right, struct tx **on)
{
	buf_printf(out, "\n  FROM t%d %s t%d", left->number,
	    p->join == JOIN_INNER ? "CROSS JOIN" : "LEFT JOIN", right->number);
	for (size_t i = 0; i < p->nkeys; i++) {
		buf_puts(out, i == 0 ? " ON +" : " AND +");
		put_value(c, out, on[2 * i]);
		buf_puts(out, " IS ");
		put_value(c, out, on[2 * i + 1]);
	}
	if (p->filter == NULL)
		return;
	buf_puts(out, p->nkeys == 0 ? " ON " : " AND ");
	put_filter(c, out, p->filter);
}

void
put_join(struct compiler *c, struct buf *out, const struct plan *p)
{
	put_values(c, out, p, p->values);
	put_part(out, p->part, ", ");
	put_joined(c, out, p, p->inputs[0], p->inputs[1], p->on);
	if (p->join == JOIN_FULL) {
		buf_puts(out, "\n  UNION ALL ");
		put_values(c, out, p, p->values + p->out.n);
		put_joined(c, out, p, p->inputs[1], p->inputs[2],
		    p->on + 2 * p->nkeys);
	}
	if (p->join == JOIN_FULL || p->join == JOIN_ANTI)
		buf_puts(out, "\n  WHERE \"$hit\" IS NULL");
}

void
put_first(struct compiler *c, struct buf *out, const struct plan *p)
{
	for (size_t i = 0; i < p->out.n; i++)
		buf_printf(out, "%s%s", i == 0 ? "SELECT " : ", ",
		    p->out.columns[i]->sql);
	put_part(out, p->part, ", ");
	buf_puts(out, "\n  FROM (SELECT *, row_number() OVER (PARTITION BY ");
	for (size_t i = 0; p->part != NULL && i < p->part->keys.n; i++)
		buf_printf(out, "%s, ", p->part->keys.columns[i]->sql);
	for (size_t i = 0; i < p->nkeys; i++) {
		buf_puts(out, i == 0 ? "" : ", ");
		put_value(c, out, p->values[i]);
	}
	put_order(out, p->input->order);
	buf_printf(
	    out, ") AS \"$n\" FROM t%d)\n  WHERE \"$n\" = 1", p->input->number);
}
