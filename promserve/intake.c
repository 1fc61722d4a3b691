/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "answer.h"
#include "expo_read.h"
#include "hold.h"
#include "intake.h"
#include "io.h"
#include "log.h"
#include "series.h"
#include "status.h"

#define FUTURE_MS 600000 /* a sample further ahead is refused */
#define LOOK_MS   1000   /* how often to look for what is silent */

/* What is done with the window in hand. */
enum plan {
	PLAN_KEEP,
	PLAN_PASS,  /* another sender's: read past, say nothing */
	PLAN_COUNT, /* nothing of it is kept: count its samples */
};

struct intake {
	const struct intake_config *cf;
	int out;
	const char *file; /* of an earlier run that is read; NULL: the stream */
	int windows;      /* that began */
	struct answer win;
	enum plan plan;
	struct buf key; /* of the window's resource */
	struct builder points;
	struct arena labels; /* of the line in hand */
	struct metadata metadata;
	struct hold hold;
	size_t room; /* series that may be kept */
	int held;    /* an older window comes first */
	int64_t line;
	int64_t wall; /* ms since 1970 when the window began */
	int skipped;
	struct err err; /* why a stream without windows failed */
};

static int
say(struct intake *s, enum receipt_status status, struct err *e)
{
	const char *to = s->cf->destination;
	struct buf b = { 0 };
	int ret;

	answer_write(&s->win, status, to != NULL ? to : "default", &b);
	if ((ret = io_write(s->out, b.data, b.len, e)) == -1)
		err_wrap(e, "stdout");
	buf_fini(&b);
	return ret;
}

static void
set_size(struct intake *s)
{
	size_t series, bytes;

	store_size(s->cf->store, &series, &bytes);
	s->cf->metrics[SERVE_SERIES].value = (int64_t)series;
	s->cf->metrics[SERVE_BYTES].value = (int64_t)bytes;
}

static void
begin(struct intake *s)
{
	const struct window *w = &s->win.w;

	buf_reset(&s->key);
	if (s->win.named)
		buf_printf(&s->key, "%s/%s%s%s", w->namespace, w->name,
		    *w->rule != '\0' ? "+" : "", w->rule);
	s->plan = PLAN_KEEP;
	s->line = s->win.named ? 0 : s->line;
	s->wall = when_to_unix_ms(when_now());
	s->windows++;
	s->room = store_others(s->cf->store, buf_str(&s->key));
	s->room = s->room < s->cf->max_series ? s->cf->max_series - s->room : 0;
	s->held = s->win.named && hold_has(&s->hold, w);
}

/* Whether what is kept already is newer; the window that founds a status is
 * before all others. */
static int
is_older(struct intake *s)
{
	const struct window *w = &s->win.w;

	return s->win.named &&
	    (w->start == w->end ||
		w->end < store_end(s->cf->store, buf_str(&s->key)));
}

/* The resource has been taken off this destination: its series go. */
static int
is_taken_off(struct intake *s)
{
	struct window all = s->win.w;

	all.to = all.destinations;
	return !all.late && !window_is_for(&all, s->cf->destination) &&
	    all.end >= store_end(s->cf->store, buf_str(&s->key));
}

static void
forget(struct intake *s, const char *key, const char *why)
{
	if (s->cf->state != NULL)
		state_remove(s->cf->state, key);
	log_info("series forgotten", KV_S("resource", key), KV_S("why", why));
	set_size(s);
}

/* What is done with a window of the stream. */
static enum plan
choose(struct intake *s)
{
	const char *key = buf_str(&s->key);

	if (is_taken_off(s)) {
		if (store_forget(s->cf->store, key))
			forget(s, key, "not for this destination any more");
	} else
		store_hear(s->cf->store, key);
	if (!window_is_for(&s->win.w, s->cf->destination))
		return PLAN_PASS;
	return s->held || is_older(s) ? PLAN_COUNT : PLAN_KEEP;
}

static int
on_window(struct intake *s, const char *line, size_t n, struct err *e)
{
	if (answer_begin(&s->win, "promserve", line, n, e) == -1)
		return -1;
	begin(s);
	if (s->file != NULL)
		return 0;
	s->plan = choose(s);
	return s->plan == PLAN_PASS || s->held ? 0 : say(s, RECEIPT_BEGUN, e);
}

static void
begin_unnamed(struct intake *s)
{
	answer_begin_unnamed(&s->win, "promserve");
	begin(s);
}

/* It has more series than there is room for, of which nothing is kept. */
static void
refuse_window(struct intake *s)
{
	char text[200];

	snprintf(text, sizeof(text),
	    "more series than --max-series %zu leaves it: %zu",
	    s->cf->max_series, s->room);
	answer_fail(&s->win, "Full", text);
	s->win.error.permanent = 1;
	s->win.rejected = 1;
}

