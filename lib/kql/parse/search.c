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

/* Take pack(*) or pack_all(), if it stands here. */
static int
take_pack(struct parser *p)
{
	const struct token *t = p->t;

	if (take_word(p, "pack") && take_punct(p, "(") && take_punct(p, "*") &&
	    take_punct(p, ")"))
		return 1;
	p->t = t;
	if (take_word(p, "pack_all") && take_punct(p, "(") &&
	    take_punct(p, ")"))
		return 1;
	p->t = t;
	return 0;
}

/* name[:type], or what packs the others; 0 or -1. */
static int
read_projected(struct parser *p, struct declared *c)
{
	c->at = p->t->at;
	if (take_pack(p))
		return 0;
	if ((c->name = parse_name(p, "a column's name")) == NULL)
		return -1;
	if (!take_punct(p, ":"))
		return 0;
	if (p->t->kind == T_NAME)
		c->type = kql_type_find(p->t->text);
	if (c->type == KT_NONE) {
		unexpected(p, "a type");
		return -1;
	}
	p->t++;
	return 0;
}

/* project a, b:long, pack_all(), or project-smart, which is what happens if
 * neither stands here. */
static int
read_projection(struct parser *p, struct op *op)
{
	struct declared **tail = &op->columns;

	if (!take_word(p, "project"))
		return 0;
	if (take_punct(p, "-"))
		return need_word(p, "smart", "behind project-");
	do {
		*tail = arena_zalloc(p->arena, sizeof(**tail));
		if (read_projected(p, *tail) == -1)
			return -1;
		tail = &(*tail)->next;
	} while (take_punct(p, ","));
	return 0;
}

int
read_find(struct parser *p, struct op *op)
{
	if (read_tables(p, op) == -1)
		return -1;
	take_word(p, "where");
	if ((op->args = parse_expr(p)) == NULL)
		return -1;
	return read_projection(p, op);
}
