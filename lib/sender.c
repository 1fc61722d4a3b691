/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>

#include "ahead.h"
#include "answer.h"
#include "control.h"
#include "expo_read.h"
#include "fleet.h"
#include "hold.h"
#include "log.h"
#include "parcels.h"
#include "sender.h"
#include "status.h"
#include "taken.h"
#include "when.h"

#define SERIES_BYTES (5 << 18) /* a set that has grown so far is dropped */
#define FUTURE_MS    600000    /* a sample further ahead is refused here */
#define LINGER_MS    1000      /* a sample without a window waits so long */
#define STEP_LINES   20000     /* lines between looks at what has come */
#define LOOK_MS      100       /* how soon to look again at a full buffer */
#define STOP_MS      5000      /* retries end so soon after a SIGTERM */

/* What is done with the samples of the window in hand. */
enum plan {
	PLAN_SEND,
	PLAN_PASS,  /* another sender's: read past, say nothing */
	PLAN_COUNT, /* it will not be sent: count its samples */
};

struct sender {
	const struct sender_config *cf;
	struct metric *metrics;
	int out;
	struct ahead ahead;
	struct ship_peer peer;
	struct fleet fleet;
	struct parcels parcels;
	struct series_set *set;
	struct hold hold;
	struct answer win;
	enum plan plan;
	int held;         /* the window has to wait for an older one */
	int at_end;       /* it was read; what is on its way is awaited */
	int last;         /* it ends the run: take no more lines */
	int64_t line;     /* in the window, from 1 */
	int64_t first;    /* ms: when the batch got its first sample */
	int64_t now;      /* ms, monotonic */
	int64_t wall;     /* ms since 1970 */
	struct buf next;  /* a line to take once the window is answered */
	int skipped;      /* samples were rejected */
	struct err err;   /* code not ST_OK: why the run will not end well */
	const char *code; /* of err, for the window that it ends */
	struct taken taken;
};

static const char *
destination(const struct sender *s)
{
	return s->cf->destination != NULL ? s->cf->destination : "default";
}

static void
metric_add(struct sender *s, enum sender_metric m, int64_t n)
{
	s->metrics[m].value += n;
}

/* One write(2) a line, so that senders may share a pipe. */
static int
say(struct sender *s, enum receipt_status status, struct err *e)
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
static void
drop_unsent(struct sender *s)
{
	parcels_drop(&s->parcels);
	fleet_drop(&s->fleet);
}

static void
seal(struct sender *s)
{
	s->win.doubles += (int64_t)parcels_seal(&s->parcels);
}

/* What is known of a window whose batch could not be delivered. */
static void
give_up(struct sender *s)
{
	answer_fail_sent(&s->win);
	drop_unsent(s);
	if (!s->win.named) {
		s->at_end = s->last = 1;
		err_set(&s->err, ST_RETRY, "%s", s->win.count.reason);
	}
}

/* Let go of what came to an end, and notice what was too big. */
static void
unload(struct sender *s)
{
	struct fleet *f = &s->fleet;
	size_t big;

	if (fleet_failed(f))
		give_up(s);
	if ((big = fleet_unload(f)) > 1 && big / 2 < f->max_samples) {
		f->max_samples = big / 2;
		parcels_limit(&s->parcels, f->n * f->max_samples);
	}
}

/* Move the ships: unload what came to an end, load what waits, send. */
static int
move_ships(struct sender *s, struct err *e)
{
	struct ship_cargo cargo = { .count = &s->win.count,
		.again = s->win.w.again,
		.late = s->win.w.late };
	int64_t wait;

	if (s->fleet.batch != NULL)
		unload(s);
	if (s->fleet.batch == NULL && s->parcels.sealed != NULL)
		fleet_load(
		    &s->fleet, &s->peer, parcels_take(&s->parcels), &cargo);
	if (fleet_wants(&s->fleet, &s->peer, s->now, &wait))
		s->peer.headers = creds_headers(s->cf->creds);
	return fleet_go(&s->fleet, &s->peer, s->now, e);
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
	return s->plan == PLAN_SEND ? say(s, RECEIPT_BEGUN, e) : 0;
}

static void
begin_unnamed(struct sender *s)
{
	answer_begin_unnamed(&s->win, s->cf->tool);
	begin_window(s);
}

