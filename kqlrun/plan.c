/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "backoff.h"
#include "hash.h"
#include "progress.h"

#define RETRY_MIN_MS    5000
#define RETRY_MAX_MS    300000
#define PERMANENT_RETRY (3600 * WHEN_SEC)
#define ORDER_WAIT      (600 * WHEN_SEC)
#define DROP_WAIT       (60 * WHEN_SEC) /* for the status to show it */

ticks
sched_window_end(ticks start, ticks interval)
{
	return when_floor(start, interval) + interval;
}

ticks
sched_first_start(ticks now, ticks interval, ticks delay)
{
	return when_floor(now - delay, interval) - interval;
}

/* When what failed so may be tried again. */
static ticks
retry_at(const struct progress *p, const struct sched_opts *opts,
    const struct owed_tries *t, size_t dest)
{
	uint64_t seed = opts->seed + dest;
	int64_t ms;

	if (opts->once || t->attempts == 0)
		return 0;
	if (t->error.permanent)
		return t->last < p->changed ? 0 : t->last + PERMANENT_RETRY;
	for (const char *s = p->key; *s != '\0'; s++)
		seed = seed * 31 + (unsigned char)*s;
	ms = backoff_ms(RETRY_MIN_MS, RETRY_MAX_MS, t->attempts,
	    seed + (uint64_t)t->attempts);
	return t->last + ms * WHEN_MS;
}

/* How much later than due its windows start: a place in --spread of its own,
 * always the same. */
static ticks
spread(const struct progress *p, const struct sched_opts *opts)
{
	uint64_t h = hash_bytes(p->key, strlen(p->key));

	if (opts->spread <= 0)
		return 0;
	return (ticks)((h ^ h >> 32) % (uint64_t)opts->spread);
}

/* When the next window of d is due; SCHED_NEVER: not before something else has
 * happened. */
static ticks
due_at(const struct progress *p, const struct sched_opts *opts,
    const struct progress_dest *d)
{
	ticks end = sched_window_end(d->next, p->interval), due, retry;

	if (d->shown == 0 || d->busy != 0 || d->waits ||
	    (p->until != 0 && end > p->until))
		return SCHED_NEVER;
	due = end + p->delay + spread(p, opts) + progress_lag(p);
	if (opts->once)
		return due;
	if (d->tries.attempts > 0) {
		if (d->next != d->shown)
			return SCHED_NEVER;
		retry = retry_at(p, opts, &d->tries, (size_t)(d - p->dests));
		return retry > due ? retry : due;
	}
	if ((d->next - d->shown) / p->interval >= opts->max_ahead)
		return SCHED_NEVER;
	return due;
}

/*
 * When it may be planned.  While the destination is away that of a resource
 * for which it has not failed yet goes all the same: it must fail, or the
 * status would not show that it alone is behind.
 */
static ticks
ready_at(const struct progress *p, const struct sched_opts *opts,
    const struct progress_dest *d, ticks now)
{
	ticks due = due_at(p, opts, d);

	return due > now || d->tries.attempts == 0
	    ? due
	    : breaker_ready(d->breaker, now);
}

/* Whether the window that d is owed next may have been sent before: it failed,
 * or was due when nobody here knew what had become of it. */
static int
is_again(const struct progress *p, const struct sched_opts *opts,
    const struct progress_dest *d)
{
	ticks end = sched_window_end(d->next, p->interval);

	return (d->tries.attempts > 0 && d->next == d->shown) ||
	    end + p->delay <= (p->founds ? opts->started : p->met);
}

static void
add_name(struct buf *names, struct sched_plan *plan, const char *name)
{
	buf_add(names, &name, sizeof(name));
	plan->nto++;
	plan->to = (const char *const *)(void *)names->data;
}

/* Count what came before: the most attempts, the earliest failure. */
static void
add_tries(struct sched_plan *plan, const struct owed_tries *t)
{
	if (t->attempts >= plan->attempt)
		plan->attempt = t->attempts + 1;
	if (t->attempts > 0 && (plan->since == 0 || t->first < plan->since))
		plan->since = t->first;
}

/* The destination to go first: ready, and of those the one furthest on. */
static struct progress_dest *
furthest(
    struct progress *p, const struct sched_opts *opts, ticks now, ticks *wake)
{
	struct progress_dest *first = NULL;

	for (size_t i = 0; i < p->ndests; i++) {
		struct progress_dest *d = &p->dests[i];
		ticks at = ready_at(p, opts, d, now);

		if (at <= now && (first == NULL || d->next > first->next))
			first = d;
		if (at > now && at < *wake)
			*wake = at;
	}
	return first;
}

