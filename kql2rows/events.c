/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>

#include "reply.h"

#define FRAME_MAX (1 << 20) /* bytes of a frame without its rows */
#define DEPTH_MAX 100       /* of what is kept; less than a tree may have */

/*
 * Text of what is kept: values behind each other, with a comma unless one
 * begins.
 */
static void
comma(struct buf *b)
{
	char last = b->len > 0 ? b->data[b->len - 1] : '[';

	if (last != '[' && last != '{' && last != ':')
		buf_putc(b, ',');
}

/* Where a value in the place the stream is at is kept; NULL: nowhere. */
static struct buf *
keeper(struct reply *r)
{
	if (r->at == AT_FRAME)
		return &r->frame;
	if (r->at == AT_ERROR)
		return &r->row;
	if (r->mode == ROWS_EMIT)
		return &r->out->b;
	return r->mode == ROWS_DROP ? NULL : &r->row;
}

static int
misplaced(struct reply *r, const char *what)
{
	return reply_fault(r, "BadLine", 0, "%s is no Kusto answer", what);
}

/*
 * Make ready to keep a value or key.  Returns 0 with where it goes in *b (NULL:
 * nowhere), or -1 when the frame is too large: rows apart it is small.
 */
static int
keep(struct reply *r, struct buf **b)
{
	*b = keeper(r);
	if (*b == NULL)
		return 0;
	if (r->at != AT_ROW && (*b)->len > FRAME_MAX)
		return reply_fault(r, "BadLine", 0,
		    "a frame without its rows is over %d bytes", FRAME_MAX);
	comma(*b);
	return 0;
}

/* A row that has the wrong number of cells. */
static int
bad_row(struct reply *r)
{
	char why[sizeof(r->e->msg)];

	snprintf(why, sizeof(why), "%s", r->e->msg);
	return reply_fault(r, "BadRow", 0, "%s", why);
}

/* Whether a value now is a cell of the result: the way of most values. */
static inline int
is_cell(const struct reply *r)
{
	return r->at == AT_ROW && r->depth == 0 && r->mode == ROWS_EMIT;
}

/* A null, boolean or number, outside of an emitted row's cells. */
static int
keep_raw(struct reply *r, const char *text, size_t n)
{
	struct buf *b;

	if (r->at < AT_FRAME)
		return misplaced(r, "a bare value");
	if (r->next_rows || r->next_tables) {
		r->next_rows = r->next_tables = 0;
		return 0;
	}
	if (keep(r, &b) == -1)
		return -1;
	if (b != NULL)
		buf_add(b, text, n);
	return 0;
}

static int
on_raw(struct reply *r, const char *text, size_t n)
{
	if (!is_cell(r))
		return keep_raw(r, text, n);
	return table_raw(&r->table, text, n, r->e) == -1 ? bad_row(r) : 0;
}

static int
on_null(void *ctx)
{
	return on_raw(ctx, "null", 4);
}

static int
on_boolean(void *ctx, int v)
{
	return on_raw(ctx, v ? "true" : "false", v ? 4 : 5);
}

static int
on_number(void *ctx, const char *text, size_t n)
{
	struct reply *r = ctx;

	if (!is_cell(r))
		return keep_raw(r, text, n);
	return table_number(&r->table, text, n, r->e) == -1 ? bad_row(r) : 0;
}

static int
on_string(void *ctx, const char *s, size_t n)
{
	struct reply *r = ctx;
	struct buf *b;

	if (is_cell(r))
		return table_text(&r->table, s, n, r->e) == -1 ? bad_row(r) : 0;
	if (r->at < AT_FRAME)
		return misplaced(r, "a bare string");
	if (r->next_rows || r->next_tables)
		return misplaced(r, "a string for an array");
	if (keep(r, &b) == -1)
		return -1;
	if (b != NULL)
		json_write_str(b, s, n);
	return 0;
}

static int
on_key(void *ctx, const char *s, size_t n)
{
	struct reply *r = ctx;
	struct buf *b;

	/* Rows and Tables are not kept: they are what may be large. */
	if (r->at == AT_FRAME && r->depth == 0) {
		r->next_rows = n == 4 && memcmp(s, "Rows", 4) == 0;
		r->next_tables = n == 6 && memcmp(s, "Tables", 6) == 0 &&
		    r->v1 == 0 && !r->in_array;
		if (r->next_rows || r->next_tables)
			return 0;
	}
	if (keep(r, &b) == -1)
		return -1;
	if (b != NULL) {
		json_write_str(b, s, n);
		buf_putc(b, ':');
	}
	return 0;
}

