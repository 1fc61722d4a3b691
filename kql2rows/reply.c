/* SPDX-License-Identifier: MIT */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "log.h"
#include "oneapi.h"
#include "reply.h"
#include "status.h"

int
reply_fault(
    struct reply *r, const char *code, int permanent, const char *fmt, ...)
{
	va_list ap;

	snprintf(r->fault.code, sizeof(r->fault.code), "%s", code);
	r->fault.permanent = permanent;
	/* Half a row must not stay in front of the @end. */
	if (r->at == AT_ROW && r->mode == ROWS_EMIT)
		table_row_undo(&r->table);
	va_start(ap, fmt);
	vsnprintf(r->fault.message, sizeof(r->fault.message), fmt, ap);
	va_end(ap);
	return err_set(r->e, ST_DATA, "%s: %s", code, r->fault.message);
}

int
reply_check_errors(struct reply *r, const struct json *frame)
{
	struct oneapi_error e;

	if (!oneapi_find(frame, &e))
		return 0;
	return reply_fault(r, e.code, e.permanent, "%s", e.message);
}

int
reply_column(const struct json *columns, const char *name)
{
	int i = 0;

	for (const struct json *j = columns->child; j != NULL; j = j->next, i++)
		if (strcmp(json_get_str(j, "ColumnName", ""), name) == 0)
			return i;
	return -1;
}

int
reply_take_result(struct reply *r, const struct json *columns)
{
	/* What the others hold would need another window. */
	if (r->table.known) {
		if (!r->warned)
			log_warn("several result tables; the first is taken");
		r->warned = 1;
		return ROWS_DROP;
	}
	r->base = r->table.rows;
	if (table_columns(&r->table, columns, r->e) == -1)
		return -1;
	if (r->on_columns != NULL && r->on_columns(r->ctx, columns, r->e) == -1)
		return -1;
	return r->progressive ? ROWS_HOLD : ROWS_EMIT;
}

void
reply_begin(struct reply *r)
{
	r->complete = r->progressive = r->warned = r->v1 = 0;
	r->level_at = r->kind_at = -1;
	r->ntables = 0;
	r->table.known = 0;
	spool_reset(&r->held);
}

int
reply_replay(struct reply *r, struct spool *s)
{
	struct json_stream *rows = json_stream_new(&reply_events, r);
	char bytes[16384];
	/* A stream of its own: that of the input is inside a frame. */
	enum reply_at was = r->at;
	ssize_t n;
	int bad = 0;

	r->at = AT_ROWS;
	while (bad == 0 && (n = spool_next(s, bytes, sizeof(bytes), r->e)) != 0)
		bad = n == -1 ? -1
			      : json_stream_feed(rows, bytes, (size_t)n, r->e);
	json_stream_free(rows);
	spool_reset(s);
	r->at = was;
	return bad;
}

int
reply_release(struct reply *r)
{
	r->mode = ROWS_EMIT;
	return reply_replay(r, &r->held);
}

void
reply_init(struct reply *r, struct out *out, reply_columns *f, void *ctx)
{
	*r = (struct reply){ .out = out, .on_columns = f, .ctx = ctx };
	r->stream = json_stream_new(&reply_events, r);
	r->table.b = &out->b;
	spool_init(&r->late, NULL);
	spool_init(&r->held, NULL);
}

void
reply_fini(struct reply *r)
{
	json_stream_free(r->stream);
	buf_fini(&r->frame);
	buf_fini(&r->around);
	buf_fini(&r->row);
	spool_fini(&r->late);
	spool_fini(&r->held);
	arena_fini(&r->a);
	table_fini(&r->table);
}

/* A line that is not valid in its format, when nothing more exact is known. */
static int
judge(struct reply *r, int bad)
{
	if (bad == -1 && r->e->code == ST_DATA && *r->fault.code == '\0') {
		char why[sizeof(r->e->msg)];

		snprintf(why, sizeof(why), "%s", r->e->msg);
		return reply_fault(r, "BadLine", 0, "%s", why);
	}
	return bad;
}

int
reply_feed(struct reply *r, const char *s, size_t n, struct err *e)
{
	r->e = e;
	return judge(r, json_stream_feed(r->stream, s, n, e));
}

int
reply_end(struct reply *r, struct err *e)
{
	r->e = e;
	if (!reply_between(r))
		return reply_fault(r, "Truncated", 0,
		    "the answer ends in the middle of a value");
	if (r->started && !r->complete)
		return reply_fault(r, "Truncated", 0,
		    "the answer ends without DataSetCompletion");
	return 0;
}

void
reply_reset(struct reply *r)
{
	/* yajl cannot go on after an error. */
	json_stream_free(r->stream);
	r->stream = json_stream_new(&reply_events, r);
	r->at = AT_TOP;
	r->in_array = r->started = r->next_rows = r->next_tables = 0;
	r->fault = (struct fault){ 0 };
	buf_reset(&r->around);
	spool_reset(&r->late);
	table_reset(&r->table);
	reply_begin(r);
}
