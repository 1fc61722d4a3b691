/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>

#include "io.h"
#include "json.h"
#include "jsonw.h"
#include "kusto_frame.h"
#include "kusto_reader.h"
#include "scan.h"

#define PIECE_BYTES (256 << 10) /* of rows, before a table is split */
#define FRAME_MAX   (4 << 20)   /* bytes of a frame without its rows */

void
kusto_reader_init(struct kusto_reader *r, struct spool *out)
{
	struct kusto_reader was = *r;

	*r = (struct kusto_reader){ .out = out,
		.primary = -1,
		.level_id = -1,
		.frame = was.frame,
		.rest = was.rest,
		.odd = was.odd,
		.line = was.line,
		.a = was.a };
}

void
kusto_reader_fini(struct kusto_reader *r)
{
	buf_fini(&r->frame);
	buf_fini(&r->rest);
	buf_fini(&r->odd);
	buf_fini(&r->line);
	arena_fini(&r->a);
}

static int
put_line(struct kusto_reader *r)
{
	struct err e;
	int bad;

	buf_putc(&r->line, '\n');
	bad = spool_add(r->out, r->line.data, r->line.len, &e);
	buf_reset(&r->line);
	return bad == -1 ? kusto_fault(r, "Full", 0, "%s", e.msg) : 0;
}

/* ---- large tables ---- */

/* The TableHeader of a DataTable that is split. */
static int
put_header(struct kusto_reader *r, const struct json *frame)
{
	struct jsonw w = { .b = &r->line };
	struct buf columns = { 0 };

	json_write(&columns, json_get(frame, "Columns"));
	jsonw_object(&w, NULL);
	jsonw_str(&w, "FrameType", "TableHeader");
	jsonw_int(&w, "TableId", json_get_int(frame, "TableId", -1));
	jsonw_str(&w, "TableKind", json_get_str(frame, "TableKind", ""));
	jsonw_str(&w, "TableName", json_get_str(frame, "TableName", ""));
	jsonw_raw(&w, "Columns", columns.data, columns.len);
	jsonw_end_object(&w);
	buf_fini(&columns);
	return put_line(r);
}

/* Write the rows that wait as a fragment. */
static int
put_piece(struct kusto_reader *r, const struct json *frame)
{
	const char *how = "DataAppend";

	if (r->pieces++ == 0)
		how = json_get_str(frame, "TableFragmentType", how);
	buf_puts(&r->line,
	    "{\"FrameType\":\"TableFragment\","
	    "\"TableFragmentType\":");
	json_write_str(&r->line, how, strlen(how));
	buf_printf(&r->line, ",\"TableId\":%lld,\"Rows\":[",
	    (long long)json_get_int(frame, "TableId", -1));
	buf_add(&r->line, buf_str(&r->rest), r->rest.len);
	buf_puts(&r->line, "]}");
	buf_reset(&r->rest);
	return put_line(r);
}

/* Whether what is known of a frame is enough to write its rows by parts. */
static int
can_split(const struct kusto_reader *r, const struct json *frame)
{
	if (json_get(frame, "TableId") == NULL ||
	    json_get_int(frame, "TableId", -1) == r->level_id)
		return 0;
	if (kusto_is(frame, "FrameType", "TableFragment"))
		return json_get(frame, "TableFragmentType") != NULL;
	return kusto_is(frame, "FrameType", "DataTable") &&
	    json_get(frame, "Columns") != NULL &&
	    kusto_is(frame, "TableKind", "PrimaryResult");
}

/* Enough rows wait: write them, if the frame allows it. */
static int
split(struct kusto_reader *r)
{
	size_t len = r->frame.len;
	struct json *frame;
	int bad = 0;

	buf_puts(&r->frame, "]}");
	frame = kusto_parse(r, &r->frame);
	r->frame.len = len;
	if (frame == NULL)
		return -1;
	r->whole = !can_split(r, frame);
	if (!r->whole && r->pieces == 0 &&
	    kusto_is(frame, "FrameType", "DataTable"))
		bad = put_header(r, frame);
	if (!r->whole && bad == 0)
		bad = put_piece(r, frame);
	arena_reset(&r->a);
	return bad;
}

