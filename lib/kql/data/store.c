/* SPDX-License-Identifier: MIT */
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include <sqlite3.h>

#include "kql/data/catalog.h"
#include "kql/data/foreign.h"
#include "kql/data/slot.h"
#include "kql/data/store.h"
#include "kql/fn/functions.h"
#include "status.h"

#define ATTACH_MAX 9   /* SQLite's limit is 10; one is kept for copying */
#define SLOTS_MAX  256 /* descriptors that are made before a fork */

struct kql_store {
	struct catalog catalog;
	sqlite3 *db;              /* of this process, or NULL */
	sqlite3 *parents;         /* the one a fork left, not ours to close */
	pid_t pid;                /* who opened db */
	long query;               /* a number for each, from 1 */
	struct bad_rows bad_rows; /* say NULL: they are errors */
	int attached;
};

struct kql_store *
store_new(struct err *e)
{
	struct kql_store *s = calloc(1, sizeof(*s));

	if (s == NULL)
		err_sys(e, ST_RETRY, "store");
	else
		s->query = 1;
	return s;
}

void
store_skip_bad_rows(
    struct kql_store *s, void (*say)(void *, const char *), void *ctx)
{
	s->bad_rows.say = say;
	s->bad_rows.ctx = ctx;
}

const char *
store_directory(const struct kql_store *s, int i)
{
	const struct database *d =
	    i < s->catalog.n ? catalog_database(&s->catalog, i) : NULL;

	return d == NULL ? NULL : d->foreign ? "" : d->path;
}

void
store_begin(struct kql_store *s)
{
	s->query++;
}

void
store_free(struct kql_store *s)
{
	if (s == NULL)
		return;
	if (s->pid == getpid())
		sqlite3_close(s->db);
	catalog_fini(&s->catalog);
	free(s);
}

/* A connection does not survive a fork: the child starts with none. */
static void
claim(struct kql_store *s)
{
	if (s->db == NULL || s->pid == getpid())
		return;
	s->parents = s->db;
	s->db = NULL;
	s->attached = 0;
	for (struct database *d = s->catalog.first; d != NULL; d = d->next) {
		d->attached = 0;
		for (struct table *t = d->tables; t != NULL; t = t->next) {
			t->attached = 0;
			t->shown = SHOWN_NOT;
		}
	}
}

static int
fail(struct kql_store *s, struct err *e)
{
	return err_set(e, ST_RETRY, "SQLite: %s", sqlite3_errmsg(s->db));
}

/* Run SQL of our own making; fmt is as SQLite's own printf has it. */
static int
exec(struct kql_store *s, struct err *e, const char *fmt, ...)
{
	va_list ap;
	char *sql;
	int r;

	va_start(ap, fmt);
	sql = sqlite3_vmprintf(fmt, ap);
	va_end(ap);
	r = sqlite3_exec(s->db, sql, NULL, NULL, NULL);
	sqlite3_free(sql);
	return r == SQLITE_OK ? 0 : fail(s, e);
}

static int
connect_db(struct kql_store *s, struct err *e)
{
	claim(s);
	if (s->db != NULL)
		return 0;
	s->pid = getpid();
	if (sqlite3_open_v2(":memory:", &s->db,
		SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_URI |
		    SQLITE_OPEN_NOMUTEX,
		NULL) == SQLITE_OK &&
	    functions_register(s->db, e) == 0 &&
	    foreign_register(s->db, e) == 0 &&
	    exec(s, e,
		"PRAGMA cache_size=-16384; PRAGMA temp_store=FILE;"
		"PRAGMA trusted_schema=OFF") == 0)
		return 0;
	sqlite3_close(s->db);
	s->db = NULL;
	return -1;
}

/* Take what the connection shows of a table away. */
static int
hide(struct kql_store *s, struct table *t, struct err *e)
{
	int r = 0;

	claim(s);
	if (t->shown == SHOWN_VIEW)
		r = exec(s, e, "DROP VIEW %s", t->seen.sql);
	else if (t->shown != SHOWN_NOT)
		r = exec(s, e, "DROP TABLE %s", t->seen.sql);
	t->shown = SHOWN_NOT;
	if (r == 0 && t->attached) {
		r = exec(s, e, "DETACH f%d", t->number);
		t->attached = 0;
		s->attached--;
	}
	return r;
}

