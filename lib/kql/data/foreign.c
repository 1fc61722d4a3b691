/* SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include <sqlite3.h>

#include "kql/data/foreign.h"
#include "kql/value.h"
#include "num.h"
#include "status.h"
#include "utf8.h"
#include "when.h"

#define JULIAN_EPOCH 2440587.5 /* the Julian day of 1970-01-01 */

void
foreign_uri(const struct database *d, struct buf *b)
{
	buf_puts(b, "file:");
	for (const char *s = d->path; *s != '\0'; s++)
		if (strchr("%?#", *s) != NULL)
			buf_printf(b, "%%%02X", (unsigned char)*s);
		else
			buf_putc(b, *s);
	buf_puts(b, "?mode=ro");
}

static sqlite3 *
open_foreign(const struct database *d, struct err *e)
{
	struct buf uri = { 0 };
	sqlite3 *db;
	int r;

	foreign_uri(d, &uri);
	r = sqlite3_open_v2(
	    uri.data, &db, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, NULL);
	buf_fini(&uri);
	if (r == SQLITE_OK)
		return db;
	err_set(e, ST_CONFIG, "%s: %s", d->path, sqlite3_errmsg(db));
	sqlite3_close(db);
	return NULL;
}

/* Prepare a statement whose parameter, if it has one, is text. */
static sqlite3_stmt *
prepare(sqlite3 *db, const char *path, const char *sql, const char *text,
    struct err *e)
{
	sqlite3_stmt *st;

	if (sqlite3_prepare_v2(db, sql, -1, &st, NULL) != SQLITE_OK) {
		err_set(e, ST_CONFIG, "%s: %s", path, sqlite3_errmsg(db));
		return NULL;
	}
	if (text != NULL)
		sqlite3_bind_text(st, 1, text, -1, SQLITE_STATIC);
	return st;
}

static int
finish(sqlite3 *db, sqlite3_stmt *st, const char *path, struct err *e)
{
	if (sqlite3_finalize(st) == SQLITE_OK)
		return 0;
	return err_set(e, ST_CONFIG, "%s: %s", path, sqlite3_errmsg(db));
}

int
foreign_list(struct catalog *c, struct database *d, struct err *e)
{
	sqlite3 *db = open_foreign(d, e);
	sqlite3_stmt *st;
	int r = -1;

	if (db == NULL)
		return -1;
	for (struct table *t = d->tables; t != NULL; t = t->next)
		t->listed = 0;
	st = prepare(db, d->path,
	    "SELECT name FROM sqlite_schema WHERE type IN ('table', 'view') "
	    "AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'",
	    NULL, e);
	if (st != NULL) {
		while (sqlite3_step(st) == SQLITE_ROW)
			catalog_make(
			    c, d, (const char *)sqlite3_column_text(st, 0))
			    ->listed = 1;
		r = finish(db, st, d->path, e);
	}
	sqlite3_close(db);
	return r;
}

/*
 * Declared types are told by a word in them; the first that fits decides.  Of
 * times a second word tells what an integer counts: TIMESTAMP_MS.
 */
