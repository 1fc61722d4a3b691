/* SPDX-License-Identifier: MIT */
#include "kql/parse/parse.h"

/* name or name:type */
static struct expr *
parse_part_name(struct parser *p)
{
	struct expr *x = expr_new(p, E_NAME, p->t->at);

	if ((x->text = parse_name(p, "a column's name")) == NULL)
		return NULL;
	x->type = KT_STRING;
	if (!take_punct(p, ":"))
		return x;
	x->type = KT_NONE;
	if (p->t->kind == T_NAME)
		x->type = kql_type_find(p->t->text);
	if (x->type == KT_NONE)
		return unexpected(p, "a type");
	p->t++;
	return x;
}

/* A string, a column or *; NULL without an error where there is none. */
static struct expr *
parse_part(struct parser *p)
{
	struct expr *x;

	if (at_punct(p, "*")) {
		x = expr_new(p, E_STAR, p->t++->at);
		x->text = "*";
		return x;
	}
	if (p->t->kind != T_STRING)
		return at_name(p) ? parse_part_name(p) : NULL;
	x = expr_new(p, E_LITERAL, p->t->at);
	x->type = KT_STRING;
	x->text = p->t->text;
	x->len = p->t++->len;
	return x;
}

/* expr with "..." column:type * ... */
int
read_parse(struct parser *p, struct op *op)
{
	struct expr **tail = &op->args;

	if ((op->by = parse_expr(p)) == NULL ||
	    need_word(p, "with", "in front of the pattern") == -1)
		return -1;
	while (p->t->kind == T_STRING || at_punct(p, "*") || at_name(p)) {
		if ((*tail = parse_part(p)) == NULL)
			return -1;
		tail = &(*tail)->next;
	}
	if (op->args != NULL)
		return 0;
	unexpected(p, "a pattern");
	return -1;
}

/* expr as (name:type, ...) [with (pair_delimiter = ",", ...)] */
int
read_parse_kv(struct parser *p, struct op *op)
{
	if ((op->args = parse_expr(p)) == NULL ||
	    need_word(p, "as", "in front of the keys") == -1 ||
	    parse_schema(p, &op->columns) == -1)
		return -1;
	if (!take_word(p, "with"))
		return 0;
	if (need_punct(p, "(", "behind with") == -1)
		return -1;
	do {
		if (p->t->kind != T_NAME) {
			unexpected(p, "a parameter of parse-kv");
			return -1;
		}
		p->t++;
		if (add_param(p, op, p->t[-1].text) == -1)
			return -1;
	} while (take_punct(p, ","));
	return need_punct(p, ")", "behind the parameters");
}
