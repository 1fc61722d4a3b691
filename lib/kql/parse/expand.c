/* SPDX-License-Identifier: MIT */
#include "kql/parse/parse.h"

/* to typeof(T), if it is there; KT_NONE if not.  0 or -1. */
static int
parse_typeof(struct parser *p, enum kql_type *type)
{
	*type = KT_NONE;
	if (!take_word(p, "to"))
		return 0;
	if (need_word(p, "typeof", "behind to") == -1 ||
	    need_punct(p, "(", "behind typeof") == -1)
		return -1;
	if (p->t->kind == T_NAME)
		*type = kql_type_find(p->t->text);
	if (*type == KT_NONE) {
		unexpected(p, "a type");
		return -1;
	}
	p->t++;
	return need_punct(p, ")", "behind the type");
}

/* [name =] expr [to typeof(T)], ... [limit n] */
int
read_expand(struct parser *p, struct op *op)
{
	struct expr **tail = &op->args;
	struct declared **type = &op->columns;

	do {
		if ((*tail = parse_item(p)) == NULL)
			return -1;
		*type = arena_zalloc(p->arena, sizeof(**type));
		(*type)->at = (*tail)->at;
		if (parse_typeof(p, &(*type)->type) == -1)
			return -1;
		tail = &(*tail)->next;
		type = &(*type)->next;
	} while (take_punct(p, ","));
	if (!take_word(p, "limit"))
		return 0;
	return (op->by = parse_expr(p)) == NULL ? -1 : 0;
}

/* The same, on (operators). */
int
read_mv_apply(struct parser *p, struct op *op)
{
	if (read_expand(p, op) == -1 ||
	    need_word(p, "on", "behind mv-apply") == -1)
		return -1;
	return (op->query = parse_subquery(p)) == NULL ? -1 : 0;
}

/* by column (operators) */
int
read_partition(struct parser *p, struct op *op)
{
	if (need_word(p, "by", "behind partition") == -1 ||
	    (op->by = parse_column(p)) == NULL)
		return -1;
	if (at_punct(p, "{"))
		return fail_unsupported(p->e, p->t->at,
		    "partition with a query in braces; operators stand in "
		    "parentheses");
	return (op->query = parse_subquery(p)) == NULL ? -1 : 0;
}