#define DATETIME "kql_foreign_datetime"
#define TIMESPAN "kql_foreign_timespan"
static const struct {
	const char *word;
	const char *unit;
	enum kql_type type;
	const char *sql; /* with the column's quoted name for %s */
} declared[] = {
	{ "BOOL", "", KT_BOOL, "kql_foreign_bool(%s)" },
	{ "DATE", "TICK", KT_DATETIME, DATETIME "(%s, 1)" },
	{ "DATE", "MICRO", KT_DATETIME, DATETIME "(%s, 10)" },
	{ "DATE", "MILLI", KT_DATETIME, DATETIME "(%s, 10000)" },
	{ "DATE", "MS", KT_DATETIME, DATETIME "(%s, 10000)" },
	{ "DATE", "", KT_DATETIME, DATETIME "(%s, 10000000)" },
	{ "TIMESTAMP", "TICK", KT_DATETIME, DATETIME "(%s, 1)" },
	{ "TIMESTAMP", "MICRO", KT_DATETIME, DATETIME "(%s, 10)" },
	{ "TIMESTAMP", "MILLI", KT_DATETIME, DATETIME "(%s, 10000)" },
	{ "TIMESTAMP", "MS", KT_DATETIME, DATETIME "(%s, 10000)" },
	{ "TIMESTAMP", "", KT_DATETIME, DATETIME "(%s, 10000000)" },
	{ "UNIX", "MICRO", KT_DATETIME, DATETIME "(%s, 10)" },
	{ "UNIX", "MILLI", KT_DATETIME, DATETIME "(%s, 10000)" },
	{ "UNIX", "MS", KT_DATETIME, DATETIME "(%s, 10000)" },
	{ "UNIX", "", KT_DATETIME, DATETIME "(%s, 10000000)" },
	{ "TIME", "TICK", KT_TIMESPAN, "%s" },
	{ "TIME", "MICRO", KT_TIMESPAN, TIMESPAN "(%s, 10)" },
	{ "TIME", "MILLI", KT_TIMESPAN, TIMESPAN "(%s, 10000)" },
	{ "TIME", "MS", KT_TIMESPAN, TIMESPAN "(%s, 10000)" },
	{ "TIME", "", KT_TIMESPAN, TIMESPAN "(%s, 10000000)" },
	{ "UUID", "", KT_GUID, "kql_foreign_guid(%s)" },
	{ "GUID", "", KT_GUID, "kql_foreign_guid(%s)" },
	{ "UNIQUEID", "", KT_GUID, "kql_foreign_guid(%s)" },
	{ "JSON", "", KT_DYNAMIC, "kql_string_to_dynamic(%s)" },
	{ "DYNAMIC", "", KT_DYNAMIC, "kql_string_to_dynamic(%s)" },
	{ "INT", "", KT_LONG, "%s" },
	{ "LONG", "", KT_LONG, "%s" },
	{ "CHAR", "", KT_STRING, "coalesce(%s,'')" },
	{ "CLOB", "", KT_STRING, "coalesce(%s,'')" },
	{ "TEXT", "", KT_STRING, "coalesce(%s,'')" },
	{ "STRING", "", KT_STRING, "coalesce(CAST(%s AS TEXT),'')" },
	{ "BLOB", "", KT_STRING, "coalesce(lower(hex(%s)),'')" },
	{ "REAL", "", KT_REAL, "%s" },
	{ "FLOA", "", KT_REAL, "%s" },
	{ "DOUB", "", KT_REAL, "%s" },
	{ "NUM", "", KT_REAL, "CAST(%s AS REAL)" },
	{ "DEC", "", KT_REAL, "CAST(%s AS REAL)" },
};

static int
has_word(const char *type, const char *word)
{
	size_t n = strlen(word);

	for (; *type != '\0'; type++)
		if (strncasecmp(type, word, n) == 0)
			return 1;
	return 0;
}

/* A column of no declared type, as those of views: look at every value. */
static enum kql_type
type_of_values(
    sqlite3 *db, const struct table *t, const char *quoted, struct err *e)
{
	struct buf sql = { 0 };
	enum kql_type type = KT_STRING;
	sqlite3_stmt *st;

	buf_printf(&sql,
	    "SELECT max(typeof(%s) = 'real'), max(typeof(%s) = 'integer'), "
	    "max(typeof(%s) IN ('text', 'blob')) FROM ",
	    quoted, quoted, quoted);
	schema_quote(&sql, t->seen.name);
	st = prepare(db, t->of->path, sql.data, NULL, e);
	buf_fini(&sql);
	if (st == NULL)
		return KT_NONE;
	if (sqlite3_step(st) == SQLITE_ROW && !sqlite3_column_int(st, 2))
		type = sqlite3_column_int(st, 0) ? KT_REAL
		    : sqlite3_column_int(st, 1)  ? KT_LONG
						 : KT_STRING;
	return finish(db, st, t->of->path, e) == -1 ? KT_NONE : type;
}

