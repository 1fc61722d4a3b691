/* SPDX-License-Identifier: MIT */
#include <ctype.h>
#include <string.h>

#include "kql/bind/bind.h"
#include "kql/json_text.h"

#define DEPTH_MAX 1000 /* calls in one another, what let names seen through */

struct let *
find_let(const struct binder *b, const char *name)
{
	for (struct let *l = b->lets; l != NULL; l = l->next)
		if (strcmp(l->name, name) == 0)
			return l;
	return NULL;
}

/* A name that whoever sends the query gives a value: _startTime, {x}. */
static int
is_clients(const char *name)
{
	return strchr("_{$", *name) != NULL;
}

static struct tx *
unknown_name(struct binder *b, const struct expr *x)
{
	if (b->row != NULL && b->row->open)
		return unknown_column(b, x->text, x->at);
	if (b->lenient && is_clients(x->text))
		return unknown_value(b, KT_UNKNOWN, x->at, NULL, 0);
	fail_semantic(b->e, x->at,
	    "Failed to resolve column or scalar expression named '%.80s'%s",
	    x->text, column_hint(b, b->row, x->text));
	return NULL;
}

static struct tx *
bind_name(struct binder *b, const struct expr *x)
{
	const struct column *c = NULL;
	const struct let *l;
	struct tx *y;

	if (b->row != NULL)
		c = schema_find(b->row, x->text);
	if (c != NULL && b->aggregates == AGG_WANTED) {
		fail_semantic(b->e, x->at,
		    "column '%.80s' stands outside of an aggregate; move it "
		    "behind by, or put it in one, as in take_any(%.80s)",
		    x->text, x->text);
		return NULL;
	}
	if (c != NULL)
		return tx_column(b, c, x->at);
	if ((l = find_let(b, x->text)) == NULL &&
	    (l = find_stored(b, b->database, x->text)) == NULL)
		return unknown_name(b, x);
	if (l->function != NULL)
		return bind_call(b, x);
	if (l->value == NULL) {
		fail_semantic(b->e, x->at,
		    "'%.80s' is a table where a value was expected", x->text);
		return NULL;
	}
	if (l->value->columns && l->level != b->level) {
		fail_semantic(b->e, x->at,
		    "'%.80s' depends on the row that the function is called "
		    "for; a query cannot see it",
		    x->text);
		return NULL;
	}
	y = arena_alloc(b->arena, sizeof(*y));
	*y = *l->value;
	y->at = x->at;
	return y;
}

/* Is there a {name} in it, which a client would put a text in place of? */
static int
has_placeholder(const char *text)
{
	const char *p = text;

	while ((p = strchr(p, '{')) != NULL) {
		p++;
		while (isalnum((unsigned char)*p) || *p == '_')
			p++;
		if (*p == '}' && p[-1] != '{')
			return 1;
	}
	return 0;
}

static struct tx *
bind_literal(struct binder *b, const struct expr *x)
{
	struct tx *y = tx_const(b, x->type, x->at);
	const char *why;

	y->null = x->null;
	y->n = x->n;
	y->real = x->real;
	y->text = x->text;
	y->len = x->len;
	if (x->over) {
		fail_syntax(b->e, x->at, "'%.40s' is out of range", x->text);
		return NULL;
	}
	if (x->type != KT_DYNAMIC)
		return y;
	y->text = json_text(b->arena, x->text, x->len, &y->null, &why);
	if (y->text == NULL && b->lenient && has_placeholder(x->text))
		return unknown_value(b, KT_DYNAMIC, x->at, NULL, 0);
	if (y->text == NULL) {
		fail_syntax(b->e, x->at, "dynamic literal: %.200s", why);
		return NULL;
	}
	y->len = strlen(y->text);
	return y;
}

static struct tx *
need_dynamic(struct binder *b, const struct expr *x)
{
	struct tx *of = bind_expr(b, x);

	if (of == NULL || of->type == KT_DYNAMIC || of->type == KT_UNKNOWN)
		return of;
	fail_semantic(b->e, x->at,
	    "a value of type %s has no members; only dynamic has",
	    kql_type_name(of->type));
	return NULL;
}

static struct tx *
bind_member(struct binder *b, const struct expr *x)
{
	const struct column *c;
	struct tx *of;

	if (b->state != NULL && x->args->kind == E_NAME &&
	    strcmp(x->args->text, b->step) == 0 &&
	    (c = schema_find(b->state, x->text)) != NULL)
		return tx_column(b, c, x->at);
	of = need_dynamic(b, x->args);
	if (of == NULL)
		return NULL;
	return tx_call2(b, KT_DYNAMIC, "kql_member($1, $2)", of,
	    tx_text(b, KT_STRING, x->text, strlen(x->text), x->at));
}

static struct tx *
bind_index(struct binder *b, const struct expr *x)
{
	struct tx *of = need_dynamic(b, x->args), *index;

	if (of == NULL || (index = bind_expr(b, x->args->next)) == NULL)
		return NULL;
	if (index->type == KT_STRING)
		return tx_call2(b, KT_DYNAMIC, "kql_member($1, $2)", of, index);
	if (is_integer(index->type) || index->type == KT_UNKNOWN)
		return tx_call2(
		    b, KT_DYNAMIC, "kql_element($1, $2)", of, index);
	fail_semantic(b->e, index->at,
	    "an index of type %s; it must be an integer or a "
	    "string",
	    kql_type_name(index->type));
	return NULL;
}

static struct tx *
bind_scalar(struct binder *b, const struct expr *x)
{
	switch (x->kind) {
	case E_LITERAL:
		return bind_literal(b, x);
	case E_NAME:
		return bind_name(b, x);
	case E_CALL:
		return bind_call(b, x);
	case E_UNARY:
		return bind_unary(b, x);
	case E_BINARY:
		return bind_binary(b, x);
	case E_IN:
		return bind_in(b, x);
	case E_BETWEEN:
		return bind_between(b, x);
	case E_MEMBER:
		return bind_member(b, x);
	case E_INDEX:
		return bind_index(b, x);
	case E_STAR:
		fail_semantic(b->e, x->at,
		    "'*' stands where a value should; to count rows write "
		    "count()");
		return NULL;
	case E_ASSIGN:
		fail_semantic(b->e, x->at,
		    "'%.80s =' is an assignment; to compare write ==", x->text);
		return NULL;
	case E_METHOD:
		fail_semantic(
		    b->e, x->at, "there is no function '.%.80s()'", x->text);
		return NULL;
	case E_ORDER:
	case E_QUERY:
		break;
	}
	fail_semantic(b->e, x->at,
	    "a table stands where a value should; toscalar() makes one");
	return NULL;
}

struct tx *
bind_expr(struct binder *b, const struct expr *x)
{
	struct tx *y = bind_scalar(b, x);

	if (y == NULL || y->depth <= DEPTH_MAX)
		return y;
	fail_semantic(
	    b->e, x->at, "an expression deeper than %d calls", DEPTH_MAX);
	return NULL;
}

struct tx *
bind_bool(struct binder *b, const struct expr *x, const char *what)
{
	struct tx *y = bind_expr(b, x);

	if (y == NULL || y->type == KT_BOOL || y->type == KT_UNKNOWN)
		return y;
	fail_semantic(b->e, y->at, "%s needs a bool, not a value of type %s%s",
	    what, kql_type_name(y->type),
	    y->type == KT_DYNAMIC ? "; tobool() makes one" : "");
	return NULL;
}
