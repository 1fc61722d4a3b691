/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "kql/parse/parse.h"

struct expr *
parse_order(struct parser *p)
{
	struct expr *x = expr_new(p, E_ORDER, p->t->at);

	if ((x->args = parse_item(p)) == NULL)
		return NULL;
	x->depth = x->args->depth + 1;
	x->descending = !take_word(p, "asc");
	if (x->descending)
		take_word(p, "desc");
	x->nulls_last = x->descending;
	if (!take_word(p, "nulls"))
		return x;
	x->nulls_last = take_word(p, "last");
	if (!x->nulls_last &&
	    need_word(p, "first", "or 'last' behind nulls") == -1)
		return NULL;
	return x;
}

int
read_sort(struct parser *p, struct op *op)
{
	struct expr **tail = &op->args;

	if (need_word(p, "by", "behind sort") == -1)
		return -1;
	do {
		if ((*tail = parse_order(p)) == NULL)
			return -1;
		tail = &(*tail)->next;
	} while (take_punct(p, ","));
	return 0;
}

int
read_top(struct parser *p, struct op *op)
{
	if ((op->args = parse_expr(p)) == NULL ||
	    need_word(p, "by", "behind the number of rows") == -1)
		return -1;
	return (op->by = parse_order(p)) == NULL ? -1 : 0;
}

int
read_range(struct parser *p, struct op *op)
{
	static const char *const words[] = { "from", "to", "step" };
	struct expr **tail = &op->args;

	*tail = expr_new(p, E_NAME, p->t->at);
	if (((*tail)->text = parse_name(p, "a column's name")) == NULL)
		return -1;
	for (int i = 0; i < 3; i++) {
		tail = &(*tail)->next;
		if (need_word(p, words[i], "of range") == -1 ||
		    (*tail = parse_expr(p)) == NULL)
			return -1;
	}
	return 0;
}

/* asc, desc, granny-asc or granny-desc behind a column; 0: none of them. */
static int
take_reorder(struct parser *p)
{
	int granny = at_word(p, "granny") && p->t[1].kind == T_PUNCT &&
	    strcmp(p->t[1].text, "-") == 0;

	if (granny)
		p->t += 2;
	if (take_word(p, "asc"))
		return granny ? REORDER_GRANNY_ASC : REORDER_ASC;
	if (take_word(p, "desc"))
		return granny ? REORDER_GRANNY_DESC : REORDER_DESC;
	return granny ? -1 : 0;
}

/* Columns and patterns, n of each telling how what it fits is sorted. */
int
read_reorder(struct parser *p, struct op *op)
{
	struct expr **tail = &op->args;

	do {
		if ((*tail = parse_column(p)) == NULL)
			return -1;
		(*tail)->n = take_reorder(p);
		if ((*tail)->n == -1) {
			unexpected(p, "asc or desc");
			return -1;
		}
		tail = &(*tail)->next;
	} while (take_punct(p, ","));
	return 0;
}
