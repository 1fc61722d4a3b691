/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "arena.h"
#include "jsonw.h"
#include "kusto_answer.h"
#include "kusto_out.h"
#include "when.h"

/*
 * The engine writes v2 frames, fragmented, one a line.  They become whatever
 * the client asked for: fragments or whole tables, with or without newlines,
 * or the tables of version 1.
 */
struct answer {
	const struct kusto_form *f;
	struct kusto_out out;
	struct buf line;  /* what came of a line */
	struct buf text;  /* what is being made */
	struct buf later; /* v1: tables behind the results */
	struct buf error; /* as an element of OneApiErrors */
	char message[1024];
	struct arena a;
	int begun;
	int frames; /* written so far */
	int tables; /* v1: written so far */
	int open;   /* a table of results is being written */
	int any;    /* it has a row */
	int64_t id; /* its number */
};

static void
put(struct answer *a, const char *s)
{
	kusto_out_add(&a->out, s, strlen(s));
}

/* Write what was made, and begin afresh. */
static void
put_text(struct answer *a)
{
	kusto_out_add(&a->out, buf_str(&a->text), a->text.len);
	buf_reset(&a->text);
}

static void
begin_frame(struct answer *a)
{
	put(a, a->frames++ == 0 ? "[" : ",");
}

static void
end_frame(struct answer *a)
{
	if (a->f->newlines)
		put(a, "\n");
}

/* A whole frame of which the members are text already. */
static void
put_frame(struct answer *a, const char *p, size_t n)
{
	begin_frame(a);
	kusto_out_add(&a->out, p, n);
	end_frame(a);
}

static void
put_made(struct answer *a)
{
	begin_frame(a);
	put_text(a);
	end_frame(a);
}

void
kusto_error_element(
    struct buf *b, const struct kusto_form *f, const struct kql_error *e)
{
	struct jsonw w = { .b = b };
	char now[WHEN_TEXT];

	when_format_kusto(now, when_now());
	jsonw_object(&w, NULL);
	jsonw_object(&w, "error");
	jsonw_str(&w, "code", e->code);
	jsonw_str(&w, "message", "Request is invalid and cannot be executed.");
	jsonw_str(&w, "@type",
	    e->permanent ? "Kusto.Data.Exceptions.KustoBadRequestException"
			 : "Kusto.Data.Exceptions.KustoServiceException");
	jsonw_str(&w, "@message", e->message);
	jsonw_object(&w, "@context");
	jsonw_str(&w, "timestamp", now);
	jsonw_str(&w, "clientRequestId", f->client_id);
	jsonw_str(&w, "activityId", f->activity_id);
	jsonw_end_object(&w);
	jsonw_bool(&w, "@permanent", e->permanent);
	jsonw_end_object(&w);
	jsonw_end_object(&w);
}

void
kusto_answer_error(
    const struct kusto_form *f, int status, const struct kql_error *e)
{
	struct kusto_out out;
	struct buf b = { 0 };

	kusto_out_begin(&out, f->fd, status, f->text ? "text" : "json",
	    f->gzip && !f->text);
	if (f->text)
		buf_printf(&b,
		    "%s: %s\r\nError details:\r\nClientRequestId='%s', "
		    "ActivityId='%s'\r\n",
		    e->code, e->message, f->client_id, f->activity_id);
	else
		kusto_error_element(&b, f, e);
	kusto_out_add(&out, b.data, b.len);
	kusto_out_end(&out);
	buf_fini(&b);
}

/* The .NET name of a type, as version 1 has it. */
static const char *
net_type(const char *type)
{
	static const char *const names[][2] = { { "bool", "SByte" },
		{ "int", "Int32" }, { "long", "Int64" }, { "real", "Double" },
		{ "decimal", "SqlDecimal" }, { "datetime", "DateTime" },
		{ "timespan", "TimeSpan" }, { "guid", "Guid" },
		{ "dynamic", "Object" } };

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (strcmp(type, names[i][0]) == 0)
			return names[i][1];
	return "String";
}

