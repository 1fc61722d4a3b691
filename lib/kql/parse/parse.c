/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>

#include "kql/parse/parse.h"

#define DEPTH_MAX 100 /* nested parentheses */

static const char *const reserved[] = { "and", "or", "by", "asc", "desc",
	"nulls", "first", "last", "in", "in~", "between", "has", "has_cs",
	"has_any", "has_all", "hasprefix", "hasprefix_cs", "hassuffix",
	"hassuffix_cs", "contains", "contains_cs", "startswith",
	"startswith_cs", "endswith", "endswith_cs", "matches", "let", NULL };

int
at_punct(const struct parser *p, const char *text)
{
	return p->t->kind == T_PUNCT && strcmp(p->t->text, text) == 0;
}

int
at_word(const struct parser *p, const char *text)
{
	return p->t->kind == T_NAME && strcmp(p->t->text, text) == 0;
}

int
take_punct(struct parser *p, const char *text)
{
	if (!at_punct(p, text))
		return 0;
	p->t++;
	return 1;
}

int
take_word(struct parser *p, const char *text)
{
	if (!at_word(p, text))
		return 0;
	p->t++;
	return 1;
}

void *
unexpected(const struct parser *p, const char *wanted)
{
	if (p->t->kind == T_END)
		fail_syntax(p->e, p->t->at,
		    "the query ends where %s was expected", wanted);
	else
		fail_syntax(p->e, p->t->at, "'%.80s' where %s was expected%s",
		    p->t->text, wanted,
		    at_punct(p, "=") ? "; to compare write ==" : "");
	return NULL;
}

int
need_punct(struct parser *p, const char *text, const char *what)
{
	char wanted[128];

	if (take_punct(p, text))
		return 0;
	snprintf(wanted, sizeof(wanted), "'%s' %s", text, what);
	unexpected(p, wanted);
	return -1;
}

int
need_word(struct parser *p, const char *text, const char *what)
{
	char wanted[128];

	if (take_word(p, text))
		return 0;
	snprintf(wanted, sizeof(wanted), "'%s' %s", text, what);
	unexpected(p, wanted);
	return -1;
}

int
enter(struct parser *p)
{
	if (++p->depth > DEPTH_MAX)
		return fail_syntax(
		    p->e, p->t->at, "nested deeper than %d levels", DEPTH_MAX);
	return 0;
}

void
leave(struct parser *p)
{
	p->depth--;
}

static int
is_reserved(const char *name)
{
	for (int i = 0; reserved[i] != NULL; i++)
		if (strcmp(reserved[i], name) == 0)
			return 1;
	return 0;
}

/* ['name'] with the tokens that make it. */
static int
at_bracketed(const struct parser *p)
{
	return at_punct(p, "[") && p->t[1].kind == T_STRING &&
	    p->t[2].kind == T_PUNCT && strcmp(p->t[2].text, "]") == 0;
}

int
at_name(const struct parser *p)
{
	return at_bracketed(p) ||
	    (p->t->kind == T_NAME && !is_reserved(p->t->text));
}

const char *
parse_name(struct parser *p, const char *what)
{
	const struct token *t = p->t;

	if (at_bracketed(p)) {
		p->t += 3;
		return t[1].text;
	}
	if (t->kind != T_NAME)
		return unexpected(p, what);
	if (is_reserved(t->text)) {
		fail_syntax(p->e, t->at,
		    "'%s' is a keyword; as a name write ['%s']", t->text,
		    t->text);
		return NULL;
	}
	p->t++;
	return t->text;
}

struct expr *
expr_new(struct parser *p, enum expr_kind kind, struct kql_at at)
{
	struct expr *x = arena_zalloc(p->arena, sizeof(*x));

	x->kind = kind;
	x->at = at;
	x->text = "";
	return x;
}

static struct statement *
parse_let(struct parser *p, struct statement *s)
{
	s->kind = S_LET;
	if ((s->name = parse_name(p, "a name behind let")) == NULL)
		return NULL;
	if (need_punct(p, "=", "behind the name of let") == -1)
		return NULL;
	if (at_word(p, "view") ||
	    (at_punct(p, "(") && (p->t[1].kind == T_NAME) &&
		strcmp(p->t[2].text, ":") == 0) ||
	    (at_punct(p, "(") && strcmp(p->t[1].text, ")") == 0)) {
		fail_unsupported(p->e, p->t->at,
		    "let %s defines a function; functions of one's own are "
		    "not supported",
		    s->name);
		return NULL;
	}
	if ((s->query = parse_query(p)) == NULL)
		return NULL;
	return s;
}

/* set name [= value]: options of the service; nothing here depends on them. */
static struct statement *
parse_set(struct parser *p, struct statement *s)
{
	s->kind = S_SET;
	if ((s->name = parse_name(p, "a name behind set")) == NULL)
		return NULL;
	if (!take_punct(p, "="))
		return s;
	if (p->t->kind != T_LITERAL && p->t->kind != T_STRING &&
	    p->t->kind != T_NAME && p->t->kind != T_DYNAMIC)
		return unexpected(p, "a value");
	p->t++;
	return s;
}

static struct statement *
parse_statement(struct parser *p)
{
	static const char *const others[] = { "declare", "alias", "pattern",
		"restrict", NULL };
	struct statement *s = arena_zalloc(p->arena, sizeof(*s));

	s->at = p->t->at;
	s->name = "";
	if (take_word(p, "let"))
		return parse_let(p, s);
	if (at_word(p, "set") && p->t[1].kind == T_NAME) {
		p->t++;
		return parse_set(p, s);
	}
	for (int i = 0; others[i] != NULL; i++) {
		if (at_word(p, others[i]) && p->t[1].kind == T_NAME) {
			fail_unsupported(p->e, p->t->at, "statement '%s %s'",
			    others[i], p->t[1].text);
			return NULL;
		}
	}
	if (at_punct(p, ".")) {
		fail_unsupported(p->e, p->t->at, "management commands");
		return NULL;
	}
	s->kind = S_QUERY;
	return (s->query = parse_query(p)) == NULL ? NULL : s;
}

struct statement *
parse(struct arena *a, const char *text, ticks now, struct kql_error *e)
{
	struct parser p = { .arena = a, .e = e };
	struct statement *first = NULL, **tail = &first;
	struct token *tokens;

	if (lex(a, text, now, &tokens, e) == 0)
		return NULL;
	for (p.t = tokens; p.t->kind != T_END;) {
		if (take_punct(&p, ";"))
			continue;
		if ((*tail = parse_statement(&p)) == NULL)
			return NULL;
		tail = &(*tail)->next;
		if (p.t->kind != T_END && !at_punct(&p, ";"))
			return unexpected(&p, "an operator or the end");
	}
	return first != NULL ? first : unexpected(&p, "a query");
}
