/* SPDX-License-Identifier: MIT */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "arena.h"
#include "buf.h"
#include "gz.h"
#include "json.h"
#include "kql/data/csv.h"
#include "kql/data/objects.h"
#include "kql/data/source.h"
#include "map.h"
#include "status.h"

struct source {
	enum source_format format;
	struct gz *in;
	char *path;
	struct csv csv;
	struct objects objects;
	struct map numbers; /* a column's name to its number from 1 */
	const char *names[SOURCE_COLUMNS_MAX];
	struct cell cells[SOURCE_COLUMNS_MAX];
	size_t ncolumns;
	int taken;        /* a row was taken, and it alone may be bad */
	struct arena all; /* names */
	struct arena row; /* the JSON tree of the row */
};

static int
separated(const struct source *s)
{
	return s->format == SOURCE_CSV || s->format == SOURCE_TSV;
}

long
source_line(const struct source *s)
{
	return separated(s) ? s->csv.line : s->objects.line;
}

const char *
source_name(const struct source *s)
{
	return s->path;
}

size_t
source_columns(const struct source *s)
{
	return s->ncolumns;
}

const char *
source_column(const struct source *s, size_t i)
{
	assert(i < s->ncolumns);
	return s->names[i];
}

const struct cell *
source_cell(const struct source *s, size_t i)
{
	assert(i < s->ncolumns);
	return &s->cells[i];
}

/* The number of a column, or -1. */
static int
source_find(const struct source *s, const char *name)
{
	return (int)(intptr_t)map_get(&s->numbers, name) - 1;
}

static int
bad(const struct source *s, const char *what, const char *name, struct err *e)
{
	return err_set(
	    e, ST_DATA, "%s:%ld: %s%s", s->path, source_line(s), what, name);
}

static int
add_column(struct source *s, const char *name, struct err *e)
{
	if (s->ncolumns == SOURCE_COLUMNS_MAX) {
		s->taken = 0;
		return bad(s, "more than 2000 columns", "", e);
	}
	s->names[s->ncolumns++] = arena_strdup(&s->all, name);
	map_put(&s->numbers, name, (void *)(intptr_t)s->ncolumns);
	return 0;
}

/* The first record names the columns. */
static int
read_header(struct source *s, struct err *e)
{
	int r = csv_next(&s->csv, e);

	if (r == -1)
		return -1;
	if (r == 0)
		return err_set(
		    e, ST_DATA, "%s: no line with column names", s->path);
	for (size_t i = 0; i < s->csv.n; i++) {
		const char *name = s->csv.fields[i].text;

		if (*name == '\0')
			return bad(s, "a column has no name", "", e);
		if (source_find(s, name) != -1)
			return bad(s, "two columns are named ", name, e);
		if (add_column(s, name, e) == -1)
			return -1;
	}
	return 0;
}

struct source *
source_open(const char *path, enum source_format format, struct err *e)
{
	struct gz *in = gz_open(path, e);
	struct source *s;

	if (in == NULL)
		return NULL;
	if ((s = calloc(1, sizeof(*s))) == NULL) {
		err_sys(e, ST_RETRY, "%s", path);
		gz_close(in);
		return NULL;
	}
	s->format = format;
	s->in = in;
	s->path = arena_strdup(&s->all, path);
	csv_init(&s->csv, in, s->path, format == SOURCE_TSV ? '\t' : ',');
	objects_init(&s->objects, in, s->path, format == SOURCE_JSON);
	if (separated(s) && read_header(s, e) == -1) {
		source_free(s);
		return NULL;
	}
	return s;
}

void
source_free(struct source *s)
{
	if (s == NULL)
		return;
	csv_fini(&s->csv);
	objects_fini(&s->objects);
	map_fini(&s->numbers);
	arena_fini(&s->all);
	arena_fini(&s->row);
	gz_close(s->in);
	free(s);
}

/* Was the record last taken cut short by the end of the file?  Then the rest
 * may be still to come. */
static int
last_is_torn(const struct source *s)
{
	return s->csv.torn && s->csv.view.head == s->csv.view.data.len;
}

static int
next_record(struct source *s, struct err *e)
{
	int r;

	do
		r = csv_next(&s->csv, e);
	while (r == 1 && s->csv.n == 1 && s->ncolumns > 1 &&
	    s->csv.fields[0].len == 0 && !s->csv.fields[0].quoted);
	if (r <= 0)
		return r;
	s->taken = 1;
	if (s->csv.n != s->ncolumns)
		return err_set(e, last_is_torn(s) ? ST_RETRY : ST_DATA,
		    "%s:%ld: %zu fields, the header %zu", s->path, s->csv.line,
		    s->csv.n, s->ncolumns);
	for (size_t i = 0; i < s->ncolumns; i++) {
		struct csv_field *f = &s->csv.fields[i];

		s->cells[i].kind = f->len > 0 ? CELL_TEXT : CELL_NULL;
		s->cells[i].text = f->text;
		s->cells[i].len = f->len;
	}
	return 1;
}

static void
json_cell(struct source *s, const struct json *v, struct cell *c)
{
	static const enum cell_kind kinds[] = { [JSON_NULL] = CELL_NULL,
		[JSON_FALSE] = CELL_BOOL,
		[JSON_TRUE] = CELL_BOOL,
		[JSON_NUMBER] = CELL_NUMBER,
		[JSON_STRING] = CELL_STRING,
		[JSON_ARRAY] = CELL_JSON,
		[JSON_OBJECT] = CELL_JSON };
	struct buf b = { 0 };

	c->kind = kinds[v->type];
	c->text = v->str;
	c->len = v->len;
	if (c->kind == CELL_BOOL) {
		c->text = v->type == JSON_TRUE ? "true" : "false";
		c->len = strlen(c->text);
	} else if (c->kind == CELL_JSON) {
		json_write(&b, v);
		c->text = arena_strndup(&s->row, b.data, b.len);
		c->len = b.len;
		buf_fini(&b);
	}
}

static int
next_object(struct source *s, struct err *e)
{
	const char *text;
	struct json *o;
	size_t n;
	int r, at;

	if ((r = objects_next(&s->objects, &text, &n, e)) <= 0)
		return r;
	s->taken = 1;
	arena_reset(&s->row);
	if ((o = json_parse(&s->row, text, n, e)) == NULL) {
		if (s->objects.torn)
			e->code = ST_RETRY;
		return err_wrap(e, "%s:%ld", s->path, s->objects.line);
	}
	memset(s->cells, 0, s->ncolumns * sizeof(*s->cells));
	for (const struct json *v = o->child; v != NULL; v = v->next) {
		if (*v->key == '\0')
			return bad(s, "a member has no name", "", e);
		if ((at = source_find(s, v->key)) == -1) {
			if (add_column(s, v->key, e) == -1)
				return -1;
			at = (int)s->ncolumns - 1;
		}
		json_cell(s, v, &s->cells[at]);
	}
	return 1;
}

int
source_next(struct source *s, struct err *e)
{
	s->taken = 0;
	return separated(s) ? next_record(s, e) : next_object(s, e);
}

int
source_skip(struct source *s)
{
	if (s->taken)
		return 0;
	return separated(s) ? csv_skip(&s->csv) : objects_skip(&s->objects);
}
