/* SPDX-License-Identifier: MIT */
#include "kql/parse/operators.h"

/* in (T, T*, ...), if it stands here. */
static int
read_tables(struct parser *p, struct op *op)
{
	struct expr **tail = &op->by;

	if (!take_word(p, "in"))
		return 0;
	if (need_punct(p, "(", "in front of the tables") == -1)
		return -1;
	do {
		if ((*tail = parse_table(p)) == NULL)
			return -1;
		tail = &(*tail)->next;
	} while (take_punct(p, ","));
	return need_punct(p, ")", "behind the tables");
}

int
read_search(struct parser *p, struct op *op)
{
	if (read_tables(p, op) == -1)
		return -1;
	return (op->args = parse_expr(p)) == NULL ? -1 : 0;
}