/* The window was read: drop what must not be sent, send the rest. */
static void
end_window(struct sender *s)
{
	s->at_end = 1;
	if (s->win.error.stage != NULL || s->plan != PLAN_SEND)
		drop_unsent(s);
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
	end_window(s);
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
		drop_unsent(s);
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

/* The set of series has to be dropped, but what is on its way needs it. */
static int
is_crowded(const struct sender *s)
{
	return s->set != NULL && series_size(s->set) >= SERIES_BYTES &&
	    s->fleet.batch != NULL;
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

static int
read_sample(struct sender *s, const char *line, size_t n, struct sample *x,
    struct err *e)
{
	size_t len;
	int timed;

	x->series = series_find(s->set, line, n, &len, e);
	if (x->series == NULL)
		return -1;
	timed = expo_read_point(line + len, n - len, &x->value, &x->ms, e);
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
	struct err e;

	if (!s->win.open)
		begin_unnamed(s);
	s->win.samples++;
	if (s->plan != PLAN_SEND || s->win.error.stage != NULL)
		return;
	if (s->parcels.fill->n == 0)
		begin_batch(s);
	if (read_sample(s, line, n, &x, &e) == -1)
		bad_line(s, &e);
	else if ((why = wrong_time(s, x.ms)) != NULL)
		answer_refuse(&s->win, s->line, x.ms, why);
	else if (batch_add(s->parcels.fill, s->set, &x) ||
	    series_size(s->set) >= SERIES_BYTES)
		seal(s);
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
	end_window(s);
	buf_add(&s->next, line, n);
	return 0;
}

static int
on_line(struct sender *s, const char *line, size_t n, struct err *e)
{
	enum control_kind kind = control_peek(line, n, CONTROL_PROM);

	s->line++;
	if (kind != CONTROL_NONE)
		return on_control(s, kind, line, n, e);
	if (expo_is_sample(line, n))
		on_sample(s, line, n);
	return 0;
}

/* The status of a window that was read and whose requests are answered. */
static enum receipt_status
judge(struct sender *s)
{
	struct answer *x = &s->win;
	enum receipt_status status;

	if (s->held && !x->rejected) {
		x->error.stage = NULL;
		answer_fail(
		    x, "Held", "an older window of the resource comes first");
	} else if (s->plan == PLAN_COUNT && x->samples > 0) {
		answer_fail(x, "Unavailable", s->peer.reason);
	} else if (!x->named && s->err.code != ST_OK) {
		answer_fail(x, s->code, s->err.msg);
	}
	status = answer_status(x);
	if (status == RECEIPT_FAILED && x->named && x->count.http != 0 &&
	    taken_others(
		&s->taken, &x->w, s->cf->order_wait_ms * WHEN_MS, when_now())) {
		x->count.rejected = x->samples - x->count.taken - x->count.had;
		status = RECEIPT_REJECTED;
	}
	if (!s->held && x->named)
		hold_answered(&s->hold, &x->w, status);
	return status;
}

static void
note(struct sender *s, enum receipt_status status)
{
	const struct answer *x = &s->win;
	const struct ship_count *c = &x->count;

	metric_add(s, SENT_SAMPLES, c->taken);
	metric_add(s, SENT_HAD, c->had);
	metric_add(s, SENT_REJECTED, c->rejected);
	metric_add(s, SENT_DOUBLES, x->doubles);
	metric_add(s, SENT_REQUESTS, c->requests);
	metric_add(s, SENT_BYTES, c->bytes);
	metric_add(s, SENT_WINDOWS, status != RECEIPT_FAILED);
	metric_add(s, SENT_FAILED, status == RECEIPT_FAILED);
	s->skipped |= c->rejected > 0;
	answer_log(x, status);
}

/* Answer the window: all that was sent of it is settled. */
static int
answer(struct sender *s, struct err *e)
{
	enum receipt_status status;

	if (s->plan != PLAN_PASS) {
		status = judge(s);
		if (s->win.named && s->win.count.taken + s->win.count.had > 0)
			taken_note(&s->taken, &s->win.w, when_now());
		note(s, status);
		if (say(s, status, e) == -1)
			return -1;
	}
	answer_close(&s->win);
	s->at_end = 0;
	s->line = 0;
	return 0;
}

/* Bring a window that was read to its answer.  1: it has it, 0: not yet. */
static int
close_window(struct sender *s, struct err *e)
{
	if (s->parcels.sealed == NULL && s->parcels.fill->n > 0)
		seal(s);
	if (move_ships(s, e) == -1)
		return -1;
	if (parcels_left(&s->parcels) || s->fleet.batch != NULL)
		return 0;
	return answer(s, e) == -1 ? -1 : 1;
}

/* No more lines will come: an open window ends here. */
static int
input_over(struct sender *s)
{
	if (!s->win.open)
		return 0;
	if (s->win.named)
		answer_fail(&s->win, "Truncated",
		    s->err.code != ST_OK ? s->err.msg
					 : "the input ended inside the window");
	end_window(s);
	return 1;
}

/* Take a line.  1: go on, 0: there is none for now, -1: e is set. */
static int
take(struct sender *s, struct err *e)
{
	struct buf held = { 0 };
	char *line;
	size_t n;
	int ret;

	if (s->next.len > 0) {
		held = s->next;
		s->next = (struct buf){ 0 };
		ret = on_line(s, held.data, held.len, e);
		buf_fini(&held);
		return ret == -1 ? -1 : 1;
	}
	if ((line = ahead_take(&s->ahead, &n, e)) != NULL)
		return on_line(s, line, n, e) == -1 ? -1 : 1;
	if (n > 0)
		return -1;
	return s->ahead.in.eof ? input_over(s) : 0;
}

/* Go on until lines or answers are needed.  1: there is more to do at once. */
static int
step(struct sender *s, struct err *e)
{
	int more = 1;

	s->now = when_mono_ms();
	s->wall = when_to_unix_ms(when_now());
	if (move_ships(s, e) == -1)
		return -1;
	for (int i = 0; i < STEP_LINES && more == 1; i++) {
		if (s->parcels.sealed != NULL && move_ships(s, e) == -1)
			return -1;
		if (s->at_end)
			more = close_window(s, e);
		else if (s->parcels.sealed != NULL || s->last || is_crowded(s))
			more = 0;
		else
			more = take(s, e);
	}
	if (more == 0 && move_ships(s, e) == -1)
		return -1;
	return more;
}

static int
is_over(const struct sender *s)
{
	return !s->win.open && s->next.len == 0 &&
	    (s->last || (s->ahead.in.eof && ahead_size(&s->ahead) == 0));
}

/* A stream without windows is sent when a batch has waited long enough. */
static int64_t
linger(struct sender *s)
{
	if (s->win.named || s->parcels.fill->n == 0 ||
	    s->parcels.sealed != NULL || s->fleet.batch != NULL)
		return -1;
	return s->first + LINGER_MS > s->now ? s->first + LINGER_MS - s->now
					     : 0;
}

/* How long nothing needs to be done unless something comes; -1: for ever. */
static int64_t
idle_ms(struct sender *s, int wants)
{
	int64_t wait = linger(s), retry;

	if (fleet_wants(&s->fleet, &s->peer, s->now, &retry) &&
	    (wait == -1 || retry < wait))
		wait = retry;
	if (!wants && !s->ahead.in.eof && (wait == -1 || wait > LOOK_MS))
		wait = LOOK_MS;
	return wait;
}

/* Wait for input, answers and time; take what has come. */
static int
await(struct sender *s, int at_once, struct err *e)
{
	int wants = ahead_wants(&s->ahead, s->now) && !s->last;
	struct pollfd fd = { .fd = s->ahead.in.fd, .events = POLLIN };
	const struct http_reply *r;

	if (http_poll(s->peer.http, &fd, (size_t)wants,
		at_once ? 0 : (int)idle_ms(s, wants), e) == -1)
		return -1;
	s->now = when_mono_ms();
	if (wants && fd.revents != 0 && ahead_read(&s->ahead, &s->err) == -1) {
		s->ahead.in.eof = 1;
		s->code = "Truncated";
	}
	while ((r = http_take(s->peer.http)) != NULL)
		ship_answer(r->ctx, &s->peer, r, s->now);
	if (linger(s) == 0)
		seal(s);
	if (*s->cf->stop && s->peer.retry_ms > STOP_MS)
		s->peer.retry_ms = STOP_MS;
	s->metrics[SENT_BUFFER].value = (int64_t)ahead_size(&s->ahead);
	s->metrics[SENT_BREAKER].value = s->peer.open;
	return 0;
}

static int
loop(struct sender *s, struct err *e)
{
	int more;

	while (!is_over(s)) {
		if ((more = step(s, e)) == -1)
			return -1;
		if (!is_over(s) && await(s, more, e) == -1)
			return -1;
	}
	if (s->err.code != ST_OK) {
		*e = s->err;
		return -1;
	}
	return s->skipped ? ST_SKIP : ST_OK;
}

int
sender_run(const struct sender_config *cf, struct http *http, int in, int out,
    struct metric *metrics, struct err *e)
{
	struct sender *s = calloc(1, sizeof(*s));
	int ret;

	if (s == NULL)
		return err_set(e, ST_RETRY, "out of memory");
	s->cf = cf;
	s->metrics = metrics;
	s->out = out;
	s->peer = (struct ship_peer){ .http = http,
		.codec = cf->codec,
		.timeout_ms = cf->timeout_ms,
		.retry_ms = cf->retry_ms,
		.seed = (uint64_t)when_now() };
	ahead_init(&s->ahead, in, (size_t)cf->buffer, cf->tool);
	fleet_init(&s->fleet, (size_t)cf->max_inflight, (size_t)cf->max_samples,
	    (size_t)cf->max_bytes);
	parcels_init(&s->parcels, s->fleet.n * (size_t)cf->max_samples,
	    s->fleet.n * (size_t)cf->max_bytes);
	ret = loop(s, e);
	parcels_fini(&s->parcels);
	fleet_fini(&s->fleet);
	series_drop(s->set);
	hold_fini(&s->hold);
	ahead_fini(&s->ahead);
	arena_fini(&s->win.a);
	buf_fini(&s->next);
	free(s);
	return ret;
}
