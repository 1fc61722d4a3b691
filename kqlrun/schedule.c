/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "map.h"
#include "mem.h"
#include "progress.h"
#include "schedule.h"

/*
 * All resources, in a heap by the time at which one may have something to do;
 * among those that may now, each has its turn.
 */
struct sched {
	struct sched_opts opts;
	struct map byname;
	struct map breakers;  /* struct breaker of each destination */
	struct map endpoints; /* struct progress_endpoint */
	struct buf running;   /* struct running, of all queries */
	size_t queued;        /* resources that wait for room */
	struct buf heap;      /* struct progress *, the first to wake on top */
	struct buf names;     /* of the plan given out */
	uint64_t turn;
	uint64_t ticket;
	ticks stamp; /* given to a spec last */
	ticks clock; /* as seen last */
};

/* A query on its way; its resource may be gone when it comes back. */
struct running {
	uint64_t ticket;
	struct progress_endpoint *endpoint;
};

static struct progress **
heap(const struct sched *s)
{
	return (struct progress **)(void *)s->heap.data;
}

static size_t
heap_len(const struct sched *s)
{
	return s->heap.len / sizeof(struct progress *);
}

static int
is_before(const struct progress *a, const struct progress *b)
{
	return a->wake != b->wake ? a->wake < b->wake : a->turn < b->turn;
}

static void
swap(struct progress **v, size_t i, size_t j)
{
	struct progress *p = v[i];

	v[i] = v[j];
	v[j] = p;
	v[i]->at = i;
	v[j]->at = j;
}

/* Move what stands at i to where its time belongs. */
static void
heap_fix(struct sched *s, size_t i)
{
	struct progress **v = heap(s);
	size_t n = heap_len(s), c;

	for (; i > 0 && is_before(v[i], v[(i - 1) / 2]); i = (i - 1) / 2)
		swap(v, i, (i - 1) / 2);
	for (; (c = 2 * i + 1) < n; i = c) {
		if (c + 1 < n && is_before(v[c + 1], v[c]))
			c++;
		if (!is_before(v[c], v[i]))
			break;
		swap(v, i, c);
	}
}

static void
leave_queue(struct sched *s, struct progress *p)
{
	struct progress_endpoint *e = p->endpoint;

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
	leave_queue(s, p);
	p->wake = at;
	p->turn = ++s->turn;
	heap_fix(s, p->at);
}

static void
heap_add(struct sched *s, struct progress *p)
{
	p->at = heap_len(s);
	buf_add(&s->heap, &p, sizeof(p));
}

static void
heap_remove(struct sched *s, struct progress *p)
{
	size_t i = p->at, last = heap_len(s) - 1;

	leave_queue(s, p);
	swap(heap(s), i, last);
	s->heap.len -= sizeof(p);
	if (i < last)
		heap_fix(s, i);
}

/* Something may be planned that was not a moment ago: let all look. */
static void
wake_all(struct sched *s)
{
	struct progress **v = heap(s);

	for (size_t i = 0; i < heap_len(s); i++) {
		leave_queue(s, v[i]);
		v[i]->wake = 0;
		v[i]->turn = ++s->turn;
	}
}

/* Whether its endpoint has no room for one query more. */
static int
is_full(const struct sched *s, const struct progress_endpoint *e)
{
	return e != NULL && s->opts.endpoint_jobs > 0 &&
	    e->running >= s->opts.endpoint_jobs;
}

/* It has something to do and no room to do it. */
static void
enter_queue(struct sched *s, struct progress *p)
{
	struct progress_endpoint *e = p->endpoint;
	ticks due = p->wake;

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
	struct progress_endpoint *e;
	size_t at = 0;

	if (s->queued == 0)
		return;
	while ((e = map_next(&s->endpoints, &at, NULL)) != NULL)
		for (int64_t n = s->opts.endpoint_jobs - e->running;
		     n > 0 && e->first != NULL; n--)
			wake_at(s, e->first, e->first->due);
}

/* What is kept under that name, zero at first. */
static void *
entry(struct map *m, const char *name, size_t size)
{
	void *found = map_get(m, name);

	if (found == NULL) {
		found = mem_new(1, size);
		map_put(m, name, found);
	}
	return found;
}

static void
fini_entries(struct map *m)
{
	size_t at = 0;
	void *entry;

	while ((entry = map_next(m, &at, NULL)) != NULL)
		free(entry);
	map_fini(m);
}

