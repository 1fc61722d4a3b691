/* SPDX-License-Identifier: MIT */
#include "kql/parse/operators.h"

/* : (*, NAME: TYPE, ...), the star as op->by. */
static int
read_output(struct parser *p, struct op *op)
{
	if (!take_punct(p, ":"))
		return 0;
	if (p->t[1].kind != T_PUNCT || p->t[1].text[0] != '*')
		return parse_schema(p, &op->columns);
	if (need_punct(p, "(", "in front of the columns") == -1)
		return -1;
	op->by = parse_column(p);
	if (take_punct(p, ")"))
		return 0;
	if (need_punct(p, ",", "behind the star") == -1)
		return -1;
	return parse_schema_rest(p, &op->columns);
}

int
read_evaluate(struct parser *p, struct op *op)
{
	if ((op->args = parse_unary(p)) == NULL)
		return -1;
	if (op->args->kind != E_CALL)
		return fail_syntax(p->e, op->args->at,
		    "evaluate takes the call of a plugin, as in bag_unpack(d)");
	return read_output(p, op);
}
