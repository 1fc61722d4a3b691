/* SPDX-License-Identifier: MIT */
#include "kql/parse/operators.h"

int
read_sample_distinct(struct parser *p, struct op *op)
{
	if ((op->args = parse_expr(p)) == NULL ||
	    need_word(p, "of", "behind the number of values") == -1)
		return -1;
	return (op->by = parse_item(p)) == NULL ? -1 : 0;
}
