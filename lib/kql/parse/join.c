/* SPDX-License-Identifier: MIT */
#include "kql/parse/operators.h"

int
read_join(struct parser *p, struct op *op)
{
	struct expr **tail = &op->by;

	if ((op->args = parse_table(p)) == NULL ||
	    need_word(p, "on", "behind the table to join") == -1)
		return -1;
	do {
		if ((*tail = parse_expr(p)) == NULL)
			return -1;
		tail = &(*tail)->next;
	} while (take_punct(p, ","));
	return 0;
}