/* The start of an object or array inside a frame, a row or an error. */
static int
keep_open(struct reply *r, char bracket)
{
	struct buf *b;

	if (r->depth == DEPTH_MAX)
		return reply_fault(
		    r, "BadLine", 0, "nested deeper than %d levels", DEPTH_MAX);
	r->depth++;
	if (r->depth == 1 && r->at == AT_ROW && r->mode == ROWS_EMIT) {
		if (table_raw(&r->table, &bracket, 1, r->e) == -1)
			return bad_row(r);
		return 0;
	}
	if (keep(r, &b) == -1)
		return -1;
	if (b != NULL)
		buf_putc(b, bracket);
	return 0;
}

static int
keep_close(struct reply *r, char bracket)
{
	struct buf *b = keeper(r);

	if (b != NULL)
		buf_putc(b, bracket);
	r->depth--;
	return 0;
}

/* The tree of a text that is JSON but for how deep it may be. */
static struct json *
tree(struct reply *r, const struct buf *b)
{
	struct err why;
	struct json *j;

	arena_reset(&r->a);
	if ((j = json_parse(&r->a, b->data, b->len, &why)) == NULL)
		reply_fault(r, "BadLine", 0, "%s", why.msg);
	return j;
}

static void
begin_frame(struct reply *r)
{
	/* Frames behind a complete answer are the next answer's. */
	if (r->at == AT_TOP && (r->complete || !r->started))
		reply_begin(r);
	r->started = 1;
	r->at = AT_FRAME;
	r->depth = 0;
	r->decided = 0;
	buf_reset(&r->frame);
	buf_putc(&r->frame, '{');
}

static int
decide(struct reply *r, const struct json *frame, int last)
{
	int mode =
	    r->v1 > 0 ? v1_mode(r, frame, last) : v2_mode(r, frame, last);

	if (mode == -1)
		return -1;
	r->mode = (enum rows_mode)mode;
	r->decided = mode != ROWS_KEEP;
	return 0;
}

/* Rows begin: what is known of the frame by now says what they are. */
static int
begin_rows(struct reply *r)
{
	/* Closed only to be read; more may follow the rows. */
	size_t len = r->frame.len;
	struct json *f;

	r->next_rows = 0;
	buf_putc(&r->frame, '}');
	f = tree(r, &r->frame);
	r->frame.len = len;
	if (f == NULL || decide(r, f, 0) == -1)
		return -1;
	r->at = AT_ROWS;
	return 0;
}

static int
begin_row(struct reply *r)
{
	r->at = AT_ROW;
	r->depth = 0;
	if (r->mode == ROWS_EMIT) {
		table_row_begin(&r->table);
		return 0;
	}
	buf_reset(&r->row);
	buf_putc(&r->row, '[');
	return 0;
}

/* A row of QueryCompletionInformation: Level 1 and 2 are failures. */
static int
level_row(struct reply *r, const struct json *row)
{
	const char *cell[3] = { "", "", "" };
	int at[3] = { r->level_at, r->code_at, r->reason_at }, i = 0;

	for (const struct json *c = row->child; c != NULL; c = c->next, i++)
		for (int k = 0; k < 3; k++)
			if (i == at[k] && c->str != NULL)
				cell[k] = c->str;
	if (strcmp(cell[0], "1") != 0 && strcmp(cell[0], "2") != 0)
		return 0;
	return reply_fault(r,
	    *cell[1] != '\0' ? cell[1] : "PartialQueryFailure", 0, "%s",
	    cell[2]);
}

/* The end of a row that is not written: what it was kept for. */
static int
end_kept_row(struct reply *r)
{
	struct spool *s = r->mode == ROWS_HOLD ? &r->held : &r->late;
	struct err full;
	struct json *row;

	buf_putc(&r->row, ']');
	switch (r->mode) {
	case ROWS_HOLD:
	case ROWS_KEEP:
		buf_putc(&r->row, '\n');
		if (spool_add(s, r->row.data, r->row.len, r->e) == 0)
			return 0;
		full = *r->e;
		return reply_fault(r, "Full", 0, "%s", full.msg);
	case ROWS_LEVEL:
		row = tree(r, &r->row);
		return row == NULL ? -1 : level_row(r, row);
	case ROWS_TOC:
		row = tree(r, &r->row);
		return row == NULL ? -1 : v1_row(r, row);
	default:
		return 0;
	}
}