/* What was planned is not planned again. */
static void
take_on(const struct sched_opts *opts, struct progress_dest *d,
    const struct sched_plan *plan, ticks now)
{
	if (d->tries.attempts > 0)
		breaker_sent(d->breaker, plan->ticket, now);
	d->busy = d->ticket = plan->ticket;
	d->planned = plan->start;
	/* With -1 nothing will say that it was passed over; it will be. */
	if (plan->kind != SCHED_QUERY || (opts->once && plan->pass_over))
		d->planned = SCHED_NEVER;
	d->next = plan->end;
	if (opts->once)
		d->tries = (struct owed_tries){ 0 };
	/* Nothing newer goes until the status says that it was dropped: after
	 * a restart less may be, and would be taken as sent before. */
	if (!opts->once && plan->kind == SCHED_DROP) {
		d->waits = 1;
		d->waits_for = plan->start;
		d->waits_until = now + DROP_WAIT;
	}
}

/* A drop of which nothing is heard any more is told again: another exporter
 * that wrote the status at that moment may have hidden it. */
static void
drop_again(struct progress *p, ticks now, ticks *wake)
{
	for (size_t i = 0; i < p->ndests; i++) {
		struct progress_dest *d = &p->dests[i];

		if (!d->waits || d->busy != 0)
			continue;
		if (d->waits_until <= now) {
			d->waits = 0;
			d->next = d->shown;
		} else if (d->waits_until < *wake) {
			*wake = d->waits_until;
		}
	}
}

/* Whether d is held up by a window whose query has failed for so long that it
 * may be passed over, were it that window's fault. */
static int
is_stuck(const struct progress *p, const struct sched_opts *opts,
    const struct progress_dest *d, ticks now)
{
	ticks wait = opts->order_wait;

	if (wait == 0)
		wait =
		    2 * p->interval > ORDER_WAIT ? 2 * p->interval : ORDER_WAIT;
	return d->next == d->shown && d->tries.attempts > 0 &&
	    d->tries.error.stage != NULL &&
	    strcmp(d->tries.error.stage, QUERY_STAGE) == 0 &&
	    !d->tries.error.permanent && now - d->tries.first >= wait &&
	    p->entries < OWED_BACKLOG_MAX;
}

/* Whether the window behind the one that d is stuck at has been tried since
 * the last attempt at that one, and answers. */
static int
is_passable(const struct progress *p, const struct progress_dest *d)
{
	return p->probe.stuck == d->shown && p->probe.answers;
}

static int
wants_probe(const struct progress *p, const struct sched_opts *opts,
    const struct progress_dest *d, ticks now)
{
	ticks start = sched_window_end(d->next, p->interval);
	ticks end = sched_window_end(start, p->interval);

	return is_stuck(p, opts, d, now) &&
	    end + p->delay + progress_lag(p) <= now &&
	    (p->until == 0 || end <= p->until) &&
	    (p->probe.stuck != d->shown ||
		(!p->probe.answers && p->probe.attempts != d->tries.attempts));
}

/* The window behind the one that d is stuck at, for nobody.  All that are
 * there wait for what comes of it. */
static void
plan_probe(
    struct progress *p, const struct progress_dest *d, struct sched_plan *plan)
{
	plan->kind = SCHED_PROBE;
	plan->start = sched_window_end(d->next, p->interval);
	plan->end = sched_window_end(plan->start, p->interval);
	p->probe.stuck = d->shown;
	p->probe.attempts = d->tries.attempts;
	p->probe.answers = 0;
	p->probe.busy = plan->ticket;
	for (size_t i = 0; i < p->ndests; i++)
		if (p->dests[i].next == d->next && p->dests[i].busy == 0)
			p->dests[i].busy = plan->ticket;
}

/* Windows too old for --max-catchup go as one; else the next one. */
static void
set_window(const struct progress *p, const struct sched_opts *opts, ticks now,
    struct sched_plan *plan)
{
	ticks least = 0;

	if (opts->max_catchup > 0)
		least = when_floor(
		    now - progress_lag(p) - opts->max_catchup, p->interval);
	/* What a rule has not summarised yet is not late. */
	if (p->until != 0 && least > p->until)
		least = when_floor(p->until, p->interval);
	plan->kind = plan->start < least ? SCHED_DROP : SCHED_QUERY;
	plan->end = plan->kind == SCHED_DROP
	    ? least
	    : sched_window_end(plan->start, p->interval);
}

/*
 * Whether one query does for both.  What is tried once more is owed first and
 * says so, since its sender may still hold it for an older one (hold.h): it
 * does not go with one that has windows on the way.
 */
static int
goes_with(const struct progress *p, const struct sched_opts *opts,
    const struct progress_dest *first, const struct progress_dest *d, ticks now)
{
	int retries = first->tries.attempts > 0 || d->tries.attempts > 0;

	return d->next == first->next && ready_at(p, opts, d, now) <= now &&
	    is_again(p, opts, d) == is_again(p, opts, first) &&
	    (!retries ||
		(d->next == d->shown) == (first->next == first->shown));
}

