/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "kql/parse/parse.h"

#define STATEMENTS_MAX 5000

static int
is_punct(const struct token *t, const char *text)
{
	return t->kind == T_PUNCT && strcmp(t->text, text) == 0;
}

/* A literal, maybe with a sign: what a parameter or an option may be. */
static struct expr *
parse_constant(struct parser *p)
{
	struct kql_at at = p->t->at;
	struct expr *x = parse_unary(p);

	if (x == NULL || x->kind == E_LITERAL ||
	    (x->kind == E_UNARY && x->args->kind == E_LITERAL))
		return x;
	fail_syntax(p->e, at, "a literal was expected");
	return NULL;
}

struct expr *
parse_value(struct arena *a, const char *text, ticks now, struct kql_error *e)
{
	struct parser p = { .arena = a, .text = text, .e = e };
	struct token *tokens;
	struct expr *x;

	if (lex(a, text, now, &tokens, e) == 0)
		return NULL;
	p.t = tokens;
	if ((x = parse_constant(&p)) == NULL)
		return NULL;
	return p.t->kind == T_END ? x : unexpected_more(&p);
}

/* T:(*) or T:(x:long, ...); p stands at the parenthesis. */
static int
parse_tabular(struct parser *p, struct parameter *q)
{
	if (is_punct(&p->t[1], "*")) {
		p->t += 2;
		return need_punct(p, ")", "behind '*'");
	}
	return parse_schema(p, &q->columns);
}

static struct parameter *
parse_parameter(struct parser *p)
{
	struct parameter *q = arena_zalloc(p->arena, sizeof(*q));

	q->at = p->t->at;
	if ((q->name = parse_name(p, "a parameter's name")) == NULL ||
	    need_punct(p, ":", "behind a parameter's name") == -1)
		return NULL;
	if (at_punct(p, "("))
		return parse_tabular(p, q) == -1 ? NULL : q;
	if (p->t->kind == T_NAME)
		q->type = kql_type_find(p->t->text);
	if (q->type == KT_NONE)
		return unexpected(p, "a type");
	p->t++;
	if (take_punct(p, "=") && (q->value = parse_constant(p)) == NULL)
		return NULL;
	return q;
}

/* (a:long, b:string = "x"), the parentheses too; 0 or -1. */
static int
parse_parameters(struct parser *p, struct parameter **list)
{
	struct parameter **tail = list;

	if (need_punct(p, "(", "in front of the parameters") == -1)
		return -1;
	if (take_punct(p, ")"))
		return 0;
	do {
		if ((*tail = parse_parameter(p)) == NULL)
			return -1;
		tail = &(*tail)->next;
	} while (take_punct(p, ","));
	return need_punct(p, ")", "behind the parameters");
}

int
at_function(const struct parser *p)
{
	const struct token *t = p->t;
	int depth = 0;

	if (t->kind == T_NAME && strcmp(t->text, "view") == 0)
		t++;
	if (!is_punct(t, "("))
		return 0;
	for (; t->kind != T_END && !is_punct(t, ";"); t++) {
		depth += is_punct(t, "(") - is_punct(t, ")");
		if (depth == 0)
			return is_punct(&t[1], "{");
	}
	return 0;
}

/* The text from a token up to the last that was taken. */
static const char *
written(struct parser *p, const struct token *from)
{
	return arena_strndup(
	    p->arena, p->text + from->from, p->t[-1].to - from->from);
}

struct function *
parse_function(struct parser *p, const char *name)
{
	struct function *f = arena_zalloc(p->arena, sizeof(*f));
	const struct token *from;

	f->name = name;
	f->at = p->t->at;
	f->view = take_word(p, "view");
	from = p->t;
	if (parse_parameters(p, &f->parameters) == -1)
		return NULL;
	f->signature = written(p, from);
	from = p->t;
	if (need_punct(p, "{", "in front of a function's body") == -1 ||
	    enter(p) == -1 || (f->body = parse_statements(p)) == NULL ||
	    need_punct(p, "}", "behind a function's body") == -1)
		return NULL;
	f->text = written(p, from);
	leave(p);
	return f;
}

