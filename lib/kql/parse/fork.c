/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "kql/parse/operators.h"

/* name = in front of a leg? */
static int
at_leg_name(const struct parser *p)
{
	return p->t->kind == T_NAME && p->t[1].kind == T_PUNCT &&
	    strcmp(p->t[1].text, "=") == 0;
}

/* The legs become the operators of a query, as those of top-nested do. */
int
read_fork(struct parser *p, struct op *op)
{
	struct op **tail;

	op->query = arena_zalloc(p->arena, sizeof(*op->query));
	tail = &op->query->ops;
	do {
		*tail = arena_zalloc(p->arena, sizeof(**tail));
		(*tail)->kind = op->kind;
		(*tail)->name = op->name;
		(*tail)->at = p->t->at;
		if (at_leg_name(p)) {
			(*tail)->args = expr_new(p, E_NAME, p->t->at);
			(*tail)->args->text = p->t->text;
			p->t += 2;
		}
		if (((*tail)->query = parse_subquery(p)) == NULL)
			return -1;
		tail = &(*tail)->next;
	} while (at_punct(p, "(") || at_leg_name(p));
	return 0;
}

int
read_facet(struct parser *p, struct op *op)
{
	if (need_word(p, "by", "behind facet") == -1 ||
	    (op->by = parse_columns(p)) == NULL)
		return -1;
	if (!take_word(p, "with"))
		return 0;
	return (op->query = parse_subquery(p)) == NULL ? -1 : 0;
}
