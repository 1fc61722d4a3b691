/* SPDX-License-Identifier: MIT */
#include <string.h>

#include <sqlite3.h>

#include "buf.h"
#include "file.h"
#include "io.h"
#include "kql/data/load.h"
#include "kql/data/typing.h"
#include "status.h"
#include "utf8.h"

#define SCHEMA_MAX (1 << 20)
#define SHOWN_MAX  60 /* bytes of a bad value in a message */
#define SAID_MAX   20 /* bad rows of a file that are told one by one */

static int
fail(sqlite3 *db, struct err *e)
{
	if (sqlite3_errcode(db) == SQLITE_FULL)
		return err_set(e, ST_RETRY,
		    "loading: no room for temporary files in %s", io_tmpdir());
	return err_set(e, ST_RETRY, "loading: %s", sqlite3_errmsg(db));
}

static int
exec(sqlite3 *db, const char *sql, struct err *e)
{
	return sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK
	    ? 0
	    : fail(db, e);
}

/* Read the file to its end to see what its columns hold. */
static int
guess_schema(struct source *s, int skip, struct schema *t, struct arena *a,
    struct err *e)
{
	static const struct guess none;
	struct guess guesses[SOURCE_COLUMNS_MAX] = { none };
	int r;

	while ((r = source_next(s, e)) != 0) {
		if (r == -1 && (!skip || source_skip(s) == -1))
			return -1;
		for (size_t i = 0; r == 1 && i < source_columns(s); i++)
			guess_add(&guesses[i], source_cell(s, i));
	}
	schema_init(t, source_columns(s), a);
	if (t->n == 0)
		return err_set(e, ST_DATA,
		    "%s: no row tells what columns there "
		    "are",
		    source_name(s));
	for (size_t i = 0; i < t->n; i++) {
		t->columns[i].name = arena_strdup(a, source_column(s, i));
		t->columns[i].type = guess_type(&guesses[i]);
	}
	schema_name(t, a);
	return 0;
}

static int
read_schema(const char *path, struct schema *t, struct arena *a, struct err *e)
{
	struct buf b = { 0 };
	int r = file_read(path, SCHEMA_MAX, &b, e);

	if (r == 0)
		r = schema_parse(t, path, buf_str(&b), a, e);
	buf_fini(&b);
	return r;
}

int
load_schema(
    const struct load_file *f, struct schema *t, struct arena *a, struct err *e)
{
	struct source *s;
	int r;

	if (f->schema != NULL)
		return read_schema(f->schema, t, a, e);
	if ((s = source_open(f->path, f->format, e)) == NULL)
		return -1;
	r = guess_schema(s, f->skip != NULL, t, a, e);
	source_free(s);
	return r;
}

/* CREATE TABLE data, and its columns as rows of a table. */
static int
create(const struct schema *t, sqlite3 *db, struct err *e)
{
	struct buf b = { 0 };
	sqlite3_stmt *st;
	int r;

	buf_puts(&b, "CREATE TABLE columns(name, type); CREATE TABLE data");
	for (size_t i = 0; i < t->n; i++)
		buf_printf(&b, "%s%s", i == 0 ? "(" : ", ", t->columns[i].sql);
	buf_putc(&b, ')');
	r = exec(db, buf_str(&b), e);
	buf_fini(&b);
	if (r == -1)
		return -1;
	if (sqlite3_prepare_v2(db, "INSERT INTO columns VALUES(?, ?)", -1, &st,
		NULL) != SQLITE_OK)
		return fail(db, e);
	for (size_t i = 0; i < t->n && r == 0; i++) {
		sqlite3_bind_text(st, 1, t->columns[i].name, -1, SQLITE_STATIC);
		sqlite3_bind_int(st, 2, (int)t->columns[i].type);
		if (sqlite3_step(st) != SQLITE_DONE)
			r = fail(db, e);
		sqlite3_reset(st);
	}
	sqlite3_finalize(st);
	return r;
}

/* The rows of a source on their way into a table. */
struct transfer {
	struct source *s;
	const struct schema *t;
	sqlite3 *db;
	sqlite3_stmt *insert;
	int from[SOURCE_COLUMNS_MAX]; /* the source's number of each, or -1 */
	size_t seen; /* columns of the source that were looked up */
	int misfit;  /* the status of a row that does not fit */
	const struct bad_rows *skip;
	long skipped;
};

static int
prepare_insert(struct transfer *x, struct err *e)
{
	struct buf b = { 0 };
	int r;

	buf_puts(&b, "INSERT INTO data VALUES");
	for (size_t i = 0; i < x->t->n; i++)
		buf_puts(&b, i == 0 ? "(?" : ",?");
	buf_putc(&b, ')');
	r = sqlite3_prepare_v2(x->db, b.data, (int)b.len, &x->insert, NULL);
	buf_fini(&b);
	return r == SQLITE_OK ? 0 : fail(x->db, e);
}

