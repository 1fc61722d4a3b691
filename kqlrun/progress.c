/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "mem.h"
#include "progress.h"

/* The stage, if it matters which one an error is from. */
static const char *
known_stage(const char *stage)
{
	static const char *const known[] = { QUERY_STAGE, "promsend",
		"otlpsend", "promserve" };

	for (size_t i = 0; stage != NULL && i < sizeof(known) / sizeof(*known);
	     i++)
		if (strcmp(stage, known[i]) == 0)
			return known[i];
	return NULL;
}

/* Numbers of tries; what is said to have been tried in the future is taken as
 * tried now. */
static struct owed_tries
numbers(const struct owed_tries *t, ticks now)
{
	struct owed_tries n = { .attempts = t->attempts,
		.first = t->first,
		.last = t->last < now ? t->last : now };

	n.error.permanent = t->error.permanent;
	n.error.stage = known_stage(t->error.stage);
	return n;
}

static void
not_after(ticks *t, ticks now)
{
	if (*t > now)
		*t = now;
}

static struct progress_dest *
find(const struct progress *p, const char *name)
{
	for (size_t i = 0; i < p->ndests; i++)
		if (strcmp(p->dests[i].name, name) == 0)
			return &p->dests[i];
	return NULL;
}

static void
drop_dests(struct progress *p)
{
	for (size_t i = 0; i < p->ndests; i++)
		free(p->dests[i].name);
	free(p->dests);
	free(p->lates);
	p->dests = NULL;
	p->lates = NULL;
	p->ndests = p->nlates = 0;
}

static int
has_dests(const struct progress *p, const struct sched_spec *spec)
{
	if (p->ndests != spec->ndestinations)
		return 0;
	for (size_t i = 0; i < p->ndests; i++)
		if (strcmp(p->dests[i].name, spec->destinations[i]) != 0)
			return 0;
	return 1;
}

/* Take the list of destinations: those that stay keep their progress, new ones
 * and late windows wait for the status. */
static void
set_dests(struct progress *p, const struct sched_spec *spec, ticks stamp)
{
	struct progress old = *p;

	if (has_dests(p, spec))
		return;
	p->listed = stamp;
	p->ndests = spec->ndestinations;
	p->dests = mem_new(p->ndests, sizeof(*p->dests));
	p->lates = NULL;
	p->nlates = 0;
	for (size_t i = 0; i < p->ndests; i++) {
		struct progress_dest *was = find(&old, spec->destinations[i]);
		struct progress_dest *d = &p->dests[i];

		*d = was != NULL
		    ? *was
		    : (struct progress_dest){ .planned = SCHED_NEVER };
		d->name = mem_str(spec->destinations[i]);
	}
	drop_dests(&old);
}

void
progress_set_spec(
    struct progress *p, const struct sched_spec *spec, ticks now, ticks stamp)
{
	if (p->generation != spec->generation)
		p->changed = now;
	p->generation = spec->generation;
	p->interval = spec->interval;
	p->delay = spec->delay;
	p->until = spec->until;
	p->paused = 0;
	set_dests(p, spec, stamp);
}

struct progress *
progress_new(const struct sched_spec *spec, ticks now, ticks stamp)
{
	struct progress *p = mem_new(1, sizeof(*p));

	p->key = mem_str(spec->key);
	p->uid = mem_str(spec->uid);
	p->changed = now;
	p->generation = spec->generation;
	progress_set_spec(p, spec, now, stamp);
	return p;
}

void
progress_free(struct progress *p)
{
	if (p == NULL)
		return;
	/* No status will tell of what is on its way. */
	for (size_t i = 0; i < p->ndests; i++)
		breaker_missed(p->dests[i].breaker, p->dests[i].ticket);
	drop_dests(p);
	free(p->key);
	free(p->uid);
	free(p);
}

ticks
progress_lag(const struct progress *p)
{
	return p->endpoint != NULL ? p->endpoint->lag : 0;
}

static ticks
owed_start(const struct owed *o, const char *name)
{
	const struct owed_dest *f = owed_find(o, name);

	return f != NULL ? f->next : o->last;
}

/*
 * `last` never goes back, but what a destination is owed does: its entry goes
 * when it has come to `last` or further, and one new to the list may have been
 * begun with by an older status.
 */
static int
is_older(const struct progress *p, const struct owed *o)
{
	return o->last < p->last;
}

/* What the status shows of d tells whether its destination is there; what
 * failed before it came there does not. */