static void
write_columns(struct jsonw *w, const struct json *columns, int v1)
{
	jsonw_array(w, "Columns");
	for (const struct json *c = columns != NULL ? columns->child : NULL;
	     c != NULL; c = c->next) {
		const char *type = json_get_str(c, "ColumnType", "");

		jsonw_object(w, NULL);
		jsonw_str(w, "ColumnName", json_get_str(c, "ColumnName", ""));
		if (v1)
			jsonw_str(w, "DataType", net_type(type));
		jsonw_str(w, "ColumnType", type);
		jsonw_end_object(w);
	}
	jsonw_end_array(w);
}

/* A v1 table up to its rows. */
static void
open_v1(struct buf *b, int number, const struct json *columns)
{
	struct jsonw w = { .b = b };

	buf_printf(
	    b, "%s{\"TableName\":\"Table_%d\",", number > 0 ? "," : "", number);
	write_columns(&w, columns, 1);
	buf_puts(b, ",\"Rows\":[");
}

static void
begin(struct answer *a)
{
	if (a->begun)
		return;
	a->begun = 1;
	kusto_out_begin(&a->out, a->f->fd, 200, "json", a->f->gzip);
	if (a->f->v1)
		put(a, "{\"Tables\":[");
}

static void
on_header(struct answer *a)
{
	static const char *const places[] = { "InData", "EndOfTable",
		"EndOfDataSet" };
	struct jsonw w = { .b = &a->text };

	if (a->f->v1)
		return;
	jsonw_object(&w, NULL);
	jsonw_str(&w, "FrameType", "DataSetHeader");
	jsonw_bool(&w, "IsProgressive", 0);
	jsonw_str(&w, "Version", "v2.0");
	jsonw_bool(&w, "IsFragmented", a->f->fragmented);
	jsonw_str(&w, "ErrorReportingPlacement", places[a->f->asked]);
	jsonw_end_object(&w);
	put_made(a);
}

/* A table that came whole: in version 1 it stands behind the results. */
static void
on_table(struct answer *a, const struct json *frame)
{
	if (a->f->v1)
		json_write(&a->later, json_get(frame, "Rows"));
	else
		put_frame(a, a->line.data, a->line.len);
}

static void
on_table_header(struct answer *a, const struct json *frame)
{
	struct jsonw w = { .b = &a->text };
	const struct json *columns = json_get(frame, "Columns");

	a->open = 1;
	a->any = 0;
	a->id = json_get_int(frame, "TableId", 0);
	if (a->f->v1) {
		open_v1(&a->text, a->tables++, columns);
		put_text(a);
		return;
	}
	if (a->f->fragmented) {
		put_frame(a, a->line.data, a->line.len);
		return;
	}
	jsonw_object(&w, NULL);
	jsonw_str(&w, "FrameType", "DataTable");
	jsonw_int(&w, "TableId", a->id);
	jsonw_str(&w, "TableKind", json_get_str(frame, "TableKind", ""));
	jsonw_str(&w, "TableName", json_get_str(frame, "TableName", ""));
	write_columns(&w, columns, 0);
	jsonw_array(&w, "Rows");
	begin_frame(a);
	put_text(a);
}

/* Rows without the array around them. */
static void
put_rows(struct answer *a, const char *p, size_t n)
{
	if (a->any)
		put(a, ",");
	a->any = 1;
	kusto_out_add(&a->out, p, n);
}

static void
on_fragment(struct answer *a)
{
	static const char key[] = "\"Rows\":[";
	const char *at =
	    memmem(a->line.data, a->line.len, key, sizeof(key) - 1);
	const char *end = a->line.data + a->line.len - 2; /* "]}" */

	if (a->f->fragmented && !a->f->v1)
		put_frame(a, a->line.data, a->line.len);
	else
		put_rows(a, at + sizeof(key) - 1,
		    (size_t)(end - at) - (sizeof(key) - 1));
}

