/* SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include <sqlite3.h>

#include "buf.h"
#include "io.h"
#include "json.h"
#include "jsonw.h"
#include "kql/fn/dyn.h"
#include "kql/result.h"
#include "num.h"
#include "when.h"

#define FRAGMENT_BYTES \
	(256 << 10) /* a fragment ends with the row that passes */

/* The answer on its way out. */
struct answer {
	struct kql_store *store;
	sqlite3 *db;
	kql_write *write;
	void *ctx;
	struct kql_error *e;
	struct buf b;     /* the frame being made */
	size_t rows_from; /* in b, where the fragment's first row begins */
	int64_t rows;     /* of the table, those in b too */
	int64_t max_rows;
	int started; /* the header is written */
};

static int
fail(struct answer *a, const char *code, int permanent, const char *what)
{
	memset(a->e, 0, sizeof(*a->e));
	snprintf(a->e->code, sizeof(a->e->code), "%s", code);
	snprintf(a->e->message, sizeof(a->e->message), "%s", what);
	a->e->permanent = permanent;
	return -1;
}

/* What SQLite or a function refused: the same query would fail again, unless
 * it is memory or the disk. */
static int
fail_sqlite(struct answer *a)
{
	switch (sqlite3_errcode(a->db)) {
	case SQLITE_BUSY:
	case SQLITE_CANTOPEN:
	case SQLITE_FULL:
	case SQLITE_INTERRUPT:
	case SQLITE_IOERR:
	case SQLITE_NOMEM:
		return fail(
		    a, "General_InternalServerError", 0, sqlite3_errmsg(a->db));
	default:
		break;
	}
	/* Each name was bound.  SQLite says so too when memory was out while
	 * it read its schema. */
	if (strncmp(sqlite3_errmsg(a->db), "no such table", 13) == 0)
		return fail(
		    a, "General_InternalServerError", 0, sqlite3_errmsg(a->db));
	return fail(a, "General_BadRequest", 1, sqlite3_errmsg(a->db));
}

static int
exec(struct answer *a, const char *sql)
{
	return sqlite3_exec(a->db, sql, NULL, NULL, NULL) == SQLITE_OK
	    ? 0
	    : fail_sqlite(a);
}

/* Hand the frame on, as a line. */
static int
flush(struct answer *a)
{
	int r;

	buf_putc(&a->b, '\n');
	r = a->write(a->ctx, a->b.data, a->b.len);
	buf_reset(&a->b);
	return r == 0 ? 0
		      : fail(a, "General_InternalServerError", 0,
			    "the answer could not be written");
}

static void
frame(struct answer *a, struct jsonw *w, const char *type)
{
	memset(w, 0, sizeof(*w));
	w->b = &a->b;
	jsonw_object(w, NULL);
	jsonw_str(w, "FrameType", type);
}

static int
end_frame(struct answer *a, struct jsonw *w)
{
	jsonw_end_object(w);
	return flush(a);
}

static int
write_header(struct answer *a)
{
	struct jsonw w;

	frame(a, &w, "DataSetHeader");
	jsonw_bool(&w, "IsProgressive", 0);
	jsonw_str(&w, "Version", "v2.0");
	jsonw_bool(&w, "IsFragmented", 1);
	jsonw_str(&w, "ErrorReportingPlacement", "EndOfTable");
	a->started = 1;
	return end_frame(a, &w);
}

static void
write_column(struct jsonw *w, const char *name, const char *type)
{
	jsonw_object(w, NULL);
	jsonw_str(w, "ColumnName", name);
	jsonw_str(w, "ColumnType", type);
	jsonw_end_object(w);
}

/* What a table is drawn as, as the service tells its clients: JSON in text. */
static void
write_visualization(struct jsonw *w, size_t table, const char *kind)
{
	struct buf text = { 0 };
	struct jsonw v = { .b = &text };

	jsonw_object(&v, NULL);
	jsonw_str(&v, "Visualization", kind);
	jsonw_end_object(&v);
	jsonw_array(w, NULL);
	jsonw_int(w, NULL, (int64_t)table);
	jsonw_str(w, NULL, "Visualization");
	jsonw_str(w, NULL, text.data);
	jsonw_end_array(w);
	buf_fini(&text);
}

static int
write_properties(struct answer *a, const struct kql_select *s, size_t n)
{
	struct jsonw w;

	frame(a, &w, "DataTable");
	jsonw_int(&w, "TableId", 0);
	jsonw_str(&w, "TableKind", "QueryProperties");
	jsonw_str(&w, "TableName", "@ExtendedProperties");
	jsonw_array(&w, "Columns");
	write_column(&w, "TableId", "int");
	write_column(&w, "Key", "string");
	write_column(&w, "Value", "dynamic");
	jsonw_end_array(&w);
	jsonw_array(&w, "Rows");
	for (size_t i = 0; i < n; i++)
		if (s[i].render != NULL)
			write_visualization(&w, i + 1, s[i].render);
	jsonw_end_array(&w);
	return end_frame(a, &w);
}