/* Keep what was read: on disk first, where there is one. */
static void
keep(struct intake *s)
{
	const struct window *w = &s->win.w;
	const char *key = buf_str(&s->key);
	struct block *b;
	struct err e;
	int full;

	if (s->win.named && s->cf->state != NULL && s->file == NULL &&
	    state_write(s->cf->state, key, w, &s->points, &s->metadata, &full,
		&e) == -1) {
		answer_fail(&s->win, full ? "Full" : "Unavailable", e.msg);
		return;
	}
	b = builder_seal(
	    &s->points, &s->metadata, s->win.named ? key : NULL, s->cf->stamps);
	s->win.count.taken = s->win.samples - s->win.count.rejected;
	s->win.count.bytes = (int64_t)b->len;
	store_put(s->cf->store, key, b, w->start, w->end);
}

/* What becomes of a window that was read. */
static enum receipt_status
judge(struct intake *s)
{
	struct answer *x = &s->win;
	enum receipt_status status;

	if (s->held && !x->rejected) {
		x->error.stage = NULL;
		answer_fail(
		    x, "Held", "an older window of the resource comes first");
	} else if (x->error.stage == NULL && s->plan == PLAN_KEEP) {
		keep(s);
	} else if (x->error.stage == NULL) {
		x->count.taken = x->samples;
	}
	status = answer_status(x);
	if (!s->held && x->named)
		hold_answered(&s->hold, &x->w, status);
	return status;
}

static void
note(struct intake *s, enum receipt_status status)
{
	struct metric *m = s->cf->metrics;

	set_size(s);
	m[SERVE_WINDOWS].value += status != RECEIPT_FAILED;
	m[SERVE_FAILED].value += status == RECEIPT_FAILED;
	m[SERVE_REFUSED].value += s->win.count.rejected;
	s->skipped |= status == RECEIPT_REJECTED || s->win.count.rejected > 0;
	answer_log(&s->win, status);
}

/* A window of an earlier run was read to its end. */
static void
restore(struct intake *s)
{
	if (!s->win.named || !state_is_of(s->file, buf_str(&s->key)))
		answer_fail(&s->win, "BadLine",
		    "it is not the window that the file is named after");
	if (s->win.error.stage == NULL)
		keep(s);
	else if (s->err.code == ST_OK)
		err_set(&s->err, ST_DATA, "%s", s->win.error.message);
}

/* The window in hand was read to its end. */
static int
end_window(struct intake *s, struct err *e)
{
	enum receipt_status status;
	int ret = 0;

	if (s->file != NULL) {
		restore(s);
	} else if (s->plan != PLAN_PASS) {
		status = judge(s);
		note(s, status);
		ret = say(s, status, e);
	}
	builder_fini(&s->points);
	answer_close(&s->win);
	return ret;
}

static int
on_end(struct intake *s, const char *line, size_t n, struct err *e)
{
	if (!s->win.open)
		begin_unnamed(s);
	if (answer_end(&s->win, line, n, e) == -1)
		return -1;
	if (!s->win.named && s->win.error.stage != NULL)
		err_set(&s->err, ST_DATA, "%s: %s", s->win.error.stage,
		    s->win.error.message);
	return end_window(s, e);
}

static int
on_condition(struct intake *s, const char *line, size_t n, struct err *e)
{
	struct buf b = { 0 };
	int ret;

	if ((ret = answer_condition(line, n, &b, e)) == 0)
		ret = io_write(s->out, b.data, b.len, e);
	buf_fini(&b);
	return ret;
}

/* A line that is none: nothing of its window is kept.  A plain stream ends. */
static void
bad_line(struct intake *s, struct err *e)
{
	err_wrap(e, "line %lld", (long long)s->line);
	answer_fail(&s->win, "BadLine", e->msg);
	if (s->err.code == ST_OK && !s->win.named)
		s->err = *e;
}

static void
on_sample(struct intake *s, const char *line, size_t n)
{
	struct sample_label *labels;
	const char *value;
	double v;
	int64_t ms = s->wall;
	size_t len, nlabels;
	struct err e = { 0 };
	int timed;

	arena_reset(&s->labels);
	nlabels = series_labels(&s->labels, line, n, &len, &labels, &e);
	if (nlabels == 0 ||
	    (timed = expo_read_point(line + len, n - len, &v, &ms, &e)) == -1) {
		bad_line(s, &e);
		return;
	}
	if (timed == 0 && s->win.named) {
		err_set(&e, ST_DATA, "no timestamp");
		bad_line(s, &e);
		return;
	}
	if (ms > s->wall + FUTURE_MS && s->file == NULL) {
		answer_refuse(
		    &s->win, s->line, ms, "more than 10 min in the future");
		return;
	}
	value = line + len + strspn(line + len, " \t");
	s->win.doubles += builder_add(
	    &s->points, labels, nlabels, value, strcspn(value, " \t"), ms);
	if (s->points.n > s->room)
		refuse_window(s);
}

