/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "../../crdstatus/conditions.h"
#include "stages.h"
#include "tell.h"
#include "verdict.h"

#define DEADLINE 5 /* seconds that a sender tries */

/* Whether somebody's rows let this query fail. */
static int
is_bad(const struct world *w, const struct sched_plan *p)
{
	for (int i = 0; i < w->trouble.nbad; i++)
		if (w->now < w->trouble.bad[i].until &&
		    p->start < account_time(w->trouble.bad[i].to) &&
		    p->end > account_time(w->trouble.bad[i].from))
			return 1;
	return 0;
}

/* What may be planned at all. */
static void
check_plan(struct world *w, const struct sched_plan *p)
{
	ticks whole = p->end + w->delay * WHEN_SEC;

	CLAIM(
	    w, p->kind == SCHED_FOUND ? p->start == p->end : p->start < p->end);
	CLAIM(w, p->kind == SCHED_PROBE ? p->nto == 0 : p->nto > 0);
	CLAIM(w, p->late || whole <= world_clock(w) - w->lag * WHEN_SEC);
	CLAIM(w,
	    !w->by_rule || p->late || p->start == p->end ||
		p->end <= account_time(w->known_until));
	CLAIM(w, !p->pass_over || w->backlog < OWED_BACKLOG_MAX);
	CLAIM(w, !p->pass_over || w->probed);
	CLAIM(w, w->seen || p->kind == SCHED_FOUND);
	CLAIM(w, p->kind == SCHED_FOUND || w->now + w->skew >= w->rest);
	for (size_t k = 0; k < p->nto && p->kind == SCHED_QUERY; k++)
		CLAIM(w,
		    p->late ||
			(p->start - w->shown[*p->to[k] - 'a']) /
				(w->interval * WHEN_SEC) <
			    w->opts.max_ahead);
	CLAIM(w,
	    p->late || p->kind == SCHED_DROP ||
		p->end <= sched_window_end(p->start, w->interval * WHEN_SEC));
	for (int i = 0; i < w->njobs; i++)
		for (size_t k = 0; k < p->nto && !p->late; k++)
			CLAIM(w,
			    w->jobs[i].life != w->known || w->jobs[i].w.late ||
				w->jobs[i].w.listed != p->listed ||
				!w->jobs[i].to[*p->to[k] - 'a']);
	world_total.checks++;
}

static void
add_job(struct world *w, const struct sched_plan *p)
{
	struct message *m = &w->jobs[w->njobs++];

	*m = (struct message){ .ticket = p->ticket, .life = w->known };
	m->w = (struct window){ .namespace = "m",
		.name = "n",
		.rule = "",
		.uid = world_uid(w, w->known),
		.generation = w->generation,
		.start = p->start,
		.end = p->end,
		.attempt = p->attempt,
		.settled = p->settled,
		.listed = p->listed,
		.again = p->again,
		.late = p->late,
		.pass_over = p->pass_over,
		.destinations = world_list(w->listed) };
	for (size_t i = 0; i < p->nto; i++)
		m->to[*p->to[i] - 'a'] = 1;
	m->probe = p->kind == SCHED_PROBE;
	m->drop = p->kind == SCHED_DROP;
	m->down = world_is_out(w, &w->trouble.queries);
	m->failed =
	    (p->kind == SCHED_QUERY || m->probe) && (m->down || is_bad(w, p));
	m->ready = w->now + world_roll(w, 3);
	world_total.windows++;
	world_total.passed += p->pass_over;
}

/* Run the queries that are due. */
static void
start_jobs(struct world *w)
{
	struct sched_plan p;
	ticks wake;

	while (w->njobs < JOBS &&
	    sched_next(w->sched, world_clock(w), &p, &wake) == 1) {
		if (ghosts_take(w, &p))
			continue;
		tell_plan(w, &p);
		check_plan(w, &p);
		add_job(w, &p);
	}
}

/* Nothing real loses a window without a kill, and no rule covers both at once;
 * this is how holes come about. */
