/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "control.h"
#include "decode.h"
#include "io.h"
#include "log.h"
#include "mem.h"
#include "metrics.h"
#include "reply.h"
#include "status.h"

#define READ_SIZE 65536
#define PEEK_MAX  16  /* bytes that tell a control line from others */
#define TEXT_MAX  200 /* bytes quoted of an answer that is not JSON */

struct decoder {
	struct reply reply;
	struct out *out;
	struct metric *counts;

	/* The input. */
	const char *name;
	long line;                 /* that is being read, from 1 */
	int line_start;            /* the next byte begins a line */
	enum control_kind control; /* the line being collected, or NONE */
	struct buf text;           /* of it */
	int status;

	/* The window, or what is bare. */
	int in_window;
	int written;    /* its @window is out */
	int failed;     /* reading past the rest of it */
	struct arena a; /* tree of @window */
	struct json *window;
	struct arena end_a; /* tree of @end */
};

static void
put_window(struct decoder *d)
{
	if (d->in_window && !d->written)
		control_write(
		    &d->out->b, CONTROL_WINDOW, d->window, CONTROL_JSON);
	d->written = 1;
}

/* The result's columns are known: the window is written with them. */
static int
on_columns(void *ctx, const struct json *columns, struct err *e)
{
	struct decoder *d = ctx;

	if (!d->in_window)
		return 0;
	if (d->written)
		return err_set(e, ST_DATA, "two answers in one window");
	json_set(&d->a, d->window, "columns", table_describe(&d->a, columns));
	put_window(d);
	return 0;
}

struct decoder *
decoder_new(struct out *out, struct metric *counts)
{
	struct decoder *d = mem_new(1, sizeof(*d));

	d->out = out;
	d->counts = counts;
	reply_init(&d->reply, out, on_columns, d);
	return d;
}

void
decoder_free(struct decoder *d)
{
	reply_fini(&d->reply);
	buf_fini(&d->text);
	arena_fini(&d->a);
	arena_fini(&d->end_a);
	free(d);
}

static void
begin(struct decoder *d)
{
	reply_reset(&d->reply);
	d->in_window = d->written = d->failed = 0;
	d->window = NULL;
	arena_reset(&d->a);
}

/* Put where it was in front of what is wrong with a line. */
static void
add_place(struct decoder *d)
{
	struct fault *f = &d->reply.fault;
	char why[sizeof(f->message)];

	if (strcmp(f->code, "BadLine") != 0 && strcmp(f->code, "BadRow") != 0)
		return;
	memcpy(why, f->message, sizeof(why));
	snprintf(f->message, sizeof(f->message), "%s:%ld: %.900s", d->name,
	    d->line, why);
}

/*
 * The answer is no good.  In a window the @end will say so; what is bare gets
 * an @end of our own, so that later stages know.
 */
static void
fail(struct decoder *d)
{
	const struct fault *f = &d->reply.fault;

	add_place(d);
	if (d->in_window)
		log_warn("window failed",
		    KV_S("window", json_get_str(d->window, "id", "")),
		    KV_S("code", f->code), KV_S("reason", f->message));
	else
		log_error("answer failed", KV_S("code", f->code),
		    KV_S("reason", f->message));
	d->failed = 1;
	d->counts[COUNT_FAILED].value++;
}

static void
fail_with(struct decoder *d, const char *code, const char *message)
{
	struct err e;

	d->reply.e = &e;
	reply_fault(&d->reply, code, 0, "%s", message);
	fail(d);
}

static int
put_end(struct decoder *d, struct json *end, struct err *e)
{
	const struct fault *f = &d->reply.fault;

	put_window(d);
	if (d->failed)
		end_error_set(&d->end_a, end, "kql2rows", f->code, f->message,
		    f->permanent);
	control_write(&d->out->b, CONTROL_END, end, CONTROL_JSON);
	d->counts[COUNT_ROWS].value += d->reply.table.rows;
	begin(d);
	return out_flush(d->out, e);
}

