/* SPDX-License-Identifier: MIT */
#include "kql/parse/parse.h"

/* [n] of expr [with others = expr] by aggregate [asc|desc]; the number is
 * behind the expression in args. */
static int
read_level(struct parser *p, struct op *op)
{
	struct expr *n = NULL;

	if (!at_word(p, "of") && (n = parse_expr(p)) == NULL)
		return -1;
	if (need_word(p, "of", "of top-nested") == -1 ||
	    (op->args = parse_item(p)) == NULL)
		return -1;
	op->args->next = n;
	if (take_word(p, "with")) {
		op->params = arena_zalloc(p->arena, sizeof(*op->params));
		op->params->name = "others";
		op->params->at = p->t->at;
		if (need_word(p, "others", "behind with") == -1 ||
		    need_punct(p, "=", "behind others") == -1 ||
		    (op->params->value = parse_expr(p)) == NULL)
			return -1;
	}
	if (need_word(p, "by", "of top-nested") == -1 ||
	    (op->by = parse_order(p)) == NULL)
		return -1;
	return 0;
}

static int
need_top_nested(struct parser *p)
{
	if (need_word(p, "top", "of top-nested") == -1 ||
	    need_punct(p, "-", "of top-nested") == -1)
		return -1;
	return need_word(p, "nested", "of top-nested");
}

/* The levels, each like an operator, become the operators of a query. */
int
read_top_nested(struct parser *p, struct op *op)
{
	struct op **tail;

	op->query = arena_zalloc(p->arena, sizeof(*op->query));
	tail = &op->query->ops;
	for (;;) {
		*tail = arena_zalloc(p->arena, sizeof(**tail));
		(*tail)->kind = op->kind;
		(*tail)->name = op->name;
		(*tail)->at = p->t->at;
		if (read_level(p, *tail) == -1)
			return -1;
		if (!take_punct(p, ","))
			return 0;
		tail = &(*tail)->next;
		if (need_top_nested(p) == -1)
			return -1;
	}
}

/* n of column [by value] */
int
read_top_hitters(struct parser *p, struct op *op)
{
	if ((op->args = parse_expr(p)) == NULL ||
	    need_word(p, "of", "behind the number") == -1 ||
	    (op->args->next = parse_column(p)) == NULL)
		return -1;
	if (!take_word(p, "by"))
		return 0;
	return (op->by = parse_item(p)) == NULL ? -1 : 0;
}