static int
on_line(struct intake *s, const char *line, size_t n, struct err *e)
{
	enum control_kind kind = control_peek(line, n, CONTROL_PROM);

	s->line++;
	if (kind == CONTROL_CONDITION)
		return s->file != NULL ? 0 : on_condition(s, line, n, e);
	if (kind == CONTROL_END)
		return on_end(s, line, n, e);
	if (kind == CONTROL_WINDOW) {
		if (s->win.open && s->win.named)
			answer_fail(&s->win, "Truncated",
			    "another window began before its end");
		if (s->win.open && end_window(s, e) == -1)
			return -1;
		return on_window(s, line, n, e);
	}
	if (!expo_is_sample(line, n)) {
		metadata_read(&s->metadata, line, n);
		return 0;
	}
	if (!s->win.open)
		begin_unnamed(s);
	s->win.samples++;
	if (s->plan == PLAN_KEEP && s->win.error.stage == NULL)
		on_sample(s, line, n);
	return 0;
}

/* No more lines will come. */
static int
input_over(struct intake *s, struct err *e)
{
	if (!s->win.open)
		return 0;
	if (s->win.named)
		answer_fail(&s->win, "Truncated",
		    s->err.code != ST_OK ? s->err.msg
					 : "the input ended inside the window");
	return end_window(s, e);
}

/* Take a line.  One that makes no sense, and is no sample, ends the run: the
 * window in hand fails with it, by the first reason there was. */
static int
take(struct intake *s, const char *line, size_t n, struct err *e)
{
	struct err ignored;

	if (on_line(s, line, n, e) == 0)
		return 0;
	if (e->code == ST_DATA && s->file == NULL) {
		bad_line(s, e);
		if (s->win.open)
			end_window(s, &ignored);
	}
	return -1;
}

/* Forget what has been silent for too long. */
static void
expire(struct intake *s)
{
	char *key;

	if (s->cf->expire_ms <= 0 || s->file != NULL)
		return;
	while ((key = store_expire(s->cf->store, s->cf->expire_ms)) != NULL) {
		forget(s, key, "nothing was heard of it");
		free(key);
	}
}

/* Wait until there is more to read; returns as io_fill does. */
static int
fill(struct intake *s, struct io *io)
{
	struct pollfd fd = { .fd = io->fd, .events = POLLIN };
	int n;

	while ((n = poll(&fd, 1, LOOK_MS)) == 0 || (n == -1 && errno == EINTR))
		expire(s);
	expire(s);
	return io_fill(io, &s->err);
}

static int
loop(struct intake *s, int in, const char *name, struct err *e)
{
	struct io io;
	char *line;
	size_t n;
	int ret = 0, more = 1;

	io_init(&io, in, name);
	while (ret == 0 && more == 1 && s->err.code == ST_OK) {
		while (ret == 0 && s->err.code == ST_OK &&
		    (line = io_take(&io, &n)) != NULL)
			ret = take(s, line, n, e);
		if (ret == 0 && s->err.code == ST_OK)
			more = fill(s, &io);
	}
	if (ret == 0)
		ret = input_over(s, e);
	io_fini(&io);
	if (s->err.code != ST_OK) {
		*e = s->err;
		ret = -1;
	}
	return ret;
}

static void
fini(struct intake *s)
{
	builder_fini(&s->points);
	arena_fini(&s->labels);
	metadata_fini(&s->metadata);
	hold_fini(&s->hold);
	buf_fini(&s->key);
	arena_fini(&s->win.a);
}

static void
load(const struct intake_config *cf, int fd, const char *file)
{
	struct intake s = { .cf = cf, .out = -1, .file = file };
	struct err e;
	int bad = loop(&s, fd, file, &e);

	if (bad == 0 && s.windows == 0)
		bad = err_set(&e, ST_DATA, "it holds no window");
	if (bad != 0)
		log_warn("window of an earlier run left alone",
		    KV_S("file", file), KV_S("reason", e.msg));
	set_size(&s);
	fini(&s);
}

void
intake_load(const struct intake_config *cf)
{
	const char *file;
	int fd;

	while ((fd = state_next(cf->state, &file)) != -1) {
		load(cf, fd, file);
		close(fd);
	}
}

int
intake_run(const struct intake_config *cf, int in, int out, struct err *e)
{
	struct intake s = { .cf = cf, .out = out };
	int ret = loop(&s, in, "stdin", e);

	fini(&s);
	return ret == -1 ? -1 : s.skipped ? ST_SKIP : ST_OK;
}
