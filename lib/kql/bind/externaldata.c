/* SPDX-License-Identifier: MIT */
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "kql/bind/bind.h"
#include "kql/fn/table.h"

#define FILES_MAX 50

/* What is read, and how. */
struct external {
	struct binder *b;
	const struct op *op;
	const char *format; /* NULL: as the file's name ends */
	int skip;           /* the first record */
	struct tx *args[FN_TABLE_ARGS];
	size_t n;
};

static int
read_properties(struct external *x)
{
	const struct expr *v;

	for (const struct param *p = x->op->params; p != NULL; p = p->next) {
		v = p->value;
		if (strcmp(p->name, "format") == 0)
			x->format = v->text;
		else if (strcmp(p->name, "ignoreFirstRecord") == 0)
			x->skip = v->kind == E_LITERAL && v->type == KT_BOOL
			    ? v->n != 0
			    : strcasecmp(v->text, "true") == 0;
		else
			return fail_unsupported(x->b->e, p->at,
			    "property '%.80s' of externaldata", p->name);
	}
	return 0;
}

/* The format by the end of a file's name. */
static const char *
format_of(struct binder *b, const char *path)
{
	static const char *const endings[][2] = { { ".tsv", "tsv" },
		{ ".txt", "txt" }, { ".json", "multijson" },
		{ ".jsonl", "json" } };
	size_t n = strlen(path), k;
	const char *name = path;

	if (n > 3 && strcmp(path + n - 3, ".gz") == 0)
		name = arena_strndup(b->arena, path, n -= 3);
	for (size_t i = 0; i < sizeof(endings) / sizeof(*endings); i++) {
		k = strlen(endings[i][0]);
		if (n > k && strcmp(name + n - k, endings[i][0]) == 0)
			return endings[i][1];
	}
	return "csv";
}

static int
is_below(const char *path, const char *directory)
{
	char real[PATH_MAX];
	size_t n;

	if (*directory == '\0' || realpath(directory, real) == NULL)
		return 0;
	n = strlen(real);
	return strncmp(path, real, n) == 0 && path[n] == '/';
}

/* The file that the text means, or NULL with e: none, or not below the
 * directory of a database. */
static const char *
find_file(struct binder *b, const struct tx *uri)
{
	char real[PATH_MAX];
	const char *path = uri->text, *directory;

	if (strncmp(path, "file:", 5) == 0)
		path += 5;
	if (strncmp(path, "///", 3) == 0)
		path += 2;
	if (*path != '/') {
		fail_unsupported(b->e, uri->at,
		    "externaldata from '%.80s': it reads files below a "
		    "database's directory, as file:/DIR/NAME",
		    uri->text);
		return NULL;
	}
	for (int i = 0; realpath(path, real) != NULL &&
	     (directory = store_directory(b->store, i)) != NULL;
	     i++)
		if (is_below(real, directory))
			return arena_strdup(b->arena, real);
	fail_semantic(b->e, uri->at,
	    "externaldata: '%.80s' is no file below a database's directory",
	    path);
	return NULL;
}

static int
is_format(const char *format)
{
	static const char *const formats[] = { "csv", "tsv", "txt", "raw",
		"json", "multijson" };

	for (size_t i = 0; i < sizeof(formats) / sizeof(*formats); i++)
		if (strcmp(formats[i], format) == 0)
			return 1;
	return 0;
}

static struct tx *
text(struct external *x, const char *s)
{
	return tx_text(x->b, KT_STRING, s, strlen(s), x->op->at);
}

/* The files, each with its format. */
static int
add_files(struct external *x)
{
	const char *path, *format;
	struct tx *uri;
	int64_t n = 0;

	x->args[x->n++] = tx_int(x->b, KT_LONG, x->skip, x->op->at);
	x->args[x->n++] = NULL;
	for (const struct expr *f = x->op->args; f != NULL; f = f->next) {
		if ((uri = bind_expr(x->b, f)) == NULL)
			return -1;
		if (!is_const(uri) || uri->type != KT_STRING)
			return fail_semantic(x->b->e, f->at,
			    "externaldata takes files as string literals");
		if (x->b->lenient)
			continue;
		if (++n > FILES_MAX / 2)
			return fail_semantic(x->b->e, f->at,
			    "externaldata takes at most %d files",
			    FILES_MAX / 2);
		if ((path = find_file(x->b, uri)) == NULL)
			return -1;
		format = x->format != NULL ? x->format : format_of(x->b, path);
		if (!is_format(format))
			return fail_unsupported(x->b->e, x->op->at,
			    "format '%.40s' of externaldata", format);
		x->args[x->n++] = text(x, format);
		x->args[x->n++] = text(x, path);
	}
	x->args[1] = tx_int(x->b, KT_LONG, n, x->op->at);
	return 0;
}

/* The columns, from the texts that kql_external() gives. */
static struct plan *
columns(struct external *x)
{
	struct plan *none = plan_new(x->b, P_ROWS, NULL, NULL);
	struct plan *p = plan_new(x->b, P_EACH, x->op, none);
	const char *sql;

	p->values = arena_zalloc(
	    x->b->arena, (FN_TABLE_COLUMNS + 1) * sizeof(*p->values));
	for (const struct declared *d = x->op->columns; d != NULL;
	     d = d->next) {
		if (p->out.n == FN_TABLE_COLUMNS) {
			fail_unsupported(x->b->e, d->at,
			    "externaldata of more than %d columns",
			    FN_TABLE_COLUMNS);
			return NULL;
		}
		if (schema_find(&p->out, d->name) != NULL) {
			fail_semantic(x->b->e, d->at,
			    "two columns are named '%.80s'", d->name);
			return NULL;
		}
		sql = arena_printf(x->b->arena, "\"$v%zu\"", p->out.n + 1);
		plan_put(x->b, p, d->name,
		    convert(x->b, tx_call(x->b, KT_STRING, sql, d->at, NULL, 0),
			d->type));
		x->args[x->n++] = text(x, d->name);
	}
	p->many = 1;
	p->materialize = 1;
	p->each = tx_call(
	    x->b, KT_NONE, "kql_external($*)", x->op->at, x->args, x->n);
	return p;
}

struct plan *
bind_externaldata(struct binder *b, const struct op *op)
{
	struct external x = { .b = b, .op = op };

	b->row = NULL;
	if (read_properties(&x) == -1 || add_files(&x) == -1)
		return NULL;
	return columns(&x);
}