int
store_add(struct kql_store *s, const char *cluster, const char *database,
    const char *endpoint, struct err *e)
{
	struct database *d;

	if (strncmp(endpoint, "file:", 5) == 0) {
		d = catalog_add(
		    &s->catalog, cluster, database, endpoint + 5, 0);
		return catalog_list(&s->catalog, d, e);
	}
	if (strncmp(endpoint, "sqlite:", 7) == 0) {
		d = catalog_add(
		    &s->catalog, cluster, database, endpoint + 7, 1);
		return foreign_list(&s->catalog, d, e);
	}
	return err_set(e, ST_CONFIG,
	    "%s is neither file:DIRECTORY nor sqlite:PATH", endpoint);
}

int
store_database(
    const struct kql_store *s, const char *cluster, const char *database)
{
	int found = -1, many = 0;

	for (struct database *d = s->catalog.first; d != NULL; d = d->next) {
		if (strcasecmp(d->name, database) != 0)
			continue;
		if (cluster == NULL ? d->cluster == NULL
				    : d->cluster != NULL &&
			    strcasecmp(d->cluster, cluster) == 0)
			return d->number;
		many += cluster == NULL;
		found = d->number;
	}
	return many == 1 ? found : -1;
}

static int
list(struct kql_store *s, struct database *d, struct err *e)
{
	return d->foreign ? foreign_list(&s->catalog, d, e)
			  : catalog_list(&s->catalog, d, e);
}

/* See whether the table's file has changed; give it a slot if it has none. */
static int
refresh(struct kql_store *s, struct table *t, struct err *e)
{
	int changed = catalog_stat(t, e);

	if (changed == -1 || (changed == 1 && hide(s, t, e) == -1))
		return -1;
	if (!t->of->foreign && t->fd == -1 && (t->fd = slot_new(e)) == -1)
		return -1;
	return 0;
}

/* The files to load the table from: the schema file only if it is there. */
static struct load_file
load_file(const struct kql_store *s, const struct table *t)
{
	struct load_file f = t->file;

	if (t->stamps[1].ino == 0)
		f.schema = NULL;
	f.skip = s->bad_rows.say != NULL ? &s->bad_rows : NULL;
	return f;
}

static int
slot_schema(struct table *t, struct err *e)
{
	sqlite3 *db = slot_open(t->fd, e);
	int r;

	if (db == NULL)
		return -1;
	r = load_columns(db, &t->schema, &t->arena, e);
	sqlite3_close(db);
	return r;
}

/* Find out the table's columns, at the least cost. */
static int
describe(struct kql_store *s, struct table *t, struct err *e)
{
	struct load_file f = load_file(s, t);
	int r;

	if (t->of->foreign)
		r = foreign_schema(t, e);
	else if (slot_filled(t->fd))
		r = slot_schema(t, e);
	else
		r = load_schema(&f, &t->schema, &t->arena, e);
	if (r == -1)
		return -1;
	t->seen.columns = t->schema.columns;
	t->seen.ncolumns = t->schema.n;
	t->typed = 1;
	return 0;
}

int
store_table(struct kql_store *s, int database, const char *name,
    const struct kql_table **seen, struct err *e)
{
	struct database *d = catalog_database(&s->catalog, database);
	struct table *t = catalog_table(d, name);

	if (t == NULL || !t->listed || *t->twin != '\0') {
		if (list(s, d, e) == -1)
			return -1;
		t = catalog_table(d, name);
	}
	if (t == NULL || !t->listed)
		return 0;
	if (*t->twin != '\0')
		return err_set(e, ST_CONFIG,
		    "%s and %s are both table %s of database %s", t->file.path,
		    t->twin, name, d->name);
	if (t->looked != s->query && refresh(s, t, e) == -1)
		return -1;
	t->looked = s->query;
	if (t->stamps[0].ino == 0)
		return 0; /* it is gone since the directory was listed */
	if (!t->typed && describe(s, t, e) == -1)
		return -1;
	*seen = &t->seen;
	return 1;
}

const char *
store_table_name(struct kql_store *s, int database, size_t i)
{
	struct database *d = catalog_database(&s->catalog, database);

	for (struct table *t = d->tables; t != NULL; t = t->next)
		if (t->listed && i-- == 0)
			return t->seen.name;
	return NULL;
}

const char *
store_database_name(const struct kql_store *s, int database)
{
	struct database *d = catalog_database(&s->catalog, database);

	return d == NULL ? NULL : d->name;
}

int
store_script(struct kql_store *s, int database, size_t i,
    const struct kql_script **seen, struct err *e)
{
	struct database *d = catalog_database(&s->catalog, database);
	struct script *f;

	if (d->foreign)
		return 0;
	if (d->listed != s->query && list(s, d, e) == -1)
		return -1;
	d->listed = s->query;
	for (f = d->scripts; f != NULL; f = f->next)
		if (f->listed && i-- == 0)
			break;
	if (f == NULL)
		return 0;
	*seen = &f->seen;
	if (f->looked == s->query || script_read(f, e) == 0) {
		f->looked = s->query;
		return 1;
	}
	return -1;
}