/* With -1 everything has its one try, and no breaker. */
static void
give_breakers(
    struct sched *s, struct progress *p, const struct sched_spec *spec)
{
	leave_queue(s, p);
	if (spec->endpoint != NULL)
		p->endpoint =
		    entry(&s->endpoints, spec->endpoint, sizeof(*p->endpoint));
	if (s->opts.once)
		return;
	if (p->endpoint != NULL)
		p->breaker = &p->endpoint->breaker;
	for (size_t i = 0; i < p->ndests; i++)
		p->dests[i].breaker = entry(
		    &s->breakers, p->dests[i].name, sizeof(struct breaker));
}

size_t
sched_open(const struct sched *s)
{
	const struct progress_endpoint *e;
	const struct breaker *b;
	size_t at = 0, n = 0;

	while ((b = map_next(&s->breakers, &at, NULL)) != NULL)
		n += (size_t)breaker_is_open(b);
	at = 0;
	while ((e = map_next(&s->endpoints, &at, NULL)) != NULL)
		n += (size_t)breaker_is_open(&e->breaker);
	return n;
}

/* Times kept from before the clock was set back lie ahead, and nothing must
 * wait until it comes there again. */
static void
step_back(struct sched *s, ticks now)
{
	ticks by = s->clock - now;
	struct progress_endpoint *e;
	struct breaker *b;
	size_t at = 0;

	while ((b = map_next(&s->breakers, &at, NULL)) != NULL)
		breaker_step_back(b, by);
	at = 0;
	while ((e = map_next(&s->endpoints, &at, NULL)) != NULL) {
		breaker_step_back(&e->breaker, by);
		e->rest -= by;
		e->lag = e->lag > by ? e->lag - by : 0;
	}
	for (size_t i = 0; i < heap_len(s); i++)
		progress_step_back(heap(s)[i], now);
	wake_all(s);
}

static void
see_clock(struct sched *s, ticks now)
{
	if (now < s->clock)
		step_back(s, now);
	s->clock = now;
}

struct sched *
sched_new(const struct sched_opts *opts)
{
	struct sched *s = mem_new(1, sizeof(*s));

	s->opts = *opts;
	return s;
}

void
sched_free(struct sched *s)
{
	if (s == NULL)
		return;
	for (size_t i = 0; i < heap_len(s); i++)
		progress_free(heap(s)[i]);
	fini_entries(&s->breakers);
	fini_entries(&s->endpoints);
	buf_fini(&s->running);
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

/* Count the query that was planned. */
static void
count_query(struct sched *s, struct progress *p, const struct sched_plan *plan)
{
	struct running r = { plan->ticket, p->endpoint };

	if (p->endpoint == NULL ||
	    (plan->kind != SCHED_QUERY && plan->kind != SCHED_PROBE))
		return;
	p->endpoint->running++;
	buf_add(&s->running, &r, sizeof(r));
}

/* The query of that ticket, if it was one, is done. */
static void
uncount_query(struct sched *s, uint64_t ticket)
{
	struct running *v = (struct running *)(void *)s->running.data;
	size_t n = s->running.len / sizeof(*v);

	for (size_t i = 0; i < n; i++) {
		if (v[i].ticket != ticket)
			continue;
		v[i].endpoint->running--;
		v[i] = v[n - 1];
		s->running.len -= sizeof(*v);
		return;
	}
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
		p = heap(s)[0];
		if (p->wake > now) {
			*wake = p->wake;
			return 0;
		}
		if (is_full(s, p->endpoint)) {
			enter_queue(s, p);
			continue;
		}
		if (progress_plan(
			p, &s->opts, now, &s->names, &next, &p->wake)) {
			*plan = next;
			s->ticket++;
			count_query(s, p, &next);
			wake_at(s, p, now);
			return 1;
		}
		wake_at(s, p, p->wake);
	}
	return 0;
}

void
sched_done(struct sched *s, const char *key, uint64_t ticket,
    enum sched_outcome outcome, ticks now)
{
	struct progress *p = map_get(&s->byname, key);

	see_clock(s, now);
	uncount_query(s, ticket);
	if (p == NULL)
		return;
	if (progress_done(p, ticket, outcome, now))
		wake_all(s);
	wake_at(s, p, now);
}

void
sched_hear(
    struct sched *s, const char *key, const struct sched_heard *h, ticks now)
{
	struct progress *p = map_get(&s->byname, key);
	ticks was;

	if (p == NULL || p->endpoint == NULL)
		return;
	was = p->endpoint->lag;
	if (h->dated)
		p->endpoint->lag = h->ahead > 0 ? h->ahead : 0;
	if (h->rest > 0)
		p->endpoint->rest = now + h->rest;
	if (p->endpoint->lag < was - WHEN_SEC)
		wake_all(s);
}

int
sched_is_skewed(const struct sched *s, const char *key, ticks now)
{
	const struct progress *p = map_get(&s->byname, key);

	return p != NULL && p->seen &&
	    p->last > now - progress_lag(p) + p->interval;
}