static int
plan_next(struct progress *p, const struct sched_opts *opts, ticks now,
    struct buf *names, struct sched_plan *plan, ticks *wake)
{
	const struct progress_dest *found = furthest(p, opts, now, wake);
	struct progress_dest first;

	if (found == NULL)
		return 0;
	first = *found;
	if (wants_probe(p, opts, &first, now)) {
		plan_probe(p, &first, plan);
		return 1;
	}
	plan->start = first.next;
	plan->pass_over =
	    is_stuck(p, opts, &first, now) && is_passable(p, &first);
	plan->again = is_again(p, opts, &first);
	set_window(p, opts, now, plan);
	for (size_t i = 0; i < p->ndests; i++) {
		struct progress_dest *d = &p->dests[i];

		if (!goes_with(p, opts, &first, d, now))
			continue;
		add_name(names, plan, d->name);
		if (d->next == d->shown)
			add_tries(plan, &d->tries);
		if (plan->nto == 1 || d->shown < plan->settled)
			plan->settled = d->shown;
		take_on(opts, d, plan, now);
	}
	return 1;
}

/* A window was planned of l, the whole of it or its first part. */
static void
take_late(const struct sched_opts *opts, struct progress_late *l, ticks end)
{
	if (!opts->once || l->end <= end) {
		l->sent = 1;
		return;
	}
	l->start = end; /* no status will say so */
	l->tries = (struct owed_tries){ 0 };
}

/* When a late window may be planned. */
static ticks
late_at(const struct progress *p, const struct sched_opts *opts,
    const struct progress_late *l, ticks now)
{
	ticks due =
	    l->sent ? SCHED_NEVER : retry_at(p, opts, &l->tries, l->dest);

	return due > now ? due : breaker_ready(p->dests[l->dest].breaker, now);
}

/* The oldest late window whose time has come, for all that are owed it. */
static int
plan_late(struct progress *p, const struct sched_opts *opts, ticks now,
    struct buf *names, struct sched_plan *plan, ticks *wake)
{
	const struct progress_late *first = NULL;

	for (size_t i = 0; i < p->nlates && p->late_busy == 0; i++) {
		const struct progress_late *l = &p->lates[i];
		ticks at = late_at(p, opts, l, now);

		if (at <= now && (first == NULL || l->start < first->start))
			first = l;
		if (at > now && at < *wake)
			*wake = at;
	}
	if (first == NULL)
		return 0;
	plan->late = 1;
	plan->start = first->start;
	plan->end = sched_window_end(plan->start, p->interval);
	if (plan->end > first->end)
		plan->end = first->end;
	for (size_t i = 0; i < p->nlates; i++) {
		struct progress_late *l = &p->lates[i];

		if (l->start != plan->start || l->end < plan->end ||
		    late_at(p, opts, l, now) > now)
			continue;
		add_name(names, plan, p->dests[l->dest].name);
		add_tries(plan, &l->tries);
		breaker_sent(p->dests[l->dest].breaker, plan->ticket, now);
		take_late(opts, l, plan->end);
	}
	p->late_busy = plan->ticket;
	return 1;
}

/* The empty window that gives a resource its status; what follows waits for
 * that to come back, unless none will. */
static int
plan_founding(struct progress *p, const struct sched_opts *opts, ticks now,
    struct buf *names, struct sched_plan *plan)
{
	ticks limit = now - progress_lag(p) - p->delay;

	if (p->until != 0 && p->until < limit)
		limit = p->until;
	p->founds = 1;
	plan->kind = SCHED_FOUND;
	plan->start = plan->end = sched_first_start(limit, p->interval, 0);
	plan->settled = plan->start;
	for (size_t i = 0; i < p->ndests; i++) {
		struct progress_dest *d = &p->dests[i];

		add_name(names, plan, d->name);
		if (opts->once)
			d->shown = plan->start;
		take_on(opts, d, plan, now);
	}
	return 1;
}

int
progress_plan(struct progress *p, const struct sched_opts *opts, ticks now,
    struct buf *names, struct sched_plan *plan, ticks *wake)
{
	ticks at;

	*wake = SCHED_NEVER;
	names->len = 0;
	plan->key = p->key;
	plan->ctx = p->ctx;
	plan->attempt = 1;
	plan->listed = p->listed;
	if (p->paused || p->ndests == 0)
		return 0;
	if (!p->seen && !p->founds)
		return plan_founding(p, opts, now, names, plan);
	at = breaker_ready(p->breaker, now);
	if (p->breaker != NULL && p->endpoint->rest > at)
		at = p->endpoint->rest;
	if (at > now) {
		*wake = at;
		return 0;
	}
	drop_again(p, now, wake);
	if (!plan_next(p, opts, now, names, plan, wake) &&
	    !plan_late(p, opts, now, names, plan, wake))
		return 0;
	if (plan->kind != SCHED_DROP)
		breaker_sent(p->breaker, plan->ticket, now);
	return 1;
}