static int
vanishes(struct world *w, int d, const struct message *m)
{
	return w->trouble.leaks && m->to[d] && !m->failed &&
	    m->w.attempt == 1 && !m->w.late && m->w.start < m->w.end &&
	    w->now < w->trouble.until && world_roll(w, 20) == 0;
}

/* What answered the query says what time it is, and may want to rest. */
static void
hear(struct world *w, const struct message *m)
{
	struct gate_news news = { .dated = 1 };

	if (m->down || m->drop || m->w.start == m->w.end)
		return;
	news.ahead = (w->skew - w->server) * WHEN_SEC;
	if (world_happens(w, 50))
		news.rest = world_roll(w, 20) * WHEN_SEC;
	sched_hear(w->sched, "m/n", &news, world_clock(w));
	if (w->gone) /* it is not known whose answer that was */
		return;
	w->lag = w->skew > w->server ? w->skew - w->server : 0;
	if (news.rest > 0)
		w->rest = w->now + w->skew + (int)(news.rest / WHEN_SEC);
}

static void
write_windows(struct world *w)
{
	for (int i = 0; i < w->njobs; i++) {
		struct message m = w->jobs[i];
		int room = 1;

		for (int d = 0; d < w->ndests; d++)
			room &= w->senders[d].npipe < PIPE;
		if (!room || m.ready > w->now)
			continue;
		for (int d = 0; d < w->ndests && !m.probe; d++)
			if (!vanishes(w, d, &m))
				w->senders[d].pipe[w->senders[d].npipe++] = m;
		w->jobs[i--] = w->jobs[--w->njobs];
		sched_done(w->sched, "m/n", m.ticket,
		    m.drop || m.w.start == m.w.end ? SCHED_UNASKED
			: !m.failed                ? SCHED_ANSWERED
			: m.down                   ? SCHED_DOWN
						   : SCHED_FAILED,
		    world_clock(w));
		if (m.probe && !m.failed && m.life == w->known)
			w->probed = 1;
		if (w->trouble.servers > 0)
			hear(w, &m);
	}
}

void
stage_kqlrun(struct world *w)
{
	while (w->nviews > 0 && w->views[0].at <= w->now) {
		world_show(w, w->views[0].text);
		free(w->views[0].text);
		memmove(w->views, w->views + 1,
		    (size_t)--w->nviews * sizeof(*w->views));
	}
	start_jobs(w);
	write_windows(w);
}

static void
answer(struct world *w, int d, enum receipt_status status, const char *code)
{
	struct sender *s = &w->senders[d];
	struct receipt r = { .w = s->pipe[0].w,
		.destination = account_names[d],
		.status = status,
		.time = world_clock(w) };
	int wait = 1 + world_roll(w, 2);

	if (code != NULL)
		r.error = (struct end_error){
			.stage = s->pipe[0].failed ? "kqlrun" : "promsend",
			.code = code,
			.message = "",
		};
	if (code == NULL || strcmp(code, "Held") != 0)
		hold_answered(&s->hold, &r.w, status);
	if (w->trouble.slow && w->now < w->trouble.until &&
	    world_roll(w, 20) == 0)
		wait += world_roll(w, 60);
	CLAIM(w, w->nreceipts < QUEUE);
	w->receipts[w->nreceipts++] =
	    (struct mail){ .at = w->now + wait, .r = r };
	w->old[w->nold < OLD ? w->nold++ : world_roll(w, OLD)] = r;
	w->begun[d].destination = NULL;
	memmove(s->pipe, s->pipe + 1, (size_t)--s->npipe * sizeof(*s->pipe));
	s->busy = 0;
}

/*
 * The answer of Prometheus to samples: what is older than the newest is
 * refused, and a request is taken whole or not at all.
 */
static int
ask(struct world *w, int d, int from, int to)
{
	if (from < to && account_second(from) < w->newest[d])
		return 400;
	for (; from < to; from++) {
		w->newest[d] = account_second(from);
		w->account.fate[d][from] |= FATE_DELIVERED;
	}
	return 204;
}