static int
type_column(sqlite3 *db, struct table *t, struct kql_column *c,
    const char *type, struct err *e)
{
	static const char *const cast[KT_COUNT] = {
		[KT_LONG] = "%s",
		[KT_REAL] = "CAST(%s AS REAL)",
		[KT_STRING] = "coalesce(CAST(%s AS TEXT),'')",
	};
	const char *sql = NULL;
	struct buf b = { 0 };

	schema_quote(&b, c->name);
	for (size_t i = 0; sql == NULL && *type != '\0' &&
	     i < sizeof(declared) / sizeof(*declared);
	     i++)
		if (has_word(type, declared[i].word) &&
		    (*declared[i].unit == '\0' ||
			has_word(type, declared[i].unit))) {
			c->type = declared[i].type;
			sql = declared[i].sql;
		}
	if (sql == NULL) {
		c->type = type_of_values(db, t, b.data, e);
		sql = cast[c->type];
	}
	if (sql != NULL) {
		const char *at = strstr(sql, "%s");

		c->sql = arena_printf(&t->arena, "%.*s%s%s", (int)(at - sql),
		    sql, b.data, at + 2);
	}
	buf_fini(&b);
	return sql != NULL ? 0 : -1;
}

static int
read_columns(sqlite3 *db, struct table *t, struct err *e)
{
	sqlite3_stmt *st = prepare(db, t->of->path,
	    "SELECT name, type, count(*) OVER () FROM pragma_table_info(?)",
	    t->seen.name, e);
	int r = 0;

	if (st == NULL)
		return -1;
	for (size_t i = 0; r == 0 && sqlite3_step(st) == SQLITE_ROW; i++) {
		if (i == 0)
			schema_init(&t->schema,
			    (size_t)sqlite3_column_int(st, 2), &t->arena);
		t->schema.columns[i].name = arena_strdup(
		    &t->arena, (const char *)sqlite3_column_text(st, 0));
		r = type_column(db, t, &t->schema.columns[i],
		    (const char *)sqlite3_column_text(st, 1), e);
	}
	if (r == -1) {
		sqlite3_finalize(st);
		return -1;
	}
	return finish(db, st, t->of->path, e);
}

int
foreign_schema(struct table *t, struct err *e)
{
	sqlite3 *db = open_foreign(t->of, e);
	int r;

	if (db == NULL)
		return -1;
	t->schema.n = 0;
	r = read_columns(db, t, e);
	sqlite3_close(db);
	if (r == 0 && t->schema.n == 0)
		return err_set(e, ST_CONFIG, "%s: table %s has no columns",
		    t->of->path, t->seen.name);
	return r;
}

/* A value that is not what its column declares ends the query. */
static void
misfit(sqlite3_context *c, sqlite3_value *v, const char *type)
{
	const char *s = (const char *)sqlite3_value_text(v);
	char msg[120];

	snprintf(msg, sizeof(msg), "\"%.*s\" is no %s",
	    (int)utf8_cut(s, (size_t)sqlite3_value_bytes(v), 60), s, type);
	sqlite3_result_error(c, msg, -1);
}

static void
to_bool(sqlite3_context *c, int n, sqlite3_value **v)
{
	const char *s;

	(void)n;
	switch (sqlite3_value_type(v[0])) {
	case SQLITE_NULL:
		return;
	case SQLITE_INTEGER:
	case SQLITE_FLOAT:
		sqlite3_result_int(c, sqlite3_value_double(v[0]) != 0);
		return;
	}
	s = (const char *)sqlite3_value_text(v[0]);
	if (strcasecmp(s, "true") == 0 || strcasecmp(s, "false") == 0)
		sqlite3_result_int(c, (*s | 0x20) == 't');
	else
		misfit(c, v[0], "bool");
}

/* Whole ticks of a day count, to the millisecond a double can hold. */
static ticks
of_julian(double day)
{
	return WHEN_EPOCH + llround((day - JULIAN_EPOCH) * 86400e3) * WHEN_MS;
}

/* The ticks of a count of units behind a start; ticks count from the first
 * day. */
