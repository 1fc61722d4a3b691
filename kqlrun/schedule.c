/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "map.h"
#include "mem.h"
#include "progress.h"
#include "schedule.h"

/* A resource's place in the heap: what orders it stands in it, so that to order
 * 100,000 of them does not read each. */
struct turn {
	ticks wake;
	uint64_t turn;
	struct progress *p;
};

/*
 * All resources, in a heap by the time at which one may have something to do;
 * among those that may now, each has its turn.
 */
struct sched {
	struct sched_opts opts;
	struct map byname;
	struct map breakers; /* struct breaker of each destination */
	struct gates gates;
	size_t queued;    /* resources that wait for room */
	struct buf heap;  /* struct turn, the first to wake on top */
	struct buf names; /* of the plan given out */
	uint64_t turn;
	uint64_t ticket;
	ticks stamp;  /* given to a spec last */
	ticks clock;  /* as seen last */
	ticks latest; /* and at any time */
};

static struct turn *
heap(const struct sched *s)
{
	return (struct turn *)(void *)s->heap.data;
}

static size_t
heap_len(const struct sched *s)
{
	return s->heap.len / sizeof(struct turn);
}

static int
is_before(const struct turn *a, const struct turn *b)
{
	return a->wake != b->wake ? a->wake < b->wake : a->turn < b->turn;
}

static void
put(struct turn *v, size_t i, struct turn t)
{
	v[i] = t;
	t.p->at = i;
}

/* Put what stands at i where its time belongs. */
static void
heap_fix(struct sched *s, size_t i)
{
	struct turn *v = heap(s), t = v[i];
	size_t n = heap_len(s), c;

	for (; i > 0 && is_before(&t, &v[(i - 1) / 2]); i = (i - 1) / 2)
		put(v, i, v[(i - 1) / 2]);
	for (; (c = 2 * i + 1) < n; i = c) {
		if (c + 1 < n && is_before(&v[c + 1], &v[c]))
			c++;
		if (!is_before(&v[c], &t))
			break;
		put(v, i, v[c]);
	}
	put(v, i, t);
}

static void
leave_queue(struct sched *s, struct progress *p)
{
	struct gate *e = p->endpoint;

	if (!p->queued)
		return;
	*(p->before != NULL ? &p->before->after : &e->first) = p->after;
	*(p->after != NULL ? &p->after->before : &e->last) = p->before;
	p->before = p->after = NULL;
	p->queued = 0;
	s->queued--;
}

static void
wake_at(struct sched *s, struct progress *p, ticks at)
{
	struct turn *t = &heap(s)[p->at];

	leave_queue(s, p);
	t->wake = at;
	t->turn = ++s->turn;
	heap_fix(s, p->at);
}

static void
heap_add(struct sched *s, struct progress *p)
{
	struct turn t = { .p = p };

	p->at = heap_len(s);
	buf_add(&s->heap, &t, sizeof(t));
}

static void
heap_remove(struct sched *s, struct progress *p)
{
	size_t i = p->at, last = heap_len(s) - 1;

	leave_queue(s, p);
	put(heap(s), i, heap(s)[last]);
	s->heap.len -= sizeof(struct turn);
	if (i < last)
		heap_fix(s, i);
}

/* Something may be planned that was not a moment ago: let all look. */
static void
wake_all(struct sched *s)
{
	struct turn *v = heap(s);

	for (size_t i = 0; i < heap_len(s); i++) {
		leave_queue(s, v[i].p);
		v[i].wake = 0;
		v[i].turn = ++s->turn;
	}
}

/* It has something to do and no room to do it. */
static void
enter_queue(struct sched *s, struct progress *p)
{
	struct gate *e = p->endpoint;
	ticks due = heap(s)[p->at].wake;

	wake_at(s, p, SCHED_NEVER);
	p->due = due;
	p->before = e->last;
	*(e->last != NULL ? &e->last->after : &e->first) = p;
	e->last = p;
	p->queued = 1;
	s->queued++;
}

/* Let those go on for which there is room now; they keep their turn. */
static void
leave_queues(struct sched *s)
{
	struct gate *e;
	size_t at = 0;

	if (s->queued == 0)
		return;
	while ((e = gates_next(&s->gates, &at)) != NULL)
		for (int64_t n = gates_room(&s->gates, e);
		     n > 0 && e->first != NULL; n--)
			wake_at(s, e->first, e->first->due);
}

/* That of a destination, which resources share. */
static struct breaker *
breaker_of(struct sched *s, const char *destination)
{
	struct breaker *b = map_get(&s->breakers, destination);

	if (b == NULL) {
		b = mem_new(1, sizeof(*b));
		map_put(&s->breakers, destination, b);
	}
	return b;
}

/* With -1 everything has its one try, and no breaker. */
static void
give_breakers(
    struct sched *s, struct progress *p, const struct sched_spec *spec)
{
	leave_queue(s, p);
	if (spec->endpoint != NULL)
		p->endpoint = gates_find(&s->gates, spec->endpoint);
	if (s->opts.once)
		return;
	if (p->endpoint != NULL)
		p->breaker = &p->endpoint->breaker;
	for (size_t i = 0; i < p->ndests; i++)
		p->dests[i].breaker = breaker_of(s, p->dests[i].name);
}