/* Send each sample alone: which of them is refused? */
static int
bisect(struct world *w, int d, struct verdict_query *q, int from, int to)
{
	int dead = 0;

	for (int u = from; u < to; u++) {
		q->samples = 1;
		q->http = ask(w, d, u, u + 1);
		if (verdict_http(q) != VERDICT_REJECTED)
			continue;
		world_total.needless +=
		    (w->account.fate[d][u] & FATE_DELIVERED) != 0;
		w->account.fate[d][u] |= FATE_DEAD;
		dead++;
	}
	world_total.dead += dead;
	return dead;
}

/* Send pipe[0], one try. */
static void
attempt(struct world *w, int d)
{
	struct sender *s = &w->senders[d];
	const struct message *m = &s->pipe[0];
	int from = account_unit(m->w.start), to = account_unit(m->w.end);
	struct verdict_query q = { .again = m->w.again,
		.late = m->w.late,
		.samples = (size_t)(to - from),
		.tried_before = s->tried,
		.body = "out of order sample",
		.len = 19 };

	if (world_is_out(w, &w->trouble.down[d])) {
		s->tried = 1;
		if (m->life == w->life && world_roll(w, 10) == 0)
			ask(w, d, from, to); /* the answer is lost */
		if (w->now - s->since >= DEADLINE)
			answer(w, d, RECEIPT_FAILED, "Timeout");
		return;
	}
	/* The object before had series of its own. */
	q.http = m->life == w->life ? ask(w, d, from, to) : 204;
	if (verdict_http(&q) == VERDICT_TAKEN ||
	    bisect(w, d, &q, from, to) < to - from)
		answer(w, d, RECEIPT_DELIVERED, NULL);
	else
		answer(w, d, RECEIPT_REJECTED, NULL);
}

void
stage_send(struct world *w, int d)
{
	struct sender *s = &w->senders[d];
	struct message *m = &s->pipe[0];

	if (s->npipe == 0)
		return;
	if (!m->to[d]) {
		memmove(s->pipe, s->pipe + 1,
		    (size_t)--s->npipe * sizeof(*s->pipe));
		return;
	}
	if (!s->busy) {
		s->busy = 1;
		s->tried = 0;
		s->since = w->now;
		w->begun[d] = (struct receipt){ .w = m->w,
			.destination = account_names[d] };
	}
	if (hold_has(&s->hold, &m->w))
		answer(w, d, RECEIPT_FAILED, "Held");
	else if (m->drop)
		answer(w, d, RECEIPT_REJECTED, "CatchupLimit");
	else if (m->failed)
		answer(w, d, RECEIPT_FAILED, "General_BadRequest");
	else if (m->w.start == m->w.end)
		answer(w, d, RECEIPT_DELIVERED, NULL);
	else if (world_roll(w, 10) >= 3)
		attempt(w, d);
}

/* Windows were dropped: a condition says so. */
static void
drop(struct world *w, const struct receipt *r)
{
	struct json *status = json_new(&world_scratch, JSON_OBJECT);

	conditions_note(&world_scratch, status, r);
	CLAIM(w,
	    strcmp(json_get_str(json_get(status, "lastLoss"), "reason", ""),
		"CatchupLimited") == 0);
	account_note(&w->account, *r->destination - 'a', r->w.start, r->w.end,
	    FATE_DROPPED);
	world_total.dropped++;
}

static void
apply(struct world *w, const struct receipt *r)
{
	size_t entries = owed_entries(&w->owed);
	enum owed_effect effect;

	tell_receipt(w, r);
	if (strcmp(r->w.uid, world_uid(w, w->life)) != 0)
		return;
	effect = owed_apply(&w->owed, r);
	CLAIM(w,
	    effect != OWED_PASSED ||
		owed_entries(&w->owed) <= OWED_BACKLOG_MAX + 1);
	world_total.full += entries >= OWED_BACKLOG_MAX;
	if (effect == OWED_MOVED && r->error.stage != NULL &&
	    strcmp(r->error.code, "CatchupLimit") == 0)
		drop(w, r);
	if (w->dirty == -1)
		w->dirty = w->now;
	CLAIM(w, account_holds(&w->account, &w->owed, w->listed));
	world_total.checks++;
}