static int
of_count(int64_t n, int64_t unit, ticks start, ticks *t)
{
	if (unit == 1)
		start = 0;
	return __builtin_mul_overflow(n, unit, t) ||
		__builtin_add_overflow(*t, start, t)
	    ? -1
	    : 0;
}

/* A datetime of text, of a count of units since 1970, or of a Julian day where
 * the unit is the second. */
static int
datetime_of(sqlite3_value *v, int64_t unit, ticks *t)
{
	double n = sqlite3_value_double(v);

	switch (sqlite3_value_type(v)) {
	case SQLITE_INTEGER:
		if (of_count(sqlite3_value_int64(v), unit, WHEN_EPOCH, t) == -1)
			return -1;
		break;
	case SQLITE_FLOAT:
		if (fabs(n) >= (unit == WHEN_SEC ? 6e6 : 4e18 / (double)unit))
			return -1;
		*t = unit == WHEN_SEC ? of_julian(n)
				      : llround(n * (double)unit) + WHEN_EPOCH;
		break;
	default:
		return value_datetime((const char *)sqlite3_value_text(v),
		    (size_t)sqlite3_value_bytes(v), t);
	}
	return *t >= 0 && *t <= WHEN_MAX ? 0 : -1;
}

/* A timespan of text or of a number of units. */
static int
timespan_of(sqlite3_value *v, int64_t unit, ticks *t)
{
	double n = sqlite3_value_double(v);

	switch (sqlite3_value_type(v)) {
	case SQLITE_INTEGER:
		return of_count(sqlite3_value_int64(v), unit, 0, t);
	case SQLITE_FLOAT:
		if (fabs(n) >= 9e18 / (double)unit)
			return -1;
		*t = llround(n * (double)unit);
		return 0;
	default:
		return value_timespan((const char *)sqlite3_value_text(v),
		    (size_t)sqlite3_value_bytes(v), t);
	}
}

static void
to_datetime(sqlite3_context *c, int n, sqlite3_value **v)
{
	ticks t;

	(void)n;
	if (sqlite3_value_type(v[0]) == SQLITE_NULL)
		return;
	if (datetime_of(v[0], sqlite3_value_int64(v[1]), &t) == 0)
		sqlite3_result_int64(c, t);
	else
		misfit(c, v[0], "datetime");
}

static void
to_timespan(sqlite3_context *c, int n, sqlite3_value **v)
{
	ticks t;

	(void)n;
	if (sqlite3_value_type(v[0]) == SQLITE_NULL)
		return;
	if (timespan_of(v[0], sqlite3_value_int64(v[1]), &t) == 0)
		sqlite3_result_int64(c, t);
	else
		misfit(c, v[0], "timespan");
}

static void
to_guid(sqlite3_context *c, int n, sqlite3_value **v)
{
	char out[37];

	(void)n;
	if (sqlite3_value_type(v[0]) == SQLITE_NULL)
		return;
	if (value_guid((const char *)sqlite3_value_text(v[0]),
		(size_t)sqlite3_value_bytes(v[0]), out) == 0)
		sqlite3_result_text(c, out, 36, SQLITE_TRANSIENT);
	else
		misfit(c, v[0], "guid");
}

int
foreign_register(sqlite3 *db, struct err *e)
{
	static const struct {
		const char *name;
		int nargs;
		void (*call)(sqlite3_context *, int, sqlite3_value **);
	} calls[] = {
		{ "kql_foreign_bool", 1, to_bool },
		{ "kql_foreign_datetime", 2, to_datetime },
		{ "kql_foreign_timespan", 2, to_timespan },
		{ "kql_foreign_guid", 1, to_guid },
	};

	for (size_t i = 0; i < sizeof(calls) / sizeof(*calls); i++)
		if (sqlite3_create_function(db, calls[i].name, calls[i].nargs,
			SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS,
			NULL, calls[i].call, NULL, NULL) != SQLITE_OK)
			return err_set(
			    e, ST_RETRY, "SQLite: %s", sqlite3_errmsg(db));
	return 0;
}