static int
put_completion(struct kusto_reader *r, const struct json *frame)
{
	buf_printf(&r->line,
	    "{\"FrameType\":\"TableCompletion\",\"TableId\":%lld,"
	    "\"RowCount\":%lld}",
	    (long long)json_get_int(frame, "TableId", -1),
	    (long long)r->frame_rows);
	return put_line(r);
}

/* The frame, or what is left of it. */
static int
put_frame(struct kusto_reader *r, const struct json *frame)
{
	if (r->pieces > 0) {
		if (r->rest.len > 0 && put_piece(r, frame) == -1)
			return -1;
		return kusto_is(frame, "FrameType", "DataTable")
		    ? put_completion(r, frame)
		    : 0;
	}
	buf_add(&r->line, r->frame.data, r->rows_at);
	buf_add(&r->line, buf_str(&r->rest), r->rest.len);
	buf_add(
	    &r->line, r->frame.data + r->rows_at, r->frame.len - r->rows_at);
	return put_line(r);
}

/* ---- from bytes to frames ---- */

static int
begin_frame(struct kusto_reader *r)
{
	if (r->complete)
		return kusto_no_answer(r, "a frame behind the last");
	buf_reset(&r->frame);
	buf_reset(&r->rest);
	buf_putc(&r->frame, '{');
	r->depth = 1;
	r->rows_next = r->pieces = r->whole = 0;
	r->rows_at = r->key_at = 0;
	r->frame_rows = 0;
	return 0;
}

static int
end_frame(struct kusto_reader *r)
{
	const struct json *frame = kusto_parse(r, &r->frame);
	int bad = frame == NULL ? -1 : kusto_judge(r, frame);

	if (bad == 0)
		bad = put_frame(r, frame);
	arena_reset(&r->a);
	return bad;
}

static int
end_row(struct kusto_reader *r)
{
	r->frame_rows++;
	if (r->rest.len < PIECE_BYTES)
		return 0;
	if (!r->whole && split(r) == -1)
		return -1;
	if (r->rest.len + r->frame.len < IO_LINE_MAX - 256)
		return 0;
	return kusto_fault(r, "BadLine", 0,
	    "a frame that cannot be split is over "
	    "%d bytes",
	    IO_LINE_MAX);
}

static int
end_odd(struct kusto_reader *r)
{
	const struct json *j = kusto_parse(r, &r->odd);

	if (j != NULL && kusto_check_errors(r, j) == 0)
		kusto_fault(r, "BadRow", 0, "an object among the rows");
	return -1;
}

static int
between_frames(struct kusto_reader *r, char c)
{
	switch (c) {
	case '[':
		if (r->in_array || r->complete)
			return kusto_no_answer(r, "an array of arrays");
		r->in_array = 1;
		return 0;
	case ']':
		if (!r->in_array || r->closed)
			return kusto_no_answer(r, "a lone bracket");
		r->closed = 1;
		return 0;
	case ',':
		return 0;
	case '{':
		return r->closed ? kusto_no_answer(r, "what follows the frames")
				 : begin_frame(r);
	default:
		return kusto_no_answer(r, "text");
	}
}

/* Between the rows of a table. */
static int
between_rows(struct kusto_reader *r, char c)
{
	switch (c) {
	case ',':
		return 0;
	case '[':
		if (r->rest.len > 0)
			buf_putc(&r->rest, ',');
		buf_putc(&r->rest, c);
		r->depth++;
		return 0;
	case '{':
		r->in_odd = 1;
		buf_reset(&r->odd);
		buf_putc(&r->odd, c);
		r->depth++;
		return 0;
	case ']':
		r->in_rows = 0;
		r->depth--;
		buf_putc(&r->frame, c);
		return 0;
	default:
		return kusto_fault(r, "BadRow", 0, "a row that is no array");
	}
}