/* A receipt that is read. */
static void
take(struct world *w, const struct receipt *r)
{
	CLAIM(w, w->nunsaid < QUEUE);
	w->unsaid[w->nunsaid++] = *r;
	apply(w, r);
}

/* Forget the first n of what came since the status was written last. */
static void
said(struct world *w, int n)
{
	w->nunsaid -= n;
	memmove(
	    w->unsaid, w->unsaid + n, (size_t)w->nunsaid * sizeof(*w->unsaid));
	w->sent = 0;
}

/* Somebody else has written the status: what came since we did is applied to
 * what is found, part of it for the second time when it is not known whether
 * our last write went through. */
static void
read_again(struct world *w)
{
	tell(w, "conflict");
	world_total.conflicts++;
	w->stale = 0;
	if (w->moves) { /* it was but the cursor */
		owed_move(&w->owed, w->cursor);
		return;
	}
	owed_fini(&w->owed);
	w->owed = world_status(w, w->file);
	account_restore(&w->account);
	for (int i = 0; i < w->nunsaid; i++)
		apply(w, &w->unsaid[i]);
}

static void
write_status(struct world *w)
{
	struct json *status = json_new(&world_scratch, JSON_OBJECT);
	struct run run = { "", &w->owed };
	struct owed written;
	struct buf b = { 0 };

	if (w->stale)
		read_again(w);
	else
		said(w, w->sent);
	if (w->packs)
		conditions_pack(&world_scratch, status,
		    &(struct runs){ &run, 1 }, w->generation, world_clock(w));
	else
		owed_write(&world_scratch, &w->owed, status, 100);
	json_write(&b, status);
	free(w->file);
	w->file = b.data;
	w->dirty = -1;
	CLAIM(w, w->owed.last >= w->last); /* never back */
	w->last = w->owed.last;
	written = world_status(w, w->file);
	tell_status(w, "written", &written);
	CLAIM(w, account_holds(&w->account, &written, w->listed));
	owed_fini(&written);
	account_save(&w->account);
	world_mail(w);
	if (!world_happens(w, w->trouble.deaf)) {
		said(w, w->nunsaid);
	} else {
		w->sent = w->nunsaid;
		w->dirty = w->now + 5;
	}
	arena_reset(&world_scratch);
}

/* The receipts that have come, or all. */
static void
take_receipts(struct world *w, int all)
{
	int n = 0;

	while (n < w->nreceipts && (all || w->receipts[n].at <= w->now))
		take(w, &w->receipts[n++].r);
	w->nreceipts -= n;
	memmove(w->receipts, w->receipts + n,
	    (size_t)w->nreceipts * sizeof(*w->receipts));
}

void
stage_crdstatus(struct world *w)
{
	take_receipts(w, 0);
	if (w->owed.founded && w->dirty != -1 && w->now > w->dirty &&
	    !world_is_out(w, &w->trouble.disk))
		write_status(w);
}

static int
by_start(const void *a, const void *b)
{
	const struct receipt *x = a, *y = b;

	return (x->w.start > y->w.start) - (x->w.start < y->w.start);
}

void
stage_end(struct world *w)
{
	struct receipt died[DESTS];
	size_t n = 0;

	for (int d = 0; d < w->ndests; d++) {
		if (w->begun[d].destination == NULL)
			continue;
		died[n] = w->begun[d];
		died[n].status = RECEIPT_FAILED;
		died[n].time = world_clock(w);
		died[n++].error = (struct end_error){
			.stage = "crdstatus", .code = "Died", .message = ""
		};
	}
	take_receipts(w, 1);
	qsort(died, n, sizeof(*died), by_start);
	for (size_t i = 0; i < n; i++)
		take(w, &died[i]);
	if (w->owed.founded && !world_is_out(w, &w->trouble.disk))
		write_status(w);
}