/* An @end of ours, where the input has none. */
static int
make_end(struct decoder *d, struct err *e)
{
	const char *id = json_get_str(d->window, "id", NULL);
	int full = strcmp(d->reply.fault.code, "Full") == 0;
	struct json *end;

	arena_reset(&d->end_a);
	end = json_new(&d->end_a, JSON_OBJECT);
	if (id != NULL)
		json_set(&d->end_a, end, "id", json_new_str(&d->end_a, id));
	if (d->status != ST_RETRY)
		d->status = full ? ST_RETRY : ST_DATA;
	return put_end(d, end, e);
}

/* The input ends, or a window begins: what came before must be complete. */
static int
cut_off(struct decoder *d, struct err *e)
{
	struct err why;

	if (d->in_window && !d->failed)
		fail_with(d, "Truncated", "the input ends inside the window");
	else if (!d->failed && reply_end(&d->reply, &why) == -1)
		fail(d);
	if (d->failed)
		return make_end(d, e);
	d->counts[COUNT_ROWS].value += d->reply.table.rows;
	begin(d);
	return 0;
}

/* A window that founds a status is [t, t): there is no answer in it. */
static int
needs_answer(const struct decoder *d)
{
	return strcmp(json_get_str(d->window, "start", ""),
		   json_get_str(d->window, "end", "-")) != 0;
}

static void
check_window(struct decoder *d, struct json *end)
{
	int64_t rows = d->reply.table.rows, want;
	char text[100];
	struct err why;

	if (!d->reply.started && needs_answer(d)) {
		fail_with(d, "Truncated", "the window holds no answer");
		return;
	}
	if (reply_end(&d->reply, &why) == -1) {
		fail(d);
		return;
	}
	want = json_get_int(end, "rows", rows);
	if (want != rows) {
		snprintf(text, sizeof(text),
		    "%lld rows came, the @end counts %lld", (long long)rows,
		    (long long)want);
		fail_with(d, "Truncated", text);
	}
	json_set(&d->end_a, end, "rows", json_new_int(&d->end_a, want));
}

static int
on_end(struct decoder *d, struct json *end, struct err *e)
{
	struct end_error error;

	if (end_error_read(end, &error)) {
		/* A bare answer that failed before it came here. */
		if (!d->in_window)
			d->status = ST_DATA;
	} else if (d->in_window && !d->failed) {
		check_window(d, end);
	}
	return put_end(d, end, e);
}

/* A whole control line is in d->text. */
static int
on_control(struct decoder *d, struct err *e)
{
	const char *s = d->text.data;
	size_t n = d->text.len;
	struct json *j;

	if (d->control == CONTROL_CONDITION) {
		buf_add(&d->out->b, s, n);
		buf_putc(&d->out->b, '\n');
		return out_flush(d->out, e);
	}
	if (d->control == CONTROL_WINDOW) {
		if (cut_off(d, e) == -1)
			return -1;
		d->window =
		    control_parse(&d->a, CONTROL_WINDOW, s, n, CONTROL_JSON, e);
		d->in_window = d->window != NULL;
		d->counts[COUNT_WINDOWS].value++;
		return d->window != NULL ? 0 : -1;
	}
	arena_reset(&d->end_a);
	j = control_parse(&d->end_a, CONTROL_END, s, n, CONTROL_JSON, e);
	return j == NULL ? -1 : on_end(d, j, e);
}

/* What came instead of JSON: an error page, noise. */
static void
quote(struct decoder *d, const char *s, size_t n)
{
	char text[TEXT_MAX + 1];
	size_t len = n < TEXT_MAX ? n : TEXT_MAX;

	for (size_t i = 0; i < len; i++)
		text[i] = s[i] >= ' ' && s[i] <= '~' ? s[i] : ' ';
	while (len > 0 && text[len - 1] == ' ')
		len--;
	text[len] = '\0';
	snprintf(d->reply.fault.message, sizeof(d->reply.fault.message),
	    "no JSON: %s", text);
}

