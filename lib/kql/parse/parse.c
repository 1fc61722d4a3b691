/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>

#include "kql/parse/parse.h"

#define DEPTH_MAX 100 /* nested parentheses */

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
		    at_punct(p, "=") && strchr(wanted, ')') != NULL
			? "; to compare write =="
			: at_punct(p, "[")
			? "; an array is dynamic([...]), a list (...)"
			: "");
	return NULL;
}

void *
unexpected_more(struct parser *p)
{
	if (p->t->kind == T_END)
		return unexpected(p, "more");
	fail_syntax(p->e, p->t->at,
	    "'%.80s' where an operator or the end was expected%s", p->t->text,
	    hint_behind(p, p->t->from == 0));
	return NULL;
}

/* Whether what has to stand here did. */
static int
need(struct parser *p, int taken, const char *text, const char *what)
{
	char wanted[128];

	if (taken)
		return 0;
	snprintf(wanted, sizeof(wanted), "'%s' %s", text, what);
	unexpected(p, wanted);
	return -1;
}

int
need_punct(struct parser *p, const char *text, const char *what)
{
	return need(p, take_punct(p, text), text, what);
}

int
need_word(struct parser *p, const char *text, const char *what)
{
	return need(p, take_word(p, text), text, what);
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

/* ['name'] with the tokens that make it. */
static int
at_bracketed(const struct parser *p)
{
	return at_punct(p, "[") && p->t[1].kind == T_STRING &&
	    p->t[2].kind == T_PUNCT && strcmp(p->t[2].text, "]") == 0;
}

/* {name}, which a client is to put a text in place of. */
static int
at_placeholder(const struct parser *p)
{
	return at_punct(p, "{") && p->t[1].kind == T_NAME &&
	    p->t[2].kind == T_PUNCT && strcmp(p->t[2].text, "}") == 0 &&
	    p->t[0].to == p->t[1].from && p->t[1].to == p->t[2].from;
}

int
at_name(const struct parser *p)
{
	return at_bracketed(p) || at_placeholder(p) ||
	    (p->t->kind == T_NAME && !is_keyword(p->t->text) &&
		!is_soft_keyword(p->t->text));
}

const char *
parse_name(struct parser *p, const char *what)
{
	const struct token *t = p->t;

	if (at_bracketed(p)) {
		p->t += 3;
		return t[1].text;
	}
	if (at_placeholder(p)) {
		p->t += 3;
		return arena_printf(p->arena, "{%s}", t[1].text);
	}
	if (t->kind != T_NAME)
		return unexpected(p, what);
	if (is_keyword(t->text)) {
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

struct statement *
parse(struct arena *a, const char *text, ticks now, struct kql_error *e)
{
	struct parser p = { .arena = a, .e = e };
	struct statement *s;
	struct token *tokens;

	if (check_command(text, e) == -1 || lex(a, text, now, &tokens, e) == 0)
		return NULL;
	p.t = tokens;
	p.text = text;
	if ((s = parse_statements(&p)) == NULL)
		return NULL;
	return p.t->kind == T_END ? s : unexpected_more(&p);
}