static int
write_table_header(struct answer *a, const struct kql_select *s, size_t id)
{
	struct jsonw w;

	frame(a, &w, "TableHeader");
	jsonw_int(&w, "TableId", (int64_t)id);
	jsonw_str(&w, "TableKind", "PrimaryResult");
	jsonw_str(&w, "TableName", s->name);
	jsonw_array(&w, "Columns");
	for (size_t i = 0; i < s->ncolumns; i++)
		write_column(
		    &w, s->columns[i].name, kql_type_name(s->columns[i].type));
	jsonw_end_array(&w);
	return end_frame(a, &w);
}

static void
put_text(struct buf *b, sqlite3_stmt *st, int i)
{
	const char *s = (const char *)sqlite3_column_text(st, i);

	json_write_str(b, s, (size_t)sqlite3_column_bytes(st, i));
}

static void
put_dynamic(struct buf *b, sqlite3_stmt *st, int i)
{
	struct dyn d = { .s = (const char *)sqlite3_column_text(st, i) };

	d.n = (size_t)sqlite3_column_bytes(st, i);
	dyn_json(b, d);
}

static void
put_integer(struct buf *b, int64_t v)
{
	char out[NUM_MAX];

	buf_add(b, out, num_int(out, v));
}

static void
put_double(struct buf *b, double v)
{
	char out[NUM_MAX];

	if (isinf(v))
		buf_puts(b, v > 0 ? "\"Infinity\"" : "\"-Infinity\"");
	else
		buf_add(b, out, num_double(out, v));
}

static void
put_time(struct buf *b, enum kql_type type, ticks t)
{
	char out[WHEN_TEXT];
	size_t n = type == KT_DATETIME ? when_format(out, t)
				       : when_format_span(out, t);

	buf_putc(b, '"');
	buf_add(b, out, n);
	buf_putc(b, '"');
}

/* Of reals only NaN is text. */
static int
put_nan(struct buf *b, sqlite3_stmt *st, int i)
{
	buf_puts(b, "\"NaN\"");
	return strcmp((const char *)sqlite3_column_text(st, i), "NaN") == 0
	    ? 0
	    : -1;
}

/* A value that is stored as its type wants it.  Returns 0, or -1 if not. */
static int
put_value(struct buf *b, sqlite3_stmt *st, int i, enum kql_type type)
{
	int is = sqlite3_column_type(st, i);

	switch (type) {
	case KT_BOOL:
		buf_puts(b, sqlite3_column_int(st, i) ? "true" : "false");
		return is == SQLITE_INTEGER ? 0 : -1;
	case KT_INT:
	case KT_LONG:
		put_integer(b, sqlite3_column_int64(st, i));
		return is == SQLITE_INTEGER ? 0 : -1;
	case KT_DATETIME:
	case KT_TIMESPAN:
		put_time(b, type, sqlite3_column_int64(st, i));
		return is == SQLITE_INTEGER ? 0 : -1;
	case KT_REAL:
		if (is == SQLITE_TEXT)
			return put_nan(b, st, i);
		put_double(b, sqlite3_column_double(st, i));
		return is != SQLITE_BLOB ? 0 : -1;
	case KT_DYNAMIC:
		put_dynamic(b, st, i);
		return is == SQLITE_TEXT ? 0 : -1;
	default:
		put_text(b, st, i);
		return is != SQLITE_BLOB ? 0 : -1;
	}
}

static int
put_row(struct answer *a, const struct kql_select *s, sqlite3_stmt *st)
{
	char what[160];

	for (size_t i = 0; i < s->ncolumns; i++) {
		enum kql_type type = s->columns[i].type;

		buf_putc(&a->b, i == 0 ? '[' : ',');
		if (sqlite3_column_type(st, (int)i) == SQLITE_NULL) {
			buf_puts(&a->b, type == KT_STRING ? "\"\"" : "null");
			continue;
		}
		if (put_value(&a->b, st, (int)i, type) == 0)
			continue;
		snprintf(what, sizeof(what),
		    "column %.80s holds a value that is no %s",
		    s->columns[i].name, kql_type_name(type));
		return fail(a, "General_BadRequest", 1, what);
	}
	buf_putc(&a->b, ']');
	return 0;
}

static int
too_large(struct answer *a, const char *limit, long long n)
{
	char what[160];

	snprintf(what, sizeof(what),
	    "Query result set has exceeded the internal %s limit %lld "
	    "(E_QUERY_RESULT_SET_TOO_LARGE).",
	    limit, n);
	return fail(a, "LimitsExceeded", 0, what);
}