static int
tell_breaker(struct progress_dest *d, ticks start,
    const struct owed_tries *tries, int failed, ticks now)
{
	if (failed && tries->error.stage != NULL &&
	    strcmp(tries->error.stage, QUERY_STAGE) != 0)
		return breaker_answered(d->breaker, 0, now);
	if (d->shown != 0 && start > d->shown)
		return breaker_answered(d->breaker, 1, now);
	return 0;
}

/*
 * Go back to what is owed when that failed once more, or when an entry shows
 * that a destination new to the list is owed older windows than it seemed;
 * else never back.
 */
static int
show_dest(struct progress_dest *d, const struct owed *o, ticks now)
{
	const struct owed_dest *f = owed_find(o, d->name);
	ticks start = owed_start(o, d->name);
	struct owed_tries tries = { 0 };
	int failed, closed;

	if (f != NULL)
		tries = numbers(&f->tries, now);
	/* Who was taken off the list and put back is counted anew, by a clock
	 * that may have been set back. */
	failed = tries.attempts > 0 &&
	    (start != d->shown || tries.attempts != d->tries.attempts ||
		f->tries.first > d->last || f->tries.last < d->tries.first);
	closed = tell_breaker(d, start, &tries, failed, now);
	if (failed || d->next < start || (f != NULL && start < d->shown)) {
		d->next = start;
		d->planned = SCHED_NEVER;
	}
	if (failed || start > d->waits_for)
		d->waits = 0;
	/* Shown again, it is not tried later for that. */
	if (!failed && start == d->shown)
		not_after(&tries.last, d->tries.last);
	d->shown = start;
	d->tries = tries;
	d->last = f != NULL ? f->tries.last : 0;
	return closed;
}

/* What was known of l already stays so. */
static void
keep_late(struct progress_late *l, const struct progress_late *old, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (old[i].dest != l->dest || old[i].start != l->start ||
		    old[i].end != l->end ||
		    old[i].tries.attempts != l->tries.attempts)
			continue;
		l->sent = old[i].sent;
		not_after(&l->tries.last, old[i].tries.last);
	}
}

static void
show_lates(struct progress *p, const struct owed *o, ticks now)
{
	struct progress_late *old = p->lates;
	size_t n = p->nlates;

	p->nlates = 0;
	p->lates = mem_new(o->nlates, sizeof(*p->lates));
	for (size_t i = 0; i < o->nlates; i++) {
		struct progress_dest *d = find(p, o->lates[i].name);
		struct progress_late *l = &p->lates[p->nlates];

		if (d == NULL)
			continue;
		l->dest = (size_t)(d - p->dests);
		l->start = o->lates[i].start;
		l->end = o->lates[i].end;
		l->tries = numbers(&o->lates[i].tries, now);
		l->sent = 0;
		keep_late(l, old, n);
		p->nlates++;
	}
	free(old);
}

int
progress_set_status(struct progress *p, const struct owed *o, ticks now)
{
	int closed = 0;

	if (o == NULL || !o->founded || is_older(p, o))
		return 0;
	for (size_t i = 0; i < p->ndests; i++)
		closed += show_dest(&p->dests[i], o, now);
	show_lates(p, o, now);
	p->last = o->last;
	p->entries = owed_entries(o);
	p->seen = 1;
	return closed;
}

void
progress_step_back(struct progress *p, ticks now)
{
	not_after(&p->changed, now);
	for (size_t i = 0; i < p->ndests; i++) {
		struct progress_dest *d = &p->dests[i];

		not_after(&d->tries.last, now);
		if (d->waits_until != SCHED_NEVER)
			not_after(&d->waits_until, now);
	}
	for (size_t i = 0; i < p->nlates; i++)
		not_after(&p->lates[i].tries.last, now);
}

int
progress_done(
    struct progress *p, uint64_t ticket, enum sched_outcome outcome, ticks now)
{
	int good = outcome == SCHED_ANSWERED || outcome == SCHED_UNASKED;

	if (p->late_busy == ticket)
		p->late_busy = 0;
	if (p->probe.busy == ticket) {
		p->probe.busy = 0;
		p->probe.answers = good;
	}
	for (size_t i = 0; i < p->ndests; i++) {
		struct progress_dest *d = &p->dests[i];

		if (!good) /* no sender tries it, also when it is late */
			breaker_missed(d->breaker, ticket);
		if (d->busy != ticket)
			continue;
		d->busy = 0;
		if (!good && d->planned != SCHED_NEVER) {
			d->waits = 1;
			d->waits_for = d->planned;
			d->waits_until = SCHED_NEVER;
		}
		d->planned = SCHED_NEVER;
	}
	return outcome != SCHED_UNASKED &&
	    breaker_answered(p->breaker, outcome != SCHED_DOWN, now);
}
