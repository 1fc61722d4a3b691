/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>

#include "log.h"
#include "sender_parts.h"
#include "status.h"
#include "when.h"

#define LINGER_MS  1000  /* a sample without a window waits so long */
#define STEP_LINES 20000 /* lines between looks at what has come */
#define LOOK_MS    100   /* how soon to look again at a full buffer */
#define TOKEN_MS   1000  /* how soon to ask for a token again */
#define STOP_MS    5000  /* retries end so soon after a SIGTERM */

static void
metric_add(struct sender *s, enum sender_metric m, int64_t n)
{
	s->metrics[m].value += n;
}

/* What is known of a window whose batch could not be delivered. */
static void
give_up(struct sender *s)
{
	answer_fail_sent(&s->win);
	sender_drop(s);
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

/* Who we are; a token that is on its way is awaited. */
static void
find_headers(struct sender *s)
{
	struct err e = { 0 };

	s->peer.headers = creds_headers(s->cf->creds, &e);
	if (s->peer.headers == NULL && e.code != 0)
		fleet_fail(&s->fleet, &s->peer, e.msg, s->now);
}

/* Move the ships: unload what came to an end, load what waits, send. */
static int
move_ships(struct sender *s, struct err *e)
{
	struct ship_cargo cargo = { .count = &s->win.count, .w = &s->win.w };
	int64_t wait;

	if (s->fleet.batch != NULL)
		unload(s);
	if (s->fleet.batch == NULL && s->parcels.sealed != NULL)
		fleet_load(
		    &s->fleet, &s->peer, parcels_take(&s->parcels), &cargo);
	if (fleet_wants(&s->fleet, &s->peer, s->now, &wait) && wait == 0)
		find_headers(s);
	return fleet_go(&s->fleet, &s->peer, s->now, e);
}

/* The set of series has to be dropped, but what is on its way needs it. */
static int
is_crowded(const struct sender *s)
{
	return s->set != NULL && series_size(s->set) >= SERIES_BYTES &&
	    s->fleet.batch != NULL;
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
	if (status == RECEIPT_FAILED && s->hopeless && x->count.http != 0) {
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
	s->metrics[SENT_LETTERS].value = dead_files(s->cf->dead);
	s->metrics[SENT_LOST].value = dead_lost(s->cf->dead);
	metric_add(s, SENT_WINDOWS, status != RECEIPT_FAILED);
	metric_add(s, SENT_FAILED, status == RECEIPT_FAILED);
	s->skipped |= c->rejected > 0;
	answer_log(x, status);
}

/* What the receiver was not asked about, or gives no answer to, is dead too. */
static void
bury(struct sender *s, enum receipt_status status)
{
	const struct ship_count *c = &s->win.count;
	struct dead_why whole = {
		.w = &s->win.w, .http = c->http, .said = c->reason
	};

	if (status == RECEIPT_FAILED)
		aside_drop(&s->refused);
	sender_bury_refused(s);
	if (status == RECEIPT_REJECTED && s->win.error.stage != NULL)
		aside_bury(&s->whole, s->cf->dead, &whole);
	aside_drop(&s->whole);
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
		bury(s, status);
		note(s, status);
		if (sender_say(s, status, e) == -1)
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
		sender_seal(s);
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
	sender_end_window(s);
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
		ret = sender_line(s, held.data, held.len, e);
		buf_fini(&held);
		return ret == -1 ? -1 : 1;
	}
	if ((line = ahead_take(&s->ahead, &n, e)) != NULL)
		return sender_line(s, line, n, e) == -1 ? -1 : 1;
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

	if (fleet_wants(&s->fleet, &s->peer, s->now, &retry)) {
		if (s->peer.headers == NULL && retry < TOKEN_MS)
			retry = TOKEN_MS; /* or sooner, when a token comes */
		wait = wait == -1 || retry < wait ? retry : wait;
	}
	if (!wants && !s->ahead.in.eof && (wait == -1 || wait > LOOK_MS))
		wait = LOOK_MS;
	return wait;
}

/* Wait for input, answers and time; take what has come. */
static int
await(struct sender *s, int at_once, struct err *e)
{
	int wants = ahead_wants(&s->ahead, s->now) && !s->last;
	struct pollfd fd[] = {
		{ .fd = creds_fd(s->cf->creds), .events = POLLIN },
		{ .fd = s->ahead.in.fd, .events = POLLIN },
	};
	size_t from = fd[0].fd == -1;
	const struct http_reply *r;

	if (http_poll(s->peer.http, fd + from, 1 - from + (size_t)wants,
		at_once ? 0 : (int)idle_ms(s, wants), e) == -1)
		return -1;
	s->now = when_mono_ms();
	creds_read(s->cf->creds);
	if (wants && fd[1].revents != 0 &&
	    ahead_read(&s->ahead, &s->err) == -1) {
		s->ahead.in.eof = 1;
		s->code = "Truncated";
	}
	while ((r = http_take(s->peer.http)) != NULL)
		ship_answer(r->ctx, &s->peer, r, s->now);
	if (linger(s) == 0)
		sender_seal(s);
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
		.creds = cf->creds,
		.dead = cf->dead,
		.codec = cf->codec,
		.timeout_ms = cf->timeout_ms,
		.retry_ms = cf->retry_ms,
		.seed = (uint64_t)when_now() };
	ahead_init(&s->ahead, in, (size_t)cf->buffer, cf->tool);
	fleet_init(&s->fleet, (size_t)cf->max_inflight, (size_t)cf->max_samples,
	    (size_t)cf->max_bytes);
	parcels_init(&s->parcels, s->fleet.n * (size_t)cf->max_samples,
	    s->fleet.n * (size_t)cf->max_bytes);
	aside_init(&s->whole);
	aside_init(&s->refused);
	ret = loop(s, e);
	aside_fini(&s->whole);
	aside_fini(&s->refused);
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