/* What fills a slot needs to know. */
struct filling {
	const struct kql_store *s;
	const struct table *t;
};

static int
fill(void *ctx, sqlite3 *db, struct err *e)
{
	const struct filling *g = ctx;
	struct load_file f = load_file(g->s, g->t);

	return load_rows(&f, &g->t->schema, db, e);
}

/* ATTACH what holds the table, as name; how it is called in there. */
static int
attach(struct kql_store *s, struct table *t, const char *name, struct err *e)
{
	struct buf uri = { 0 };
	int r;

	if (t->of->foreign) {
		foreign_uri(t->of, &uri);
	} else {
		buf_reserve(&uri, SLOT_URI);
		slot_uri(t->fd, uri.data);
	}
	r = exec(s, e, "ATTACH %Q AS %s", uri.data, name);
	buf_fini(&uri);
	return r;
}

/* Past SQLite's limit of attached databases the rows are copied. */
static int
copy(struct kql_store *s, struct table *t, const char *inside, struct err *e)
{
	if (attach(s, t, "copying", e) == -1 ||
	    exec(s, e, "CREATE TEMP TABLE %s AS SELECT * FROM copying.\"%w\"",
		t->seen.sql, inside) == -1 ||
	    exec(s, e, "DETACH copying") == -1)
		return -1;
	t->shown = SHOWN_COPY;
	return 0;
}

static int
show(struct kql_store *s, struct table *t, struct err *e)
{
	const char *inside = t->of->foreign ? t->seen.name : "data";
	int *attached = t->of->foreign ? &t->of->attached : &t->attached;
	char name[32];

	snprintf(name, sizeof(name), "%c%d", t->of->foreign ? 'd' : 'f',
	    t->of->foreign ? t->of->number : t->number);
	if (!*attached && s->attached == ATTACH_MAX)
		return copy(s, t, inside, e);
	if (!*attached) {
		if (attach(s, t, name, e) == -1)
			return -1;
		*attached = 1;
		s->attached++;
	}
	if (exec(s, e, "CREATE TEMP VIEW %s AS SELECT * FROM %s.\"%w\"",
		t->seen.sql, name, inside) == -1)
		return -1;
	t->shown = SHOWN_VIEW;
	return 0;
}

int
store_load(struct kql_store *s, const struct kql_table *seen, struct err *e)
{
	/* seen is the first member of its table */
	struct table *t = (struct table *)(uintptr_t)seen;
	struct filling g = { s, t };

	if (connect_db(s, e) == -1)
		return -1;
	if (t->shown == SHOWN_VIEW || t->shown == SHOWN_COPY)
		return 0;
	if (!t->of->foreign && slot_fill(t->fd, fill, &g, e) == -1)
		return -1;
	if (hide(s, t, e) == -1)
		return -1;
	return show(s, t, e);
}

/* A table of that name without rows, for statements that are not run. */
static int
show_empty(struct kql_store *s, struct table *t, struct err *e)
{
	struct buf b = { 0 };
	int r;

	for (size_t i = 0; i < t->schema.n; i++) {
		if (i > 0)
			buf_putc(&b, ',');
		if (t->of->foreign)
			schema_quote(&b, t->schema.columns[i].name);
		else
			buf_puts(&b, t->schema.columns[i].sql);
	}
	r = exec(s, e, "CREATE TEMP TABLE %s(%s)", t->seen.sql, b.data);
	buf_fini(&b);
	if (r == 0)
		t->shown = SHOWN_EMPTY;
	return r;
}

struct sqlite3 *
store_db(struct kql_store *s, struct err *e)
{
	if (connect_db(s, e) == -1)
		return NULL;
	for (struct database *d = s->catalog.first; d != NULL; d = d->next)
		for (struct table *t = d->tables; t != NULL; t = t->next)
			if (t->looked == s->query && t->typed &&
			    t->shown == SHOWN_NOT && show_empty(s, t, e) == -1)
				return NULL;
	return s->db;
}

int
store_prepare(struct kql_store *s, struct err *e)
{
	struct err alone; /* a table's own trouble is for who asks for it */
	size_t slots = 0;

	for (struct database *d = s->catalog.first; d != NULL; d = d->next) {
		if (d->foreign)
			continue;
		if (catalog_list(&s->catalog, d, e) == -1)
			return -1;
		for (struct table *t = d->tables; t != NULL; t = t->next)
			if (t->listed && slots++ < SLOTS_MAX)
				refresh(s, t, &alone);
	}
	return 0;
}
