/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "reply.h"

/*
 * A v2 answer is a sequence of frames.  A table comes in one DataTable, or as
 * TableHeader, TableFragments and TableCompletion, which name it by its id and
 * may stand between those of others.
 */

static int
is(const char *s, const char *what)
{
	return s != NULL && strcmp(s, what) == 0;
}

/* What becomes of the rows of a table of that kind. */
static int
kind_mode(struct reply *r, const char *kind, const struct json *columns)
{
	if (is(kind, "PrimaryResult"))
		return reply_take_result(r, columns);
	if (!is(kind, "QueryCompletionInformation"))
		return ROWS_DROP;
	r->level_at = reply_column(columns, "Level");
	r->code_at = reply_column(columns, "StatusCodeName");
	r->reason_at = reply_column(columns, "Payload");
	return ROWS_LEVEL;
}

static int
table_mode(struct reply *r, const struct json *frame, int last)
{
	const char *kind = json_get_str(frame, "TableKind", NULL);
	const struct json *columns = json_get(frame, "Columns");

	if (kind != NULL && columns != NULL)
		return kind_mode(r, kind, columns);
	/* Keys come in any order: what is missing may follow the rows. */
	if (!last)
		return ROWS_KEEP;
	return reply_fault(
	    r, "BadLine", 0, "a table without TableKind or Columns");
}

/* The place in tables of the table that a frame is about; -1 if none. */
static int
find_table(const struct reply *r, const struct json *frame)
{
	int64_t id = json_get_int(frame, "TableId", -1);

	for (size_t i = 0; i < r->ntables; i++)
		if (r->tables[i].id == id)
			return (int)i;
	return -1;
}

static int
is_result(enum rows_mode m)
{
	return m == ROWS_EMIT || m == ROWS_HOLD;
}

static int
fragment_mode(struct reply *r, const struct json *frame, int last)
{
	const char *type = json_get_str(frame, "TableFragmentType", NULL);
	int i = find_table(r, frame);

	if (!last && (type == NULL || json_get(frame, "TableId") == NULL))
		return ROWS_KEEP;
	if (i == -1)
		return reply_fault(
		    r, "BadLine", 0, "a fragment of no table with a header");
	/* Rows that are out cannot be taken back. */
	if (is(type, "DataReplace") && is_result(r->tables[i].mode)) {
		if (r->table.rows > r->base)
			return reply_fault(r, "BadLine", 0,
			    "DataReplace in an answer not progressive");
		spool_reset(&r->held);
	}
	return (int)r->tables[i].mode;
}

int
v2_mode(struct reply *r, const struct json *frame, int last)
{
	const char *type = json_get_str(frame, "FrameType", NULL);

	if (is(type, "DataTable"))
		return table_mode(r, frame, last);
	if (is(type, "TableFragment"))
		return fragment_mode(r, frame, last);
	return type == NULL && !last ? ROWS_KEEP : ROWS_DROP;
}

static int
table_header(struct reply *r, const struct json *frame)
{
	/* The header is whole, so there is no ROWS_KEEP. */
	int mode = table_mode(r, frame, 1);

	if (mode == -1)
		return -1;
	if (r->ntables == TABLES_MAX)
		return reply_fault(
		    r, "BadLine", 0, "more than %d tables", TABLES_MAX);
	r->tables[r->ntables].id = json_get_int(frame, "TableId", -1);
	r->tables[r->ntables].mode = (enum rows_mode)mode;
	r->ntables++;
	return 0;
}

static int
table_completion(struct reply *r, const struct json *frame)
{
	int i = find_table(r, frame);
	int64_t rows, want;

	if (i == -1 || !is_result(r->tables[i].mode))
		return 0;
	/* What was held can no longer be replaced. */
	if (reply_release(r) == -1)
		return -1;
	rows = r->table.rows - r->base;
	want = json_get_int(frame, "RowCount", rows);
	if (rows != want)
		return reply_fault(r, "Truncated", 0,
		    "%lld rows came, the service counts %lld", (long long)rows,
		    (long long)want);
	return 0;
}

/*
 * The one frame without which an answer is not whole.  OneApiErrors were looked
 * for before, since any frame may have them.
 */
static int
completion(struct reply *r, const struct json *frame)
{
	if (json_get_bool(frame, "Cancelled", 0))
		return reply_fault(
		    r, "Truncated", 0, "the query was cancelled");
	if (json_get_bool(frame, "HasErrors", 0))
		return reply_fault(r, "Truncated", 0,
		    "the service reports an error and does not say which");
	r->complete = 1;
	return reply_release(r);
}

int
v2_frame(struct reply *r, const struct json *frame)
{
	const char *type = json_get_str(frame, "FrameType", "");

	if (reply_check_errors(r, frame) == -1)
		return -1;
	if (is(type, "DataSetHeader"))
		r->progressive = json_get_bool(frame, "IsProgressive", 0);
	else if (is(type, "TableHeader"))
		return table_header(r, frame);
	else if (is(type, "TableCompletion"))
		return table_completion(r, frame);
	else if (is(type, "DataSetCompletion"))
		return completion(r, frame);
	return 0;
}
