/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>

#include "kql/bind/bind.h"
#include "kql/parse/parse.h"

static void
note_bad(struct binder *b, struct stored *s, const char *file,
    const struct kql_error *why)
{
	struct bad_script *bad = arena_zalloc(b->arena, sizeof(*bad));
	char *place;

	bad->file = arena_strdup(b->arena, file);
	bad->why = *why;
	if ((place = strstr(bad->why.message, " [line:position=")) != NULL)
		*place = '\0';
	bad->next = s->bad;
	s->bad = bad;
}

/* A function of a name that another has already counts too: as a command
 * would, the later one stands. */
static void
define(struct binder *b, struct stored *s, const char *file,
    const struct function *f)
{
	struct stored_function *g = arena_zalloc(b->arena, sizeof(*g));
	struct stored_function **tail = &s->functions;
	struct kql_error why;

	if (builtin_find(kql_functions, f->name) != NULL ||
	    builtin_find(kql_aggregates, f->name) != NULL) {
		fail_semantic(&why, f->at,
		    "'%.80s' is a built-in function's name", f->name);
		note_bad(b, s, file, &why);
		return;
	}
	g->let.name = f->name;
	g->let.function = f;
	g->let.file = arena_strdup(b->arena, file);
	g->let.database = s->database;
	g->let.view = f->view;
	while (*tail != NULL && strcmp((*tail)->let.name, f->name) != 0)
		tail = &(*tail)->next;
	if (*tail != NULL)
		g->next = (*tail)->next;
	*tail = g;
}

static void
read_script(struct binder *b, struct stored *s, const struct kql_script *t)
{
	struct kql_error why;
	const char *text = arena_strndup(b->arena, t->text, t->len);
	struct function *f = NULL;

	if (strlen(text) != t->len)
		fail_syntax(&why, (struct kql_at){ 1, 1 },
		    "the file has NUL bytes in it");
	else
		f = parse_script(b->arena, text,
		    arena_strdup(b->arena, t->stem), b->now, &why);
	if (f == NULL)
		note_bad(b, s, t->file, &why);
	for (; f != NULL; f = f->next)
		define(b, s, t->file, f);
}

const struct stored *
stored_of(struct binder *b, int database)
{
	const struct kql_script *t = NULL;
	struct kql_error why;
	struct stored *s;
	struct err err;
	int r = 1;

	for (s = b->stored; s != NULL; s = s->next)
		if (s->database == database)
			return s;
	s = arena_zalloc(b->arena, sizeof(*s));
	s->database = database;
	s->next = b->stored;
	b->stored = s;
	for (size_t i = 0; database >= 0 && r != 0; i++) {
		r = store_script(b->store, database, i, &t, &err);
		if (r == 1)
			read_script(b, s, t);
		if (r != -1)
			continue;
		fail_data(&why, (struct kql_at){ 0, 0 }, &err);
		note_bad(b, s, t == NULL ? "" : t->file, &why);
		r = t != NULL;
		t = NULL;
	}
	return s;
}

struct let *
find_stored(struct binder *b, int database, const char *name)
{
	struct stored_function *f = stored_of(b, database)->functions;

	while (f != NULL && strcmp(f->let.name, name) != 0)
		f = f->next;
	return f == NULL ? NULL : &f->let;
}

const char *
stored_trouble(struct binder *b, int database)
{
	const struct bad_script *bad = stored_of(b, database)->bad;

	if (bad == NULL)
		return "";
	return arena_printf(b->arena, "; %.80s:%d:%d cannot be read: %.300s",
	    bad->file, bad->why.line, bad->why.column, bad->why.message);
}
