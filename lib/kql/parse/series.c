/* SPDX-License-Identifier: MIT */
#include "kql/parse/parse.h"

/* aggregate [default = value], ...; a default that is not there is NULL. */
static int
parse_aggregates(struct parser *p, struct op *op, struct make_series *s)
{
	struct expr **tail = &op->args;
	struct series_default **fill = &s->defaults;

	do {
		if ((*tail = parse_item(p)) == NULL)
			return -1;
		*fill = arena_zalloc(p->arena, sizeof(**fill));
		if (take_word(p, "default") &&
		    (need_punct(p, "=", "behind default") == -1 ||
			((*fill)->value = parse_expr(p)) == NULL))
			return -1;
		tail = &(*tail)->next;
		fill = &(*fill)->next;
	} while (take_punct(p, ","));
	return 0;
}

/* [name =] axis; a whole expression would take the in behind it. */
static struct expr *
parse_axis(struct parser *p)
{
	struct expr *x = expr_new(p, E_ASSIGN, p->t->at);

	if (p->t->kind != T_NAME || p->t[1].kind != T_PUNCT ||
	    p->t[1].text[0] != '=' || p->t[1].text[1] != '\0')
		return parse_unary(p);
	x->text = parse_name(p, "a name");
	p->t++;
	if (x->text == NULL || (x->args = parse_unary(p)) == NULL)
		return NULL;
	x->depth = x->args->depth + 1;
	return x;
}

/* in range(from, to, step) */
static int
parse_in_range(struct parser *p, struct make_series *s)
{
	s->inclusive = 1;
	if (need_word(p, "range", "behind in") == -1 ||
	    need_punct(p, "(", "behind range") == -1 ||
	    (s->from = parse_expr(p)) == NULL ||
	    need_punct(p, ",", "in range()") == -1 ||
	    (s->to = parse_expr(p)) == NULL ||
	    need_punct(p, ",", "in range()") == -1 ||
	    (s->step = parse_expr(p)) == NULL)
		return -1;
	return need_punct(p, ")", "behind range(");
}

static int
parse_bounds(struct parser *p, struct make_series *s)
{
	if (take_word(p, "in"))
		return parse_in_range(p, s);
	if (take_word(p, "from") && (s->from = parse_expr(p)) == NULL)
		return -1;
	if (take_word(p, "to") && (s->to = parse_expr(p)) == NULL)
		return -1;
	if (need_word(p, "step", "of make-series") == -1)
		return -1;
	return (s->step = parse_expr(p)) == NULL ? -1 : 0;
}

int
read_make_series(struct parser *p, struct op *op)
{
	struct make_series *s = arena_zalloc(p->arena, sizeof(*s));

	op->series = s;
	if (parse_aggregates(p, op, s) == -1 ||
	    need_word(p, "on", "behind the aggregates") == -1 ||
	    (s->axis = parse_axis(p)) == NULL || parse_bounds(p, s) == -1)
		return -1;
	if (!take_word(p, "by"))
		return 0;
	return (op->by = parse_items(p)) == NULL ? -1 : 0;
}