size_t
sched_open(const struct sched *s)
{
	const struct gate *e;
	const struct breaker *b;
	size_t at = 0, n = 0;

	while ((b = map_next(&s->breakers, &at, NULL)) != NULL)
		n += (size_t)breaker_is_open(b);
	at = 0;
	while ((e = gates_next(&s->gates, &at)) != NULL)
		n += (size_t)breaker_is_open(&e->breaker);
	return n;
}

/* Times kept from before the clock was set back lie ahead, and nothing must
 * wait until it comes there again. */
static void
step_back(struct sched *s, ticks now)
{
	ticks by = s->clock - now;
	struct breaker *b;
	size_t at = 0;

	while ((b = map_next(&s->breakers, &at, NULL)) != NULL)
		breaker_step_back(b, by);
	gates_step_back(&s->gates, by);
	for (size_t i = 0; i < heap_len(s); i++)
		progress_step_back(heap(s)[i].p, now);
	wake_all(s);
}

static void
see_clock(struct sched *s, ticks now)
{
	if (now < s->clock)
		step_back(s, now);
	s->clock = now;
	if (now > s->latest)
		s->latest = now;
}

struct sched *
sched_new(const struct sched_opts *opts)
{
	struct sched *s = mem_new(1, sizeof(*s));

	s->opts = *opts;
	s->gates.jobs = opts->endpoint_jobs;
	return s;
}

void
sched_free(struct sched *s)
{
	struct breaker *b;
	size_t at = 0;

	if (s == NULL)
		return;
	for (size_t i = 0; i < heap_len(s); i++)
		progress_free(heap(s)[i].p);
	while ((b = map_next(&s->breakers, &at, NULL)) != NULL)
		free(b);
	map_fini(&s->breakers);
	gates_fini(&s->gates);
	map_fini(&s->byname);
	buf_fini(&s->heap);
	buf_fini(&s->names);
	free(s);
}

void *
sched_set(struct sched *s, const struct sched_spec *spec, void *ctx,
    const struct owed *status, ticks now)
{
	struct progress *p = map_get(&s->byname, spec->key);
	void *old = NULL;
	int closed = 0;

	see_clock(s, now);
	s->stamp = now > s->stamp ? now : s->stamp + 1;
	if (p != NULL && strcmp(p->uid, spec->uid) != 0) {
		old = sched_del(s, spec->key);
		p = NULL;
	}
	if (p == NULL) {
		p = progress_new(spec, now, s->stamp);
		p->met = s->latest;
		map_put(&s->byname, p->key, p);
		heap_add(s, p);
	} else {
		progress_set_spec(p, spec, now, s->stamp);
		old = p->ctx;
	}
	p->ctx = ctx;
	give_breakers(s, p, spec);
	/* With -1 each window has its one try, whatever a status says now. */
	if (!s->opts.once || (!p->seen && !p->founds))
		closed = progress_set_status(p, status, now);
	wake_at(s, p, now);
	if (closed > 0)
		wake_all(s);
	return old != ctx ? old : NULL;
}

void
sched_pause(struct sched *s, const char *key)
{
	struct progress *p = map_get(&s->byname, key);

	if (p == NULL)
		return;
	p->paused = 1;
	wake_at(s, p, SCHED_NEVER);
}

void *
sched_del(struct sched *s, const char *key)
{
	struct progress *p = map_del(&s->byname, key);
	void *ctx;

	if (p == NULL)
		return NULL;
	ctx = p->ctx;
	heap_remove(s, p);
	progress_free(p);
	return ctx;
}

int
sched_next(struct sched *s, ticks now, struct sched_plan *plan, ticks *wake)
{
	see_clock(s, now);
	*wake = SCHED_NEVER;
	while (heap_len(s) > 0) {
		struct sched_plan next = { .ticket = s->ticket + 1 };
		struct progress *p;

		leave_queues(s);
		p = heap(s)[0].p;
		*wake = heap(s)[0].wake;
		if (*wake > now)
			return 0;
		if (p->endpoint != NULL &&
		    gates_room(&s->gates, p->endpoint) <= 0) {
			enter_queue(s, p);
			continue;
		}
		if (progress_plan(p, &s->opts, now, &s->names, &next, wake)) {
			*plan = next;
			s->ticket++;
			if (p->endpoint != NULL && sched_asks(next.kind))
				gates_enter(
				    &s->gates, p->endpoint, next.ticket);
			wake_at(s, p, now);
			return 1;
		}
		wake_at(s, p, *wake);
	}
	return 0;
}

void
sched_done(struct sched *s, const char *key, uint64_t ticket,
    enum sched_outcome outcome, ticks now)
{
	struct progress *p = map_get(&s->byname, key);

	see_clock(s, now);
	gates_leave(&s->gates, ticket);
	if (p == NULL)
		return;
	if (progress_done(p, ticket, outcome, now))
		wake_all(s);
	wake_at(s, p, now);
}

void
sched_hear(
    struct sched *s, const char *key, const struct gate_news *news, ticks now)
{
	struct progress *p = map_get(&s->byname, key);

	if (p != NULL && p->endpoint != NULL &&
	    gate_hear(p->endpoint, news, now))
		wake_all(s);
}

int
sched_is_skewed(const struct sched *s, const char *key, ticks now)
{
	const struct progress *p = map_get(&s->byname, key);

	return p != NULL && p->seen &&
	    p->last > now - progress_lag(p) + p->interval;
}
