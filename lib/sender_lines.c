/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>

#include "control.h"
#include "expo_read.h"
#include "log.h"
#include "sender_parts.h"
#include "status.h"
#include "when.h"

#define FUTURE_MS     600000 /* a sample further ahead is refused here */
#define REFUSED_LINES 1000   /* of a stream in a dead letter */

static const char *
destination(const struct sender *s)
{
	return s->cf->destination != NULL ? s->cf->destination : "default";
}

/* One write(2) a line, so that senders may share a pipe. */
int
sender_say(struct sender *s, enum receipt_status status, struct err *e)
{
	struct buf b = { 0 };
	int ret;

	answer_write(&s->win, status, destination(s), &b);
	if ((ret = io_write(s->out, b.data, b.len, e)) == -1)
		err_wrap(e, "stdout");
	buf_fini(&b);
	return ret;
}

/* Samples that will not be sent after all. */
void
sender_drop(struct sender *s)
{
	parcels_drop(&s->parcels);
	fleet_drop(&s->fleet);
}

void
sender_seal(struct sender *s)
{
	s->win.doubles += (int64_t)parcels_seal(&s->parcels);
}

void
sender_bury_refused(struct sender *s)
{
	struct dead_why why = { .w = &s->win.w, .said = s->refused_why };

	aside_bury(&s->refused, s->cf->dead, &why);
}

/* The breaker is open and it is not yet time for a probe. */
static int
is_unavailable(const struct sender *s)
{
	return s->peer.open && s->now < s->peer.not_before;
}

/* A window begins: what the last one went through is over. */
static void
begin_window(struct sender *s)
{
	s->line = s->win.named ? 0 : s->line;
	s->held = s->win.named && hold_has(&s->hold, &s->win.w);
	s->plan = PLAN_SEND;
	s->hopeless = s->win.named &&
	    taken_others(&s->taken, &s->win.w, s->cf->order_wait_ms * WHEN_MS,
		when_now());
	if (s->cf->codec.window != NULL)
		s->cf->codec.window(
		    s->cf->codec.ctx, s->win.named ? &s->win.w : NULL);
	if (s->peer.open)
		return;
	s->peer.failed_at = 0;
	s->peer.tries = 0;
}

static int
on_window(struct sender *s, const char *line, size_t n, struct err *e)
{
	if (answer_begin(&s->win, s->cf->tool, line, n, e) == -1)
		return -1;
	begin_window(s);
	if (s->held || is_unavailable(s))
		s->plan = PLAN_COUNT;
	if (!window_is_for(&s->win.w, s->cf->destination))
		s->plan = PLAN_PASS;
	return s->plan == PLAN_SEND ? sender_say(s, RECEIPT_BEGUN, e) : 0;
}

static void
begin_unnamed(struct sender *s)
{
	answer_begin_unnamed(&s->win, s->cf->tool);
	begin_window(s);
}

/* The window was read: drop what must not be sent, send the rest. */
void
sender_end_window(struct sender *s)
{
	s->at_end = 1;
	if (s->win.error.stage != NULL || s->plan != PLAN_SEND)
		sender_drop(s);
}

static int
on_end(struct sender *s, const char *line, size_t n, struct err *e)
{
	if (!s->win.open)
		begin_unnamed(s);
	if (answer_end(&s->win, line, n, e) == -1)
		return -1;
	if (!s->win.named && s->win.error.stage != NULL)
		err_set(&s->err, ST_DATA, "%s: %s", s->win.error.stage,
		    s->win.error.message);
	sender_end_window(s);
	return 0;
}

/* Conditions go on, as JSON lines, for who writes status. */
static int
on_condition(struct sender *s, const char *line, size_t n, struct err *e)
{
	struct buf b = { 0 };
	int ret;

	if ((ret = answer_condition(line, n, &b, e)) == 0)
		ret = io_write(s->out, b.data, b.len, e);
	buf_fini(&b);
	return ret;
}

/*
 * A window with a line that is none is not delivered.  Of a plain stream what
 * came before the line is sent, and nothing behind it is read.
 */
static void
bad_line(struct sender *s, struct err *e)
{
	err_wrap(e, "line %lld", (long long)s->line);
	if (s->win.named) {
		err_wrap(
		    e, "window of %s/%s", s->win.w.namespace, s->win.w.name);
		answer_fail(&s->win, "BadLine", e->msg);
		sender_drop(s);
		return;
	}
	s->err = *e;
	s->code = "BadLine";
	s->at_end = s->last = 1;
}

