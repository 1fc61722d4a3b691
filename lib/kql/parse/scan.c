/* SPDX-License-Identifier: MIT */
#include "kql/parse/parse.h"

/* name:type [= default], ... ) */
static int
parse_declaration(struct parser *p, struct scan_op *s)
{
	struct declared **tail = &s->columns, *c;

	if (need_punct(p, "(", "behind declare") == -1)
		return -1;
	do {
		if ((c = *tail = parse_declared(p)) == NULL)
			return -1;
		tail = &c->next;
		if (take_punct(p, "=") && (c->value = parse_expr(p)) == NULL)
			return -1;
	} while (take_punct(p, ","));
	return need_punct(p, ")", "behind the columns of declare");
}

/* step name [output = all]: condition [=> name = value, ...]; */
static int
parse_step(struct parser *p, struct scan_step *s)
{
	s->at = p->t->at;
	s->output = "all";
	if (need_word(p, "step", "of scan") == -1 ||
	    (s->name = parse_name(p, "a step's name")) == NULL)
		return -1;
	if (take_word(p, "output")) {
		if (need_punct(p, "=", "behind output") == -1 ||
		    (s->output = parse_name(p, "all, last or none")) == NULL)
			return -1;
	}
	if (need_punct(p, ":", "behind a step's name") == -1 ||
	    (s->condition = parse_expr(p)) == NULL)
		return -1;
	if (take_punct(p, "=>") && (s->values = parse_items(p)) == NULL)
		return -1;
	return need_punct(p, ";", "behind a step");
}

int
read_scan(struct parser *p, struct op *op)
{
	struct scan_op *s = op->scan = arena_zalloc(p->arena, sizeof(*s));
	struct scan_step **tail = &s->steps;

	if (take_word(p, "with_match_id") &&
	    (need_punct(p, "=", "behind with_match_id") == -1 ||
		(s->match = parse_name(p, "a column's name")) == NULL))
		return -1;
	if (take_word(p, "declare") && parse_declaration(p, s) == -1)
		return -1;
	if (need_word(p, "with", "of scan") == -1 ||
	    need_punct(p, "(", "behind with") == -1)
		return -1;
	do {
		*tail = arena_zalloc(p->arena, sizeof(**tail));
		if (parse_step(p, *tail) == -1)
			return -1;
		tail = &(*tail)->next;
	} while (!take_punct(p, ")"));
	return 0;
}