/* The error as a row, where clients look for it by default. */
static void
put_error_row(struct answer *a)
{
	struct jsonw w = { .b = &a->text };

	if (a->f->v1) {
		jsonw_object(&w, NULL);
		jsonw_array(&w, "Exceptions");
		jsonw_str(&w, NULL, a->message);
		jsonw_end_array(&w);
		jsonw_end_object(&w);
	} else {
		buf_printf(
		    &a->text, "{\"OneApiErrors\":[%s]}", buf_str(&a->error));
	}
	if (a->f->v1 || !a->f->fragmented) {
		if (a->any)
			put(a, ",");
		put_text(a);
		return;
	}
	begin_frame(a);
	kusto_out_add(&a->out, "{\"FrameType\":\"TableFragment\",", 29);
	put(a, "\"TableFragmentType\":\"DataAppend\",\"TableId\":1,\"Rows\":[");
	put_text(a);
	put(a, "]}");
	end_frame(a);
}

/* The table's end; line is its TableCompletion or NULL. */
static void
close_table(struct answer *a, const char *line, size_t n)
{
	int failed = a->error.len > 0;

	a->open = 0;
	if (failed && (a->f->v1 || a->f->place == PLACE_DATA))
		put_error_row(a);
	if (a->f->v1 || !a->f->fragmented) {
		put(a, "]}");
		if (!a->f->v1)
			end_frame(a);
		return;
	}
	if (line == NULL || (failed && a->f->place == PLACE_TABLE)) {
		buf_printf(&a->text,
		    "{\"FrameType\":\"TableCompletion\",\"TableId\":%lld,"
		    "\"RowCount\":0,\"OneApiErrors\":[%s]}",
		    (long long)a->id, buf_str(&a->error));
		put_made(a);
	} else {
		put_frame(a, line, n);
	}
}

/* A table of results is complete: time for the script's own error. */
static void
on_table_completion(struct answer *a)
{
	const struct kql_error *e = a->f->inject;

	if (e != NULL && a->f->inject_place < PLACE_LEVEL &&
	    a->error.len == 0) {
		kusto_error_element(&a->error, a->f, e);
		strcpy(a->message, e->message);
	}
	close_table(a, a->line.data, a->line.len);
}

static void
write_event(struct jsonw *w, const struct answer *a, int level,
    const char *name, const char *event, const char *payload)
{
	char now[WHEN_TEXT];

	when_format_kusto(now, when_now());
	jsonw_array(w, NULL);
	jsonw_str(w, NULL, now);
	jsonw_str(w, NULL, a->f->client_id);
	for (int i = 0; i < 3; i++)
		jsonw_str(w, NULL, a->f->activity_id);
	jsonw_int(w, NULL, level);
	jsonw_str(w, NULL, name);
	jsonw_int(w, NULL, level <= 2 ? -2133196797 : 0);
	jsonw_str(w, NULL,
	    level <= 2 ? "E_QUERY_RESULT_SET_TOO_LARGE (80DA0003)"
		       : "S_OK (0)");
	jsonw_int(w, NULL, level);
	jsonw_str(w, NULL, event);
	jsonw_str(w, NULL, payload);
	jsonw_end_array(w);
}