static int
end_row(struct reply *r)
{
	if (r->mode == ROWS_EMIT && table_row_end(&r->table, r->e) == -1)
		return bad_row(r);
	r->at = AT_ROWS;
	if (r->mode != ROWS_EMIT)
		return end_kept_row(r);
	return out_spare(r->out, r->e);
}

static int
end_error(struct reply *r)
{
	struct json *j;

	buf_putc(&r->row, '}');
	if ((j = tree(r, &r->row)) == NULL || reply_check_errors(r, j) == -1)
		return -1;
	return reply_fault(r, "BadRow", 0, "an object among the rows");
}

/* What is around v1 tables, or an error in the place of an answer. */
static int
end_other(struct reply *r, const struct json *j)
{
	if (r->v1 > 0)
		return v1_answer(r, j);
	if (reply_check_errors(r, j) == -1)
		return -1;
	return misplaced(r, "an object without FrameType");
}

static int
end_frame(struct reply *r)
{
	int table = r->v1 > 0 && r->around.len > 0;
	struct json *f;

	buf_putc(&r->frame, '}');
	if ((f = tree(r, &r->frame)) == NULL)
		return -1;
	if (!r->decided && (table || r->v1 == 0)) {
		if (decide(r, f, 1) == -1 || reply_replay(r, &r->late) == -1)
			return -1;
		/* A row's tree took the place of the frame's. */
		if ((f = tree(r, &r->frame)) == NULL)
			return -1;
	}
	r->at = table ? AT_TABLES : AT_TOP;
	if (table) {
		r->v1++;
		return reply_check_errors(r, f);
	}
	if (json_get_str(f, "FrameType", NULL) == NULL)
		return end_other(r, f);
	return v2_frame(r, f);
}

static int
on_start_object(void *ctx)
{
	struct reply *r = ctx;

	if (r->at == AT_TOP || r->at == AT_TABLES) {
		begin_frame(r);
		return 0;
	}
	if (r->at == AT_ROWS) {
		r->at = AT_ERROR;
		r->depth = 0;
		buf_reset(&r->row);
		buf_putc(&r->row, '{');
		return 0;
	}
	if (r->next_rows || r->next_tables)
		return misplaced(r, "an object for an array");
	return keep_open(r, '{');
}

static int
on_end_object(void *ctx)
{
	struct reply *r = ctx;

	if (r->depth > 0)
		return keep_close(r, '}');
	return r->at == AT_ERROR ? end_error(r) : end_frame(r);
}

static int
on_start_array(void *ctx)
{
	struct reply *r = ctx;

	if (r->at == AT_ROWS)
		return begin_row(r);
	/* The array around frames may be there or not, but once. */
	if (r->at == AT_TABLES || (r->at == AT_TOP && r->in_array))
		return misplaced(r, "an array of arrays");
	if (r->at == AT_TOP) {
		r->in_array = r->started = 1;
		reply_begin(r);
		return 0;
	}
	if (r->next_rows)
		return begin_rows(r);
	/* What is around the tables waits until they have come. */
	if (r->next_tables) {
		r->next_tables = 0;
		r->v1 = 1;
		r->at = AT_TABLES;
		buf_reset(&r->around);
		buf_add(&r->around, r->frame.data, r->frame.len);
		return 0;
	}
	return keep_open(r, '[');
}

static int
on_end_array(void *ctx)
{
	struct reply *r = ctx;

	if (r->at == AT_ROW && r->depth == 0)
		return end_row(r);
	if (r->at == AT_ROWS) {
		r->at = AT_FRAME;
	} else if (r->at == AT_TABLES) {
		buf_reset(&r->frame);
		buf_add(&r->frame, r->around.data, r->around.len);
		buf_reset(&r->around);
		r->at = AT_FRAME;
	} else if (r->at == AT_TOP) {
		r->in_array = 0;
	} else {
		return keep_close(r, ']');
	}
	return 0;
}

const struct json_events reply_events = {
	.null = on_null,
	.boolean = on_boolean,
	.number = on_number,
	.string = on_string,
	.key = on_key,
	.start_object = on_start_object,
	.end_object = on_end_object,
	.start_array = on_start_array,
	.end_array = on_end_array,
};