static void
begin_fragment(struct answer *a, const struct kql_select *s, size_t id)
{
	buf_printf(&a->b,
	    "{\"FrameType\":\"TableFragment\",\"TableFragmentType\":"
	    "\"DataAppend\",\"TableId\":%zu,\"FieldCount\":%zu,\"Rows\":[",
	    id, s->ncolumns);
	a->rows_from = a->b.len;
}

static int
end_fragment(struct answer *a)
{
	buf_puts(&a->b, "]}");
	if (a->b.len > IO_LINE_MAX)
		return too_large(a, "row size", IO_LINE_MAX);
	return flush(a);
}

static int
write_rows(
    struct answer *a, const struct kql_select *s, size_t id, sqlite3_stmt *st)
{
	int r;

	for (a->rows = 0; (r = sqlite3_step(st)) == SQLITE_ROW; a->rows++) {
		if (a->max_rows > 0 && a->rows == a->max_rows)
			return too_large(a, "record count", a->max_rows);
		if (a->b.len == 0)
			begin_fragment(a, s, id);
		else if (a->b.len > a->rows_from)
			buf_putc(&a->b, ',');
		if (put_row(a, s, st) == -1)
			return -1;
		if (a->b.len >= FRAGMENT_BYTES && end_fragment(a) == -1)
			return -1;
	}
	if (r != SQLITE_DONE)
		return fail_sqlite(a);
	return a->b.len > 0 ? end_fragment(a) : 0;
}

/* The error as the service has it, as the member OneApiErrors. */
static void
write_errors(struct jsonw *w, const struct kql_error *e)
{
	jsonw_array(w, "OneApiErrors");
	jsonw_object(w, NULL);
	jsonw_object(w, "error");
	jsonw_str(w, "code", e->code);
	jsonw_str(w, "message", "Request is invalid and cannot be executed.");
	jsonw_str(w, "@message", e->message);
	jsonw_bool(w, "@permanent", e->permanent);
	jsonw_end_object(w);
	jsonw_end_object(w);
	jsonw_end_array(w);
}

static int
write_completion(struct answer *a, size_t id)
{
	struct jsonw w;

	frame(a, &w, "TableCompletion");
	jsonw_int(&w, "TableId", (int64_t)id);
	jsonw_int(&w, "RowCount", a->rows);
	return end_frame(a, &w);
}

static int
write_select(struct answer *a, const struct kql_select *s, size_t id)
{
	sqlite3_stmt *st;
	int r;

	if (sqlite3_prepare_v2(a->db, s->sql, -1, &st, NULL) != SQLITE_OK)
		return fail_sqlite(a);
	r = write_table_header(a, s, id);
	if (r == 0)
		r = write_rows(a, s, id, st);
	sqlite3_finalize(st);
	return r == 0 ? write_completion(a, id) : -1;
}

/* The last frame, with the error if there is one. */
static int
write_end(struct answer *a, int failed)
{
	struct kql_error e = *a->e;
	struct jsonw w;

	buf_reset(&a->b);
	frame(a, &w, "DataSetCompletion");
	jsonw_bool(&w, "HasErrors", failed);
	jsonw_bool(&w, "Cancelled", 0);
	if (failed)
		write_errors(&w, &e);
	return end_frame(a, &w);
}

static int
write_all(struct answer *a, const struct kql_select *s, size_t n)
{
	struct err e;

	if ((a->db = store_db(a->store, &e)) == NULL)
		return fail(a, "General_InternalServerError", 0, e.msg);
	if (exec(a, "BEGIN") == -1)
		return -1;
	if (write_header(a) == -1 || write_properties(a, s, n) == -1)
		return -1;
	for (size_t i = 0; i < n; i++)
		if (write_select(a, &s[i], i + 1) == -1)
			return -1;
	return write_end(a, 0);
}

int
result_write(struct kql_store *store, const struct kql_select *s, size_t n,
    int64_t max_rows, kql_write *write, void *ctx, struct kql_error *e)
{
	struct answer a = { .store = store,
		.write = write,
		.ctx = ctx,
		.e = e,
		.max_rows = max_rows };
	struct kql_error why;
	int r = write_all(&a, s, n);

	if (r == -1 && a.started) {
		why = *e;
		write_end(&a, 1);
		*e = why;
	}
	if (a.db != NULL)
		sqlite3_exec(a.db, "ROLLBACK", NULL, NULL, NULL);
	buf_fini(&a.b);
	return r;
}

int
result_check(struct kql_store *store, const char *sql, struct kql_error *e)
{
	struct answer a = { .store = store, .e = e };
	struct err why;
	sqlite3_stmt *st;

	if ((a.db = store_db(store, &why)) == NULL)
		return fail(&a, "General_InternalServerError", 0, why.msg);
	if (sqlite3_prepare_v2(a.db, sql, -1, &st, NULL) != SQLITE_OK)
		return fail_sqlite(&a);
	sqlite3_finalize(st);
	return 0;
}