/* Why a sample of that time is not sent, or NULL. */
static const char *
wrong_time(const struct sender *s, int64_t ms)
{
	if (ms > s->wall + FUTURE_MS)
		return "more than 10 min in the future";
	if (ms < 0 && s->cf->codec.unsigned_time)
		return "before 1970, which the protocol cannot say";
	return NULL;
}

/* A sample is not sent: its line is for a dead letter. */
static void
refuse(
    struct sender *s, int64_t ms, const char *why, const char *line, size_t n)
{
	answer_refuse(&s->win, s->line, ms, why);
	if (s->cf->dead == NULL)
		return;
	/* Of a stream without end they may be many. */
	if (s->refused_why != why ||
	    (!s->win.named && s->refused.n >= REFUSED_LINES))
		sender_bury_refused(s);
	s->refused_why = why;
	aside_add(&s->refused, line, n);
}

/* A batch begins, with a set of series that has not grown too large. */
static void
begin_batch(struct sender *s)
{
	s->first = s->now;
	if (s->set != NULL && series_size(s->set) < SERIES_BYTES)
		return;
	series_drop(s->set);
	s->set = series_new(&s->cf->rules);
}

/* Read value and time; that a series has ended only where it can be said. */
static int
read_point(const struct sender *s, const char *text, size_t n, struct sample *x,
    struct err *e)
{
	static const char word[] = SAMPLE_STALE;
	size_t len = strlen(word), from = 0;
	int timed;

	while (from < n && (text[from] == ' ' || text[from] == '\t'))
		from++;
	if (!s->cf->codec.stale || n - from < len ||
	    memcmp(text + from, word, len) != 0)
		return expo_read_point(text, n, &x->value, &x->ms, e);
	from += len - strlen("NaN");
	timed = expo_read_point(text + from, n - from, &x->value, &x->ms, e);
	x->value = sample_stale();
	return timed;
}

static int
read_sample(struct sender *s, const char *line, size_t n, struct sample *x,
    struct err *e)
{
	size_t len;
	int timed;

	x->series = series_find(s->set, line, n, &len, e);
	if (x->series == NULL)
		return -1;
	timed = read_point(s, line + len, n - len, x, e);
	if (timed == 0 && s->win.named)
		return err_set(e, ST_DATA, "no timestamp");
	if (timed == 0)
		x->ms = s->wall;
	return timed == -1 ? -1 : 0;
}

static void
on_sample(struct sender *s, const char *line, size_t n)
{
	struct sample x;
	const char *why;
	struct err e = { 0 };

	if (!s->win.open)
		begin_unnamed(s);
	s->win.samples++;
	if (s->hopeless && s->plan == PLAN_SEND && s->cf->dead != NULL)
		aside_add(&s->whole, line, n);
	if (s->plan != PLAN_SEND || s->win.error.stage != NULL)
		return;
	if (s->parcels.fill->n == 0)
		begin_batch(s);
	if (read_sample(s, line, n, &x, &e) == -1 && e.code == ST_SKIP)
		refuse(
		    s, s->wall, "two of its labels become one name", line, n);
	else if (e.code != ST_OK)
		bad_line(s, &e);
	else if ((why = wrong_time(s, x.ms)) != NULL)
		refuse(s, x.ms, why, line, n);
	else if (batch_add(s->parcels.fill, s->set, &x) ||
	    series_size(s->set) >= SERIES_BYTES)
		sender_seal(s);
}

static int
on_control(struct sender *s, enum control_kind kind, const char *line, size_t n,
    struct err *e)
{
	if (kind == CONTROL_CONDITION)
		return on_condition(s, line, n, e);
	if (kind == CONTROL_END)
		return on_end(s, line, n, e);
	if (!s->win.open)
		return on_window(s, line, n, e);
	if (s->win.named)
		answer_fail(&s->win, "Truncated",
		    "another window began before its end");
	sender_end_window(s);
	buf_add(&s->next, line, n);
	return 0;
}

int
sender_line(struct sender *s, const char *line, size_t n, struct err *e)
{
	enum control_kind kind = control_peek(line, n, CONTROL_PROM);

	s->line++;
	if (kind != CONTROL_NONE)
		return on_control(s, kind, line, n, e);
	if (expo_is_sample(line, n))
		on_sample(s, line, n);
	else if (s->cf->codec.comment != NULL)
		s->cf->codec.comment(s->cf->codec.ctx, line, n);
	return 0;
}
