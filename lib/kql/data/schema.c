/* SPDX-License-Identifier: MIT */
#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "arena.h"
#include "kql/data/schema.h"
#include "status.h"

/* Reads schema text by name and place. */
struct reader {
	const char *name; /* of the file */
	const char *at;
	long line;
	struct arena *a;
	struct err *e;
};

static int
bad(struct reader *r, const char *what)
{
	return err_set(r->e, ST_CONFIG, "%s:%ld: %s", r->name, r->line, what);
}

static void
blanks(struct reader *r)
{
	for (; isspace((unsigned char)*r->at); r->at++)
		r->line += *r->at == '\n';
}

/* ['odd name'] or ["odd name"], behind the bracket. */
static const char *
quoted_name(struct reader *r)
{
	char quote = *r->at;
	const char *end = NULL, *name;

	if (quote == '\'' || quote == '"')
		end = strchr(r->at + 1, quote);
	if (end == NULL || end[1] != ']') {
		bad(r, "a name in brackets needs quotes: ['name']");
		return NULL;
	}
	name = arena_strndup(r->a, r->at + 1, (size_t)(end - r->at - 1));
	r->at = end + 2;
	return name;
}

static const char *
word(struct reader *r)
{
	const char *from = r->at;

	while (isalnum((unsigned char)*r->at) || *r->at == '_' ||
	    *r->at == '-' || *r->at == ' ' || (unsigned char)*r->at >= 0x80)
		r->at++;
	while (r->at > from && r->at[-1] == ' ')
		r->at--;
	return arena_strndup(r->a, from, (size_t)(r->at - from));
}

static int
read_column(struct reader *r, struct kql_column *c)
{
	const char *type;

	blanks(r);
	if (*r->at == '[') {
		r->at++;
		c->name = quoted_name(r);
	} else {
		c->name = word(r);
	}
	if (c->name == NULL)
		return -1;
	blanks(r);
	if (*c->name == '\0' || *r->at != ':')
		return bad(r, "no Name:type");
	r->at++;
	blanks(r);
	type = word(r);
	if ((c->type = kql_type_find(type)) == KT_NONE)
		return err_set(r->e, ST_CONFIG, "%s:%ld: no type \"%s\"",
		    r->name, r->line, type);
	blanks(r);
	return 0;
}

static int
named_before(const struct schema *t, size_t i)
{
	for (size_t k = 0; k < i; k++)
		if (strcmp(t->columns[k].name, t->columns[i].name) == 0)
			return 1;
	return 0;
}

/* How many columns the text can have at most. */
static size_t
count_columns(const char *text)
{
	size_t n = 1;

	for (; *text != '\0'; text++)
		n += *text == ',';
	return n;
}

void
schema_init(struct schema *t, size_t n, struct arena *a)
{
	t->columns = arena_zalloc(a, (n + 1) * sizeof(*t->columns));
	t->n = n;
}

int
schema_parse(struct schema *t, const char *name, const char *text,
    struct arena *a, struct err *e)
{
	struct reader r = { name, text, 1, a, e };
	int paren;

	schema_init(t, count_columns(text), a);
	t->n = 0;
	blanks(&r);
	paren = *r.at == '(';
	r.at += paren;
	do {
		if (read_column(&r, &t->columns[t->n]) == -1)
			return -1;
		if (named_before(t, t->n))
			return err_set(e, ST_CONFIG,
			    "%s:%ld: two columns are named %s", name, r.line,
			    t->columns[t->n].name);
		t->n++;
	} while (*r.at == ',' && r.at++);
	if (paren && *r.at++ != ')')
		return bad(&r, "the parenthesis is not closed");
	blanks(&r);
	if (*r.at != '\0')
		return bad(&r, "no comma between columns");
	schema_name(t, a);
	return 0;
}

void
schema_quote(struct buf *b, const char *name)
{
	buf_putc(b, '"');
	for (; *name != '\0'; name++) {
		if (*name == '"')
			buf_putc(b, '"');
		buf_putc(b, *name);
	}
	buf_putc(b, '"');
}

void
schema_name(struct schema *t, struct arena *a)
{
	struct buf b = { 0 };

	for (size_t i = 0; i < t->n; i++) {
		const char *name = t->columns[i].name;

		for (size_t k = 0; k < i; k++)
			if (strcasecmp(t->columns[k].name, name) == 0)
				name = arena_printf(a, "c%zu:%s", i, name);
		buf_reset(&b);
		schema_quote(&b, name);
		t->columns[i].sql = arena_strndup(a, b.data, b.len);
	}
	buf_fini(&b);
}
