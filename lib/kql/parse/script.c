/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "kql/parse/parse.h"

/* with (folder = "x", docstring = "y", view = true): 0 or -1. */
static int
parse_properties(struct parser *p, struct function *f)
{
	const char *name;

	if (!take_word(p, "with"))
		return 0;
	if (need_punct(p, "(", "behind with") == -1)
		return -1;
	while (!take_punct(p, ")")) {
		if ((name = parse_name(p, "a property's name")) == NULL ||
		    need_punct(p, "=", "behind a property's name") == -1)
			return -1;
		if (p->t->kind != T_STRING && p->t->kind != T_LITERAL &&
		    p->t->kind != T_NAME)
			return fail_syntax(
			    p->e, p->t->at, "a property's value is a literal");
		if (strcmp(name, "view") == 0)
			f->view = p->t->n != 0;
		else if (strcmp(name, "folder") == 0)
			f->folder = p->t->text;
		else if (strcmp(name, "docstring") == 0)
			f->docstring = p->t->text;
		p->t++;
		if (!take_punct(p, ",") && !at_punct(p, ")"))
			return need_punct(p, ")", "behind the properties");
	}
	return 0;
}

/* .create, .create-or-alter or .alter, and the word function. */
static int
take_create(struct parser *p)
{
	if (!take_punct(p, "."))
		return 0;
	if (take_word(p, "create")) {
		if (take_punct(p, "-") &&
		    (!take_word(p, "or") || !take_punct(p, "-") ||
			!take_word(p, "alter")))
			return 0;
	} else if (!take_word(p, "alter")) {
		return 0;
	}
	return take_word(p, "function");
}

struct function *
parse_create(struct parser *p)
{
	struct function properties = { 0 }, *f;
	struct kql_at at = p->t->at;
	const char *name;

	if (!take_create(p)) {
		fail_syntax(
		    p->e, at, "'.create-or-alter function' was expected");
		return NULL;
	}
	if (p->t[1].kind == T_NAME)
		take_word(p, "ifnotexists");
	if (parse_properties(p, &properties) == -1 ||
	    (name = parse_name(p, "the function's name")) == NULL ||
	    (f = parse_function(p, name)) == NULL)
		return NULL;
	f->view |= properties.view;
	f->folder = properties.folder;
	f->docstring = properties.docstring;
	return f;
}

/* A text that is a function's body alone. */
static struct function *
parse_bare(struct parser *p, const char *name)
{
	struct function *f = arena_zalloc(p->arena, sizeof(*f));

	f->name = name;
	f->at = p->t->at;
	f->signature = "()";
	f->text = arena_printf(p->arena, "{%s}", p->text);
	return (f->body = parse_statements(p)) == NULL ? NULL : f;
}

struct function *
parse_script(struct arena *a, const char *text, const char *name, ticks now,
    struct kql_error *e)
{
	struct parser p = { .arena = a, .text = text, .e = e };
	struct function *first = NULL, **tail = &first;
	struct token *tokens;

	if (lex(a, text, now, &tokens, e) == 0)
		return NULL;
	p.t = tokens;
	do {
		if (at_punct(&p, "."))
			*tail = parse_create(&p);
		else if (first == NULL && at_function(&p))
			*tail = parse_function(&p, name);
		else if (first == NULL)
			*tail = parse_bare(&p, name);
		if (*tail == NULL)
			return NULL;
		tail = &(*tail)->next;
		while (take_punct(&p, ";"))
			continue;
	} while (at_punct(&p, "."));
	return p.t->kind == T_END ? first
				  : unexpected(&p, "the end of the function");
}
