/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "kql/bind/bind.h"
#include "kql/parse/parse.h"

/*
 * What stands around a query: the options of set, and the parameters of
 * declare with the values that come with the request.
 */

/* The value that the request has for a parameter, or NULL. */
static const char *
given_value(const struct binder *b, const char *name)
{
	const struct kql_parameter *p = b->parameters;

	while (p != NULL && strcmp(p->name, name) != 0)
		p = p->next;
	return p != NULL ? p->value : NULL;
}

/* A text as the parameter's type: a literal, or what stands in one. */
static struct tx *
read_value(struct binder *b, const struct parameter *q, const char *text)
{
	struct expr json = { .kind = E_LITERAL, .type = KT_DYNAMIC };
	struct kql_error ignored;
	struct expr *x = parse_value(b->arena, text, b->now, &ignored);
	struct tx *v;

	if (x != NULL && (q->type != KT_STRING || x->type == KT_STRING)) {
		x->at = q->at;
		if ((v = bind_expr(b, x)) == NULL)
			return NULL;
		v->at = q->at;
		if (v->type != KT_STRING || q->type == KT_STRING)
			return fit_parameter(b, q, v);
		text = v->text;
	}
	v = tx_text(b, KT_STRING, text, strlen(text), q->at);
	json.at = q->at;
	json.text = text;
	json.len = strlen(text);
	if (q->type != KT_STRING)
		v = q->type == KT_DYNAMIC ? bind_expr(b, &json)
					  : constant_text(b, v, q->type);
	if (v == NULL)
		fail_semantic(b->e, q->at,
		    "query parameter '%.80s' of type %s cannot be '%.80s'",
		    q->name, kql_type_name(q->type), text);
	return v;
}

static struct tx *
parameter_value(struct binder *b, const struct parameter *q)
{
	const char *given = given_value(b, q->name);
	struct tx *v;

	if (given != NULL)
		return read_value(b, q, given);
	if (q->value == NULL && !b->lenient) {
		fail_semantic(b->e, q->at,
		    "query parameter '%.80s' has no value: it needs a default",
		    q->name);
		return NULL;
	}
	v = q->value != NULL ? bind_expr(b, q->value)
			     : tx_const(b, q->type, q->at);
	return v == NULL ? NULL : fit_parameter(b, q, v);
}

int
bind_declare(struct binder *b, const struct statement *s)
{
	struct tx *v;

	for (const struct parameter *q = s->parameters; q != NULL;
	     q = q->next) {
		if (is_name_taken(b, q->name))
			return fail_semantic(b->e, q->at,
			    "parameter %.80s: that name is taken already",
			    q->name);
		if ((v = parameter_value(b, q)) == NULL)
			return -1;
		add_let(b, q->name)->value = v;
	}
	return 0;
}

/* An option that is a number of rows; 0 or -1. */
static int
read_rows(struct binder *b, const struct statement *s, int64_t *rows)
{
	if (s->value == NULL || s->value->kind != E_LITERAL ||
	    s->value->type != KT_LONG || s->value->null || s->value->over ||
	    s->value->n < 1)
		return fail_semantic(b->e, s->at,
		    "%.80s is set to a number of rows, 1 at least", s->name);
	*rows = s->value->n;
	return 0;
}

int
bind_set(struct binder *b, const struct statement *s)
{
	if (strncmp(s->name, "query_datetimescope_", 20) == 0)
		return fail_unsupported(b->e, s->at, "option '%.80s'", s->name);
	if (strcmp(s->name, "query_take_max_records") == 0)
		return read_rows(b, s, &b->take_max);
	if (strcmp(s->name, "truncationmaxrecords") == 0)
		return read_rows(b, s, &b->max_rows);
	if (bind_set_bin(b, s) || strcmp(s->name, "query_now") != 0)
		return 0;
	if (s->value == NULL || s->value->kind != E_LITERAL ||
	    s->value->type != KT_DATETIME || s->value->null)
		return fail_semantic(
		    b->e, s->at, "query_now is set to a datetime");
	b->now = s->value->n;
	return 0;
}

struct plan *
take_most(struct binder *b, struct plan *p)
{
	static const struct op take = { .kind = OP_TAKE,
		.name = "query_take_max_records" };

	if (b->take_max == 0)
		return p;
	p = plan_new(b, P_LIMIT, &take, p);
	p->at = p->input->at;
	p->limit = b->take_max;
	return p;
}
