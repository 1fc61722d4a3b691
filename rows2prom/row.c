/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "mem.h"
#include "row.h"
#include "scan.h"
#include "status.h"

/* A key with its quotes and colon, and the cell it is for (-1: none). */
struct row_key {
	char *text;
	size_t len;
	int cell;
};

size_t
row_want(struct row *r, const char *name)
{
	for (size_t i = 0; i < r->n; i++)
		if (strcmp(r->names[i], name) == 0)
			return i;
	r->cells =
	    mem_need(reallocarray(r->cells, r->n + 1, sizeof(*r->cells)));
	r->names =
	    mem_need(reallocarray(r->names, r->n + 1, sizeof(*r->names)));
	r->names[r->n] = name;
	return r->n++;
}

void
row_reset(struct row *r)
{
	for (size_t i = 0; i < r->cap; i++)
		free(r->order[i].text);
	free(r->order);
	r->order = NULL;
	r->norder = r->cap = r->n = 0;
	arena_reset(&r->a);
}

void
row_fini(struct row *r)
{
	row_reset(r);
	free(r->cells);
	free(r->names);
	arena_fini(&r->a);
	*r = (struct row){ 0 };
}

/* The cell that a key is for.  A first @ of two is no part of the name. */
static int
cell_of(const struct row *r, const char *key, size_t n)
{
	if (n > 1 && key[0] == '@' && key[1] == '@') {
		key++;
		n--;
	}
	for (size_t i = 0; i < r->n; i++)
		if (strlen(r->names[i]) == n &&
		    memcmp(r->names[i], key, n) == 0)
			return (int)i;
	return -1;
}

static inline int
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static inline const char *
digits(const char *s)
{
	if (!is_digit(*s))
		return NULL;
	while (is_digit(*s))
		s++;
	return s;
}

const char *
row_number_end(const char *s)
{
	s += *s == '-';
	if (*s == '0')
		s++;
	else if ((s = digits(s)) == NULL)
		return NULL;
	if (*s == '.' && (s = digits(s + 1)) == NULL)
		return NULL;
	if (*s == 'e' || *s == 'E') {
		s++;
		s = digits(s + (*s == '-' || *s == '+'));
	}
	return s;
}

/* One of JSON's three words; the line's NUL ends a comparison too far. */
static const char *
word(const char *s, const char *text, size_t n, enum cell_type type,
    struct cell *c)
{
	if (strncmp(s, text, n) != 0)
		return NULL;
	*c = (struct cell){ type, s, n };
	return s + n;
}

/* A plain value; returns where it ends, NULL if it is not plain. */
static const char *
value(const char *s, const char *end, struct cell *c)
{
	const char *to;

	switch (*s) {
	case '"':
		to = scan_plain(s + 1, end, 0x80);
		*c = (struct cell){ CELL_STRING, s + 1, (size_t)(to - s - 1) };
		return *to == '"' ? to + 1 : NULL;
	case 'n':
		return word(s, "null", 4, CELL_NULL, c);
	case 't':
		return word(s, "true", 4, CELL_BOOL, c);
	case 'f':
		return word(s, "false", 5, CELL_BOOL, c);
	default:
		if ((to = row_number_end(s)) != NULL)
			*c = (struct cell){ CELL_NUMBER, s, (size_t)(to - s) };
		return to;
	}
}

/* Other writers of JSON put blanks behind colons and commas. */
static inline const char *
blanks(const char *s)
{
	while (*s == ' ')
		s++;
	return s;
}

/* Learn the i-th key, at s.  Returns where it ends, NULL if not plain. */
static const char *
learn(struct row *r, size_t i, const char *s, const char *end)
{
	const char *to;
	struct row_key *k;

	if (*s != '"')
		return NULL;
	to = scan_plain(s + 1, end, 0x80);
	if (*to != '"' || to[1] != ':')
		return NULL;
	if (i == r->cap) {
		r->order =
		    mem_need(reallocarray(r->order, i + 1, sizeof(*r->order)));
		r->order[r->cap++].text = NULL;
	}
	k = &r->order[i];
	k->len = (size_t)(to + 2 - s);
	k->text = mem_need(reallocarray(k->text, k->len, 1));
	memcpy(k->text, s, k->len);
	k->cell = cell_of(r, s + 1, k->len - 3);
	r->norder = i + 1;
	return to + 2;
}

static inline int
is_key(const struct row_key *k, const char *s, const char *end)
{
	return (size_t)(end - s) > k->len && memcmp(s, k->text, k->len) == 0;
}

/* Read a plain row.  Returns 0, or -1 when it is not plain. */
static int
read_plain(struct row *r, const char *s, const char *end)
{
	struct cell c;

	if (*s++ != '{')
		return -1;
	for (size_t i = 0;; i++) {
		if (i < r->norder && is_key(&r->order[i], s, end))
			s += r->order[i].len;
		else if ((s = learn(r, i, s, end)) == NULL)
			return -1;
		if ((s = value(blanks(s), end, &c)) == NULL)
			return -1;
		if (r->order[i].cell >= 0)
			r->cells[r->order[i].cell] = c;
		s = blanks(s);
		if (*s == '}')
			return s + 1 == end ? 0 : -1;
		if (*s++ != ',')
			return -1;
		s = blanks(s);
	}
}

/* Take a member of a row that was not plain. */
static void
take(struct row *r, const struct json *m)
{
	int i = cell_of(r, m->key, strlen(m->key));
	struct buf b = { 0 };
	struct cell *c;

	if (i == -1)
		return;
	c = &r->cells[i];
	*c = (struct cell){ CELL_JSON, m->str, m->len };
	switch (m->type) {
	case JSON_NULL:
		c->type = CELL_NULL;
		return;
	case JSON_FALSE:
	case JSON_TRUE:
		c->type = CELL_BOOL;
		c->s = m->type == JSON_TRUE ? "true" : "false";
		c->n = strlen(c->s);
		return;
	case JSON_NUMBER:
		c->type = CELL_NUMBER;
		return;
	case JSON_STRING:
		c->type = CELL_STRING;
		return;
	case JSON_ARRAY:
	case JSON_OBJECT:
		break;
	}
	json_write(&b, m);
	c->s = arena_strndup(&r->a, b.data, b.len);
	c->n = b.len;
	buf_fini(&b);
}

static void
clear(struct row *r)
{
	for (size_t i = 0; i < r->n; i++)
		r->cells[i].type = CELL_ABSENT;
}

int
row_read(struct row *r, const char *line, size_t n, struct err *e)
{
	const struct json *j;

	/* Cells of a row that turns out not to be plain are dropped again. */
	clear(r);
	if (read_plain(r, line, line + n) == 0)
		return 0;
	clear(r);
	arena_reset(&r->a);
	if ((j = json_parse(&r->a, line, n, e)) == NULL)
		return -1;
	if (j->type != JSON_OBJECT)
		return err_set(e, ST_DATA, "not a JSON object");
	for (const struct json *m = j->child; m != NULL; m = m->next)
		take(r, m);
	return 0;
}