static struct statement *
parse_let(struct parser *p, struct statement *s)
{
	s->kind = S_LET;
	if ((s->name = parse_name(p, "a name behind let")) == NULL)
		return NULL;
	if (need_punct(p, "=", "behind the name of let") == -1)
		return NULL;
	if (at_function(p))
		s->function = parse_function(p, s->name);
	else
		s->query = parse_query(p);
	return s->function == NULL && s->query == NULL ? NULL : s;
}

/* set name [= value] */
static struct statement *
parse_set(struct parser *p, struct statement *s)
{
	s->kind = S_SET;
	if ((s->name = parse_name(p, "a name behind set")) == NULL)
		return NULL;
	if (!take_punct(p, "="))
		return s;
	if (at_name(p)) { /* a word is as good as a string */
		s->value = expr_new(p, E_NAME, p->t->at);
		s->value->text = parse_name(p, "a value");
	} else {
		s->value = parse_constant(p);
	}
	return s->value == NULL ? NULL : s;
}

static struct statement *
parse_declare(struct parser *p, struct statement *s)
{
	s->kind = S_DECLARE;
	if (take_word(p, "query_parameters")) {
		if (parse_parameters(p, &s->parameters) == -1)
			return NULL;
		for (const struct parameter *q = s->parameters; q != NULL;
		     q = q->next)
			if (q->type == KT_NONE) {
				fail_syntax(p->e, q->at,
				    "a query's parameter is no table");
				return NULL;
			}
		return s;
	}
	fail_unsupported(p->e, s->at, "statement 'declare %s'", p->t->text);
	return NULL;
}

/* alias database D = cluster('c').database('d') */
static struct statement *
parse_alias(struct parser *p, struct statement *s)
{
	s->kind = S_ALIAS;
	if (need_word(p, "database", "behind alias") == -1 ||
	    (s->name = parse_name(p, "a database's name")) == NULL ||
	    need_punct(p, "=", "behind the name of alias") == -1 ||
	    (s->value = parse_unary(p)) == NULL)
		return NULL;
	return s;
}

/* Does the statement start with that word, and is it no table's name? */
static int
take_statement(struct parser *p, const char *word)
{
	return p->t[1].kind == T_NAME && take_word(p, word);
}

static struct statement *
parse_statement(struct parser *p)
{
	struct statement *s = arena_zalloc(p->arena, sizeof(*s));

	s->at = p->t->at;
	s->name = "";
	if (take_word(p, "let"))
		return parse_let(p, s);
	if (take_statement(p, "set"))
		return parse_set(p, s);
	if (take_statement(p, "declare"))
		return parse_declare(p, s);
	if (take_statement(p, "alias"))
		return parse_alias(p, s);
	if (at_word(p, "restrict") && p->t[1].kind == T_NAME) {
		fail_unsupported(
		    p->e, p->t->at, "statement 'restrict %s'", p->t[1].text);
		return NULL;
	}
	if (at_punct(p, ".") &&
	    !at_word(&(struct parser){ .t = &p->t[1] }, "show")) {
		s->kind = S_CREATE;
		return (s->function = parse_create(p)) == NULL ? NULL : s;
	}
	s->kind = S_QUERY;
	return (s->query = parse_query(p)) == NULL ? NULL : s;
}

struct statement *
parse_statements(struct parser *p)
{
	struct statement *first = NULL, **tail = &first;
	int n = 0;

	if (p->t->kind == T_END)
		return unexpected(p, "a query");
	do {
		if ((p->t->kind == T_END || at_punct(p, "}")) && first != NULL)
			break;
		if (n++ == STATEMENTS_MAX)
			return unexpected(p, "the end of so many statements");
		if ((*tail = parse_statement(p)) == NULL)
			return NULL;
		tail = &(*tail)->next;
	} while (take_punct(p, ";"));
	return first;
}