static void
put_information(struct answer *a)
{
	static const char columns[] =
	    "{\"FrameType\":\"DataTable\",\"TableId\":99,\"TableKind\":"
	    "\"QueryCompletionInformation\",\"TableName\":"
	    "\"QueryCompletionInformation\",\"Columns\":["
	    "{\"ColumnName\":\"Timestamp\",\"ColumnType\":\"datetime\"},"
	    "{\"ColumnName\":\"ClientRequestId\",\"ColumnType\":\"string\"},"
	    "{\"ColumnName\":\"ActivityId\",\"ColumnType\":\"guid\"},"
	    "{\"ColumnName\":\"SubActivityId\",\"ColumnType\":\"guid\"},"
	    "{\"ColumnName\":\"ParentActivityId\",\"ColumnType\":\"guid\"},"
	    "{\"ColumnName\":\"Level\",\"ColumnType\":\"int\"},"
	    "{\"ColumnName\":\"LevelName\",\"ColumnType\":\"string\"},"
	    "{\"ColumnName\":\"StatusCode\",\"ColumnType\":\"int\"},"
	    "{\"ColumnName\":\"StatusCodeName\",\"ColumnType\":\"string\"},"
	    "{\"ColumnName\":\"EventType\",\"ColumnType\":\"int\"},"
	    "{\"ColumnName\":\"EventTypeName\",\"ColumnType\":\"string\"},"
	    "{\"ColumnName\":\"Payload\",\"ColumnType\":\"string\"}],\"Rows\":";
	const struct kql_error *e = a->f->inject;
	struct jsonw w = { .b = &a->text };

	buf_puts(&a->text, columns);
	jsonw_array(&w, NULL);
	if (e != NULL && a->f->inject_place == PLACE_LEVEL)
		write_event(&w, a, 2, "Error", "QueryInfo", e->message);
	else
		write_event(&w, a, 4, "Info", "QueryInfo",
		    "{\"Count\":1,\"Text\":\"Query completed successfully\"}");
	write_event(&w, a, 6, "Stats", "QueryResourceConsumption",
	    "{\"ExecutionTime\":0.0}");
	jsonw_end_array(&w);
	buf_putc(&a->text, '}');
	put_made(a);
}

/* What version 1 puts behind the results: properties, status, contents. */
static void
put_v1_tail(struct answer *a)
{
	int results = a->tables, i;

	buf_printf(&a->text,
	    ",{\"TableName\":\"Table_%d\",\"Columns\":[{\"ColumnName\":"
	    "\"TableId\",\"DataType\":\"Int32\",\"ColumnType\":\"int\"},"
	    "{\"ColumnName\":\"Key\",\"DataType\":\"String\",\"ColumnType\":"
	    "\"string\"},{\"ColumnName\":\"Value\",\"DataType\":\"Object\","
	    "\"ColumnType\":\"dynamic\"}],\"Rows\":%s}",
	    results, a->later.len > 0 ? a->later.data : "[]");
	buf_printf(&a->text,
	    ",{\"TableName\":\"Table_%d\",\"Columns\":[{\"ColumnName\":"
	    "\"Severity\",\"DataType\":\"Int32\",\"ColumnType\":\"int\"},"
	    "{\"ColumnName\":\"StatusDescription\",\"DataType\":\"String\","
	    "\"ColumnType\":\"string\"}],\"Rows\":[[%d,\"Query completed\"]]}",
	    results + 1,
	    a->f->inject != NULL && a->f->inject_place == PLACE_LEVEL ? 2 : 4);
	buf_printf(&a->text,
	    ",{\"TableName\":\"Table_%d\",\"Columns\":[{\"ColumnName\":"
	    "\"Ordinal\",\"DataType\":\"Int64\",\"ColumnType\":\"long\"},"
	    "{\"ColumnName\":\"Kind\",\"DataType\":\"String\",\"ColumnType\":"
	    "\"string\"},{\"ColumnName\":\"Name\",\"DataType\":\"String\","
	    "\"ColumnType\":\"string\"},{\"ColumnName\":\"Id\",\"DataType\":"
	    "\"String\",\"ColumnType\":\"string\"},{\"ColumnName\":"
	    "\"PrettyName\",\"DataType\":\"String\",\"ColumnType\":"
	    "\"string\"}],\"Rows\":[",
	    results + 2);
	for (i = 0; i < results; i++)
		buf_printf(&a->text,
		    "[%d,\"QueryResult\",\"PrimaryResult\",\"%s\",\"\"],", i,
		    a->f->activity_id);
	buf_printf(&a->text,
	    "[%d,\"QueryProperties\",\"@ExtendedProperties\",\"%s\",\"\"],"
	    "[%d,\"QueryStatus\",\"QueryStatus\",\"%s\",\"\"]]}]",
	    i, a->f->activity_id, i + 1, a->f->activity_id);
	put_text(a);
}

