/* SPDX-License-Identifier: MIT */
#include "kql/parse/operators.h"

/* with (format = "csv", ignoreFirstRecord = true) */
static int
read_with(struct parser *p, struct op *op)
{
	struct param **tail = &op->params;

	if (!take_word(p, "with"))
		return 0;
	if (need_punct(p, "(", "behind with") == -1)
		return -1;
	while (!take_punct(p, ")")) {
		*tail = arena_zalloc(p->arena, sizeof(**tail));
		(*tail)->at = p->t->at;
		(*tail)->name = parse_name(p, "the name of a property");
		if ((*tail)->name == NULL ||
		    need_punct(p, "=", "behind a property") == -1 ||
		    ((*tail)->value = parse_unary(p)) == NULL)
			return -1;
		tail = &(*tail)->next;
		if (!take_punct(p, ",") && !at_punct(p, ")")) {
			unexpected(p, "',' or ')'");
			return -1;
		}
	}
	return 0;
}

int
read_externaldata(struct parser *p, struct op *op)
{
	struct expr **tail = &op->args;

	if (parse_schema(p, &op->columns) == -1 ||
	    need_punct(p, "[", "in front of the files") == -1)
		return -1;
	do {
		if (at_punct(p, "]") && op->args != NULL)
			break;
		if ((*tail = parse_unary(p)) == NULL)
			return -1;
		tail = &(*tail)->next;
	} while (take_punct(p, ","));
	if (need_punct(p, "]", "behind the files") == -1)
		return -1;
	return read_with(p, op);
}