/* Where a byte that is kept goes. */
static struct buf *
place(struct kusto_reader *r)
{
	return r->in_odd ? &r->odd : r->in_rows ? &r->rest : &r->frame;
}

static int
open_value(struct kusto_reader *r, char c)
{
	buf_putc(place(r), c);
	r->depth++;
	if (c != '[' || r->depth != 2 || !r->rows_next)
		return 0;
	r->in_rows = 1;
	r->rows_at = r->frame.len;
	return 0;
}

static int
close_value(struct kusto_reader *r, char c)
{
	buf_putc(place(r), c);
	r->depth--;
	if (r->depth == 0)
		return end_frame(r);
	if (r->depth > 2 || !r->in_rows)
		return 0;
	return r->in_odd ? end_odd(r) : end_row(r);
}

/* A byte of a frame outside of strings. */
static int
in_frame(struct kusto_reader *r, char c)
{
	switch (c) {
	case '{':
	case '[':
		return open_value(r, c);
	case '}':
	case ']':
		return close_value(r, c);
	case '"':
		if (r->depth == 1)
			r->key_at = r->frame.len;
		r->in_string = 1;
		break;
	case ':':
		if (r->depth == 1)
			r->rows_next = r->frame.len - r->key_at == 6 &&
			    memcmp(r->frame.data + r->key_at, "\"Rows\"", 6) ==
				0;
		break;
	default:
		if (c < '!' || c > '~')
			return kusto_no_answer(r, "a control character");
	}
	buf_putc(place(r), c);
	return 0;
}

/* Inside a string: takes what is of it, returns what is behind that. */
static const char *
in_string(struct kusto_reader *r, const char *p, const char *end)
{
	const char *from = p;

	if (r->escaped && (unsigned char)*p >= ' ')
		p++;
	r->escaped = 0;
	p = scan_plain(p, end, 0);
	if (p < end && (unsigned char)*p < ' ') {
		/* It would tear the line. */
		kusto_fault(r, "BadLine", 0, "a control character in a string");
		return end;
	}
	if (p < end) {
		r->escaped = *p == '\\';
		r->in_string = *p != '"';
		p++;
	}
	buf_add(place(r), from, (size_t)(p - from));
	return p;
}

/* How many bytes from p on are of values inside a row, and need no look. */
static size_t
plain(const char *p, const char *end)
{
	const char *at = p;

	while (at < end &&
	    ((*at >= '+' && *at <= ':' && *at != '/') ||
		(*at >= 'a' && *at <= 'z')))
		at++;
	return (size_t)(at - p);
}

static int
take(struct kusto_reader *r, char c)
{
	if (c == ' ' || c == '\n' || c == '\r' || c == '\t')
		return 0;
	if (r->depth == 0)
		return between_frames(r, c);
	if (r->in_rows && r->depth == 2)
		return between_rows(r, c);
	return in_frame(r, c);
}

int
kusto_reader_feed(struct kusto_reader *r, const char *p, size_t n)
{
	const char *end = p + n;

	while (p < end && r->fault.code[0] == '\0') {
		if (r->in_string) {
			p = in_string(r, p, end);
			continue;
		}
		n = r->depth > 2 ? plain(p, end) : 0;
		if (n > 0)
			buf_add(place(r), p, n);
		else
			take(r, *p);
		p += n > 0 ? n : 1;
		if (r->frame.len > FRAME_MAX || r->odd.len > FRAME_MAX ||
		    r->rest.len > IO_LINE_MAX - 256)
			kusto_fault(r, "BadLine", 0,
			    "a frame without its rows, or "
			    "a row, is too long");
	}
	return r->fault.code[0] == '\0' ? 0 : -1;
}

int
kusto_reader_end(struct kusto_reader *r)
{
	if (r->fault.code[0] != '\0')
		return -1;
	if (r->depth > 0 || !r->complete || (r->in_array && !r->closed))
		return kusto_fault(
		    r, "Truncated", 0, "the response ends too early");
	return 0;
}