static void
finish_v1(struct answer *a)
{
	struct jsonw w = { .b = &a->text };

	put_v1_tail(a);
	if (a->error.len > 0) {
		put(a, ",\"Exceptions\":");
		jsonw_array(&w, NULL);
		jsonw_str(&w, NULL, a->message);
		jsonw_end_array(&w);
		put_text(a);
	}
	put(a, "}");
}

static void
finish_v2(struct answer *a)
{
	int failed = a->error.len > 0;
	int cancelled =
	    a->f->inject != NULL && a->f->inject_place == PLACE_CANCEL;

	if (!failed)
		put_information(a);
	buf_printf(&a->text,
	    "{\"FrameType\":\"DataSetCompletion\",\"HasErrors\":%s,"
	    "\"Cancelled\":%s",
	    failed ? "true" : "false", cancelled ? "true" : "false");
	if (failed)
		buf_printf(
		    &a->text, ",\"OneApiErrors\":[%s]", buf_str(&a->error));
	buf_putc(&a->text, '}');
	put_made(a);
	put(a, "]");
}

static void
on_completion(struct answer *a, const struct json *frame)
{
	const struct json *errors = json_get(frame, "OneApiErrors");

	if (errors != NULL && errors->child != NULL) {
		const char *said = json_get_str(
		    json_get(errors->child, "error"), "@message", "");

		buf_reset(&a->error);
		json_write(&a->error, errors->child);
		strncpy(a->message, said, sizeof(a->message) - 1);
	}
	if (a->open)
		close_table(a, NULL, 0);
	if (a->f->v1)
		finish_v1(a);
	else
		finish_v2(a);
	kusto_out_end(&a->out);
}

static int
is(const char *type, const char *what)
{
	return strcmp(type, what) == 0;
}

static void
on_frame(struct answer *a)
{
	static const char fragment[] = "{\"FrameType\":\"TableFragment\"";
	struct json *frame;
	const char *type;
	struct err e;

	begin(a);
	if (strncmp(a->line.data, fragment, sizeof(fragment) - 1) == 0) {
		on_fragment(a);
		return;
	}
	frame = json_parse(&a->a, a->line.data, a->line.len, &e);
	type = json_get_str(frame, "FrameType", "");
	if (is(type, "DataSetHeader"))
		on_header(a);
	else if (is(type, "DataTable"))
		on_table(a, frame);
	else if (is(type, "TableHeader"))
		on_table_header(a, frame);
	else if (is(type, "TableCompletion"))
		on_table_completion(a);
	else if (is(type, "DataSetCompletion"))
		on_completion(a, frame);
	arena_reset(&a->a);
}

static int
take(void *ctx, const char *p, size_t n)
{
	struct answer *a = ctx;
	const char *eol;

	while ((eol = memchr(p, '\n', n)) != NULL) {
		buf_add(&a->line, p, (size_t)(eol - p));
		on_frame(a);
		buf_reset(&a->line);
		n -= (size_t)(eol + 1 - p);
		p = eol + 1;
	}
	buf_add(&a->line, p, n);
	return 0;
}

void
kusto_answer_query(
    struct kql *k, const struct kql_request *q, const struct kusto_form *f)
{
	struct answer a = { .f = f };
	struct kql_error e;

	if (kql_run(k, q, take, &a, &e) == -1 && !a.begun)
		kusto_answer_error(f, e.permanent ? 400 : 500, &e);
	buf_fini(&a.line);
	buf_fini(&a.text);
	buf_fini(&a.later);
	buf_fini(&a.error);
	arena_fini(&a.a);
}

void
kusto_answer_table(
    const struct kusto_form *f, const char *columns, const struct buf *rows)
{
	struct answer a = { .f = f };
	struct json *tree;
	struct err e;

	tree = json_parse(&a.a, columns, strlen(columns), &e);
	begin(&a);
	open_v1(&a.text, 0, tree);
	buf_add(&a.text, buf_str(rows), rows->len);
	buf_puts(&a.text, "]}]}");
	put_text(&a);
	kusto_out_end(&a.out);
	buf_fini(&a.text);
	arena_fini(&a.a);
}