/* Match columns of the source that are new with those of the table. */
static int
match_columns(struct transfer *x, struct err *e)
{
	for (; x->seen < source_columns(x->s); x->seen++) {
		const char *name = source_column(x->s, x->seen);
		size_t i = 0;

		while (i < x->t->n && strcmp(x->t->columns[i].name, name) != 0)
			i++;
		if (i == x->t->n)
			return err_set(e, x->misfit,
			    "%s:%ld: column %s is not in the schema",
			    source_name(x->s), source_line(x->s), name);
		x->from[i] = (int)x->seen;
	}
	return 0;
}

/* Pass over a row that is why e is set, if that is wanted. */
static int
pass_over(struct transfer *x, const struct err *e)
{
	if (x->skip == NULL)
		return -1;
	if (x->skipped++ < SAID_MAX)
		x->skip->say(x->skip->ctx, e->msg);
	return 0;
}

static int
read_row(struct transfer *x, struct err *e)
{
	int r = source_next(x->s, e);

	while (r == -1 && x->skip != NULL && source_skip(x->s) == 0) {
		pass_over(x, e);
		r = source_next(x->s, e);
	}
	return r;
}

static int
insert_row(struct transfer *x, struct err *e)
{
	static const struct cell null = { CELL_NULL, "", 0 };

	for (size_t i = 0; i < x->t->n; i++) {
		const struct kql_column *col = &x->t->columns[i];
		const struct cell *c = x->from[i] == -1
		    ? &null
		    : source_cell(x->s, (size_t)x->from[i]);

		if (cell_bind(x->insert, (int)i + 1, col->type, c) == 0)
			continue;
		err_set(e, x->misfit, "%s:%ld: column %s: \"%.*s\" is no %s",
		    source_name(x->s), source_line(x->s), col->name,
		    (int)utf8_cut(c->text, c->len, SHOWN_MAX), c->text,
		    kql_type_name(col->type));
		return pass_over(x, e);
	}
	if (sqlite3_step(x->insert) != SQLITE_DONE)
		return fail(x->db, e);
	sqlite3_reset(x->insert);
	return 0;
}

static int
transfer(struct transfer *x, struct err *e)
{
	int r;

	for (size_t i = 0; i < x->t->n; i++)
		x->from[i] = -1;
	if (prepare_insert(x, e) == -1 || match_columns(x, e) == -1)
		return -1;
	while ((r = read_row(x, e)) == 1)
		if ((x->seen < source_columns(x->s) &&
			match_columns(x, e) == -1) ||
		    insert_row(x, e) == -1)
			return -1;
	if (r == 0 && x->skipped > SAID_MAX) {
		err_set(e, ST_DATA, "%s: %ld bad rows in all",
		    source_name(x->s), x->skipped);
		x->skip->say(x->skip->ctx, e->msg);
	}
	return r;
}

int
load_rows(const struct load_file *f, const struct schema *t, sqlite3 *db,
    struct err *e)
{
	/* what was inferred can only be wrong if the file has changed since */
	struct transfer x = { .t = t,
		.db = db,
		.skip = f->skip,
		.misfit = f->schema != NULL ? ST_DATA : ST_RETRY };
	int r = -1;

	if (t->n > SOURCE_COLUMNS_MAX)
		return err_set(e, ST_DATA, "%s: more than %d columns", f->path,
		    SOURCE_COLUMNS_MAX);
	if ((x.s = source_open(f->path, f->format, e)) == NULL)
		return -1;
	if (exec(db,
		"PRAGMA page_size=16384; PRAGMA journal_mode=OFF;"
		"PRAGMA synchronous=OFF; PRAGMA cache_size=-4096; BEGIN",
		e) == 0 &&
	    create(t, db, e) == 0 && transfer(&x, e) == 0)
		r = exec(db, "COMMIT", e);
	sqlite3_finalize(x.insert);
	source_free(x.s);
	return r;
}

int
load_columns(sqlite3 *db, struct schema *t, struct arena *a, struct err *e)
{
	sqlite3_stmt *st;
	size_t i;

	if (sqlite3_prepare_v2(db,
		"SELECT name, type, (SELECT count(*) FROM columns) "
		"FROM columns ORDER BY rowid",
		-1, &st, NULL) != SQLITE_OK)
		return fail(db, e);
	for (i = 0; sqlite3_step(st) == SQLITE_ROW; i++) {
		if (i == 0)
			schema_init(t, (size_t)sqlite3_column_int(st, 2), a);
		t->columns[i].name =
		    arena_strdup(a, (const char *)sqlite3_column_text(st, 0));
		t->columns[i].type = sqlite3_column_int(st, 1);
	}
	if (sqlite3_finalize(st) != SQLITE_OK || i == 0)
		return fail(db, e);
	schema_name(t, a);
	return 0;
}
