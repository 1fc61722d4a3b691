/* SPDX-License-Identifier: MIT */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "kusto_frame.h"
#include "oneapi.h"

int
kusto_fault(struct kusto_reader *r, const char *code, int permanent,
    const char *fmt, ...)
{
	struct kql_error *e = &r->fault;
	va_list ap;

	if (e->code[0] != '\0')
		return -1;
	snprintf(e->code, sizeof(e->code), "%s", code);
	e->permanent = permanent;
	va_start(ap, fmt);
	vsnprintf(e->message, sizeof(e->message), fmt, ap);
	va_end(ap);
	return -1;
}

int
kusto_no_answer(struct kusto_reader *r, const char *what)
{
	return kusto_fault(r, "BadLine", 0, "%s is no Kusto answer", what);
}

int
kusto_check_errors(struct kusto_reader *r, const struct json *j)
{
	struct oneapi_error e;

	if (!oneapi_find(j, &e))
		return 0;
	return kusto_fault(r, e.code, e.permanent, "%s", e.message);
}

struct json *
kusto_parse(struct kusto_reader *r, const struct buf *b)
{
	struct json *j;
	struct err e;

	if ((j = json_parse(&r->a, buf_str(b), b->len, &e)) == NULL)
		kusto_fault(r, "BadLine", 0, "%s", e.msg);
	return j;
}

int
kusto_is(const struct json *frame, const char *member, const char *what)
{
	return strcmp(json_get_str(frame, member, ""), what) == 0;
}

static int
column(const struct json *columns, const char *name)
{
	const struct json *c = columns != NULL ? columns->child : NULL;

	for (int i = 0; c != NULL; c = c->next, i++)
		if (kusto_is(c, "ColumnName", name))
			return i;
	return -1;
}

/* A table begins: which it is. */
static void
see_table(struct kusto_reader *r, const struct json *frame)
{
	int64_t id = json_get_int(frame, "TableId", -1);
	const struct json *columns = json_get(frame, "Columns");

	if (kusto_is(frame, "TableKind", "PrimaryResult") && r->primary == -1)
		r->primary = id;
	if (!kusto_is(frame, "TableKind", "QueryCompletionInformation"))
		return;
	r->level_id = id;
	r->level_at = column(columns, "Level");
	r->code_at = column(columns, "StatusCodeName");
	r->reason_at = column(columns, "Payload");
}

static const char *
cell(const struct json *row, int at)
{
	const struct json *c = row->child;

	for (; c != NULL && at > 0; at--)
		c = c->next;
	return c != NULL && at == 0 && c->str != NULL ? c->str : "";
}

/* Rows of QueryCompletionInformation: levels 1 and 2 are failures. */
static int
check_levels(struct kusto_reader *r)
{
	const struct json *rows;
	const char *level, *code;

	buf_putc(&r->line, '[');
	buf_add(&r->line, buf_str(&r->rest), r->rest.len);
	buf_putc(&r->line, ']');
	rows = kusto_parse(r, &r->line);
	buf_reset(&r->line);
	if (rows == NULL)
		return -1;
	for (const struct json *row = rows->child; row != NULL;
	     row = row->next) {
		level = cell(row, r->level_at);
		code = cell(row, r->code_at);
		if (strcmp(level, "1") == 0 || strcmp(level, "2") == 0)
			return kusto_fault(r,
			    *code != '\0' ? code : "PartialQueryFailure", 0,
			    "%s", cell(row, r->reason_at));
	}
	return 0;
}

/* Rows of a table have come. */
static int
see_rows(struct kusto_reader *r, const struct json *frame)
{
	int64_t id = json_get_int(frame, "TableId", -1);

	if (id == r->level_id && check_levels(r) == -1)
		return -1;
	if (id != r->primary)
		return 0;
	if (kusto_is(frame, "TableFragmentType", "DataReplace"))
		r->rows = 0;
	r->rows += r->frame_rows;
	return 0;
}

static int
see_table_end(struct kusto_reader *r, const struct json *frame)
{
	int64_t want = json_get_int(frame, "RowCount", r->rows);

	if (json_get_int(frame, "TableId", -1) != r->primary || want == r->rows)
		return 0;
	return kusto_fault(r, "Truncated", 0,
	    "%lld rows came, the service counts %lld", (long long)r->rows,
	    (long long)want);
}

static int
see_end(struct kusto_reader *r, const struct json *frame)
{
	if (json_get_bool(frame, "Cancelled", 0))
		return kusto_fault(
		    r, "Truncated", 0, "the query was cancelled");
	if (json_get_bool(frame, "HasErrors", 0))
		return kusto_fault(r, "Truncated", 0,
		    "the service reports an error and does not say which");
	r->complete = 1;
	return 0;
}

/* A row of a v1 table; severity is a column of it if it is QueryStatus. */
static int
see_v1_row(
    struct kusto_reader *r, const struct json *row, int severity, int reason)
{
	if (row->type != JSON_ARRAY) {
		if (kusto_check_errors(r, row) == -1)
			return -1;
		return kusto_fault(r, "BadRow", 0, "a row that is no array");
	}
	if (severity != -1 && strtol(cell(row, severity), NULL, 10) <= 2)
		return kusto_fault(
		    r, "PartialQueryFailure", 0, "%s", cell(row, reason));
	return 0;
}

static int
see_v1_table(struct kusto_reader *r, const struct json *t)
{
	const struct json *columns = json_get(t, "Columns");
	const struct json *rows = json_get(t, "Rows");
	int reason = column(columns, "StatusDescription");
	int severity = reason == -1 ? -1 : column(columns, "Severity");

	if (kusto_check_errors(r, t) == -1)
		return -1;
	for (const struct json *row = rows != NULL ? rows->child : NULL;
	     row != NULL; row = row->next)
		if (see_v1_row(r, row, severity, reason) == -1)
			return -1;
	return 0;
}

/* A v1 answer stays whole: we did not ask for one. */
static int
see_v1(struct kusto_reader *r, const struct json *tables)
{
	for (const struct json *t = tables->child; t != NULL; t = t->next)
		if (see_v1_table(r, t) == -1)
			return -1;
	if (tables->child != NULL)
		r->rows = (int64_t)json_count(json_get(tables->child, "Rows"));
	r->complete = 1;
	return 0;
}

/* An object that is no frame. */
static int
see_other(struct kusto_reader *r, const struct json *j)
{
	const struct json *tables = json_get(j, "Tables");

	if (kusto_check_errors(r, j) == -1)
		return -1;
	if (tables != NULL && tables->type == JSON_ARRAY && !r->in_array)
		return see_v1(r, tables);
	return kusto_no_answer(r, "an object without FrameType");
}

int
kusto_judge(struct kusto_reader *r, const struct json *frame)
{
	if (json_get_str(frame, "FrameType", NULL) == NULL)
		return see_other(r, frame);
	if (kusto_check_errors(r, frame) == -1)
		return -1;
	if (kusto_is(frame, "FrameType", "TableHeader") ||
	    kusto_is(frame, "FrameType", "DataTable"))
		see_table(r, frame);
	if (kusto_is(frame, "FrameType", "TableFragment") ||
	    kusto_is(frame, "FrameType", "DataTable"))
		return see_rows(r, frame);
	if (kusto_is(frame, "FrameType", "TableCompletion"))
		return see_table_end(r, frame);
	if (kusto_is(frame, "FrameType", "DataSetCompletion"))
		return see_end(r, frame);
	return 0;
}