/* Bytes of an answer, up to the end of a line or of what there is. */
static int
on_data(struct decoder *d, const char *s, size_t n, struct err *e)
{
	int fresh = !d->reply.started;

	if (d->failed || reply_feed(&d->reply, s, n, e) == 0)
		return 0;
	if (e->code != ST_DATA)
		return -1;
	if (fresh && !d->reply.started)
		quote(d, s, n);
	fail(d);
	return 0;
}

/* Whether a line that looks like a control line is one, here. */
static int
control_allowed(struct decoder *d)
{
	if (!d->in_window)
		return d->failed || reply_between(&d->reply);
	if (!d->failed && !reply_between(&d->reply))
		fail_with(d, "BadLine", "a frame is not whole on its line");
	return 1;
}

/* A line, or a piece of one. */
static int
take(struct decoder *d, const char *s, size_t n, int whole, struct err *e)
{
	int bad;

	if (d->control == CONTROL_NONE)
		return on_data(d, s, n + (size_t)whole, e);
	buf_add(&d->text, s, n);
	if (d->text.len > IO_LINE_MAX)
		return err_set(e, ST_DATA, "%s:%ld: line over %d bytes",
		    d->name, d->line, IO_LINE_MAX);
	if (!whole)
		return 0;
	bad = on_control(d, e);
	if (bad == -1 && e->code == ST_DATA)
		err_wrap(e, "%s:%ld", d->name, d->line);
	buf_reset(&d->text);
	d->control = CONTROL_NONE;
	return bad;
}

/*
 * Take what can be taken of n bytes, line by line.  Returns how many, or -1;
 * a few are left when they might be the start of a control line.
 */
static ssize_t
consume(struct decoder *d, const char *s, size_t n, int eof, struct err *e)
{
	size_t at = 0;

	while (at < n) {
		const char *nl = memchr(s + at, '\n', n - at);
		size_t len = nl != NULL ? (size_t)(nl - s) - at : n - at;

		if (d->line_start && d->control == CONTROL_NONE) {
			if (nl == NULL && len < PEEK_MAX && !eof)
				return (ssize_t)at;
			d->control = control_peek(s + at, len, CONTROL_JSON);
			if (d->control != CONTROL_NONE && !control_allowed(d))
				d->control = CONTROL_NONE;
		}
		d->line_start = nl != NULL;
		if (take(d, s + at, len, nl != NULL, e) == -1)
			return -1;
		d->line += nl != NULL;
		at += len + (nl != NULL);
	}
	return (ssize_t)at;
}

/* End of file: a control line must be whole, what is open must be complete. */
static int
finish(struct decoder *d, struct err *e)
{
	if (d->control != CONTROL_NONE) {
		log_error("last line is torn", KV_S("input", d->name),
		    KV_I("line", d->line));
		d->status = ST_DATA;
		d->control = CONTROL_NONE;
		buf_reset(&d->text);
	}
	if (cut_off(d, e) == -1)
		return -1;
	return out_flush(d->out, e) == -1 ? -1 : d->status;
}

int
decoder_run(struct decoder *d, int fd, const char *name, struct err *e)
{
	char bytes[READ_SIZE];
	size_t have = 0;
	ssize_t n, used;

	begin(d);
	d->name = name;
	d->line = d->line_start = 1;
	d->status = ST_OK;
	do {
		do
			n = read(fd, bytes + have, sizeof(bytes) - have);
		while (n == -1 && errno == EINTR);
		if (n == -1)
			return err_sys(e, ST_RETRY, "%s", name);
		have += (size_t)n;
		if ((used = consume(d, bytes, have, n == 0, e)) == -1)
			return -1;
		have -= (size_t)used;
		memmove(bytes, bytes + used, have);
	} while (n > 0);
	return finish(d, e);
}
