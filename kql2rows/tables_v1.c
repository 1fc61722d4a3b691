/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "log.h"
#include "reply.h"

/*
 * A v1 answer is an object around an array of tables.  Of one or two tables
 * the first is the result; of more the last says what each is.
 */

/* A table behind the first: the status, the table of contents, or neither. */
static int
other_mode(struct reply *r, const struct json *columns)
{
	int severity = reply_column(columns, "Severity");

	r->ordinal_at = reply_column(columns, "Ordinal");
	r->kind_at = reply_column(columns, "Kind");
	if (r->ordinal_at >= 0 && r->kind_at >= 0)
		return ROWS_TOC;
	if (severity < 0 || reply_column(columns, "StatusDescription") < 0)
		return ROWS_DROP;
	r->level_at = severity;
	r->code_at = -1;
	r->reason_at = reply_column(columns, "StatusDescription");
	return ROWS_LEVEL;
}

int
v1_mode(struct reply *r, const struct json *table, int last)
{
	const struct json *columns = json_get(table, "Columns");

	if (columns == NULL && !last)
		return ROWS_KEEP;
	if (columns == NULL)
		return reply_fault(r, "BadLine", 0, "a table without Columns");
	return r->v1 == 1 ? reply_take_result(r, columns)
			  : other_mode(r, columns);
}

static const char *
cell(const struct json *row, int at)
{
	const struct json *c = row->child;

	while (c != NULL && at-- > 0)
		c = c->next;
	return c != NULL && c->str != NULL ? c->str : "";
}

/* The contents say that the first table is a result, and which others are. */
int
v1_row(struct reply *r, const struct json *row)
{
	int first = strcmp(cell(row, r->ordinal_at), "0") == 0;
	int result = strcmp(cell(row, r->kind_at), "QueryResult") == 0;

	if (first && !result)
		return reply_fault(
		    r, "BadLine", 0, "the first table is not the result");
	if (result && !first && !r->warned) {
		log_warn("several result tables; the first is taken");
		r->warned = 1;
	}
	return 0;
}

int
v1_answer(struct reply *r, const struct json *around)
{
	if (reply_check_errors(r, around) == -1)
		return -1;
	if (r->v1 == 1)
		return reply_fault(r, "BadLine", 0, "an answer without tables");
	r->complete = 1;
	return 0;
}
