/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "gz.h"
#include "kql/data/csv.h"
#include "kql/data/source.h"
#include "kql/fn/fn.h"
#include "kql/fn/table.h"

/* A row of a file: the texts of its columns, NULL where it has none. */
struct line {
	struct line *next;
	const char *text[FN_TABLE_COLUMNS];
	size_t len[FN_TABLE_COLUMNS];
};

struct external {
	struct arena *arena;
	struct line *first, **tail, *at;
	const char *names[FN_TABLE_COLUMNS];
	int ncolumns;
	int skip;
};

static struct line *
add_line(struct external *x)
{
	struct line *l = arena_zalloc(x->arena, sizeof(*l));

	*x->tail = l;
	x->tail = &l->next;
	return l;
}

static void
put(struct external *x, struct line *l, int k, const char *s, size_t n)
{
	l->text[k] = arena_strndup(x->arena, s, n);
	l->len[k] = n;
}

static int
read_separated(struct external *x, const char *path, char sep)
{
	struct gz *in;
	struct err e;
	struct csv c;
	struct line *l;
	int r, skip = x->skip;

	if ((in = gz_open(path, &e)) == NULL)
		return -1;
	csv_init(&c, in, path, sep);
	while ((r = csv_next(&c, &e)) == 1) {
		if (skip-- > 0)
			continue;
		l = add_line(x);
		for (size_t i = 0; i < c.n && (int)i < x->ncolumns; i++)
			put(x, l, (int)i, c.fields[i].text, c.fields[i].len);
	}
	csv_fini(&c);
	gz_close(in);
	return r;
}

/* All of a file. */
static int
read_all(struct buf *b, const char *path)
{
	struct gz *in;
	struct err e;
	char chunk[65536];
	size_t got = 1;
	int r = 0;

	if ((in = gz_open(path, &e)) == NULL)
		return -1;
	while (r == 0 && got > 0)
		if ((r = gz_read(in, chunk, sizeof(chunk), &got, &e)) == 0)
			buf_add(b, chunk, got);
	gz_close(in);
	return r;
}

static int
read_text(struct external *x, const char *path, int whole)
{
	struct buf b = { 0 };
	const char *s, *end, *stop;
	int r = read_all(&b, path), skip = x->skip;
	size_t n;

	s = buf_str(&b);
	stop = s + b.len;
	while (r == 0 && s < stop) {
		end = whole ? NULL : memchr(s, '\n', (size_t)(stop - s));
		n = (size_t)((end == NULL ? stop : end) - s);
		if (skip-- <= 0)
			put(x, add_line(x), 0, s,
			    n > 0 && !whole && s[n - 1] == '\r' ? n - 1 : n);
		s += n + 1;
	}
	buf_fini(&b);
	return r;
}

/* Is the file an array, and not an object a line? */
static int
is_array(const char *path)
{
	struct gz *in;
	struct err e;
	char text[256] = "";
	size_t got = 0;

	if ((in = gz_open(path, &e)) == NULL)
		return 0;
	gz_read(in, text, sizeof(text) - 1, &got, &e);
	gz_close(in);
	return text[strspn(text, "\357\273\277 \t\r\n")] == '[';
}

static int
read_objects(struct external *x, const char *path)
{
	struct err e;
	struct source *s =
	    source_open(path, is_array(path) ? SOURCE_JSON : SOURCE_JSONL, &e);
	const struct cell *c;
	struct line *l;
	int r = -1;

	while (s != NULL && (r = source_next(s, &e)) == 1) {
		l = add_line(x);
		for (int k = 0; k < x->ncolumns; k++) {
			for (size_t i = 0; i < source_columns(s); i++) {
				if (strcmp(source_column(s, i), x->names[k]) !=
				    0)
					continue;
				c = source_cell(s, i);
				if (c->kind != CELL_NULL)
					put(x, l, k, c->text, c->len);
			}
		}
	}
	source_free(s);
	return r;
}

static int
read_file(struct external *x, const char *format, const char *path)
{
	if (strcmp(format, "csv") == 0)
		return read_separated(x, path, ',');
	if (strcmp(format, "tsv") == 0)
		return read_separated(x, path, '\t');
	if (strcmp(format, "txt") == 0 || strcmp(format, "raw") == 0)
		return read_text(x, path, *format == 'r');
	return read_objects(x, path);
}

static void *
open(
    struct arena *a, void **kept, int n, sqlite3_value **args, const char **why)
{
	struct external *x = arena_zalloc(a, sizeof(*x));
	int files = sqlite3_value_int(args[1]);
	size_t len;

	(void)kept;
	x->arena = a;
	x->tail = &x->first;
	x->skip = sqlite3_value_int(args[0]);
	for (int i = 2 + 2 * files; i < n; i++)
		x->names[x->ncolumns++] =
		    arena_strdup(a, fn_str(args[i], &len));
	for (int i = 0; i < files; i++) {
		if (read_file(x, fn_str(args[2 + 2 * i], &len),
			fn_str(args[3 + 2 * i], &len)) == 0)
			continue;
		*why = "a file of externaldata cannot be read as its format";
		return NULL;
	}
	return x;
}

static int
next(void *state)
{
	struct external *x = state;

	x->at = x->at == NULL ? x->first : x->at->next;
	return x->at != NULL;
}

static void
column(void *state, int k, sqlite3_context *out)
{
	struct external *x = state;

	if (k < 0)
		return;
	if (x->at->text[k] == NULL)
		fn_text(out, "", 0);
	else
		fn_text(out, x->at->text[k], x->at->len[k]);
}

const struct fn_table fn_external = { "kql_external", open, NULL, next,
	column };
