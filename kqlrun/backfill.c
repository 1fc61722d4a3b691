/* SPDX-License-Identifier: MIT */
#include "backfill.h"
#include "arena.h"
#include "log.h"

/* A resource and how far it has come; it lives in its own arena. */
struct line {
	struct arena self;
	struct arena spec_arena;
	struct sched_spec spec; /* copied */
	struct gate *gate;      /* of its endpoint */
	void *ctx;
	ticks next;      /* start of the next window */
	uint64_t busy;   /* ticket of a window that is on its way, or 0 */
	const char **to; /* of that window */
	size_t nto;
};

static void
line_free(struct line *l)
{
	struct arena self = l->self;

	arena_fini(&l->spec_arena);
	arena_fini(&self);
}

int
backfill_init(struct backfill *b, ticks from, ticks to, int64_t jobs,
    const char *receipts, struct err *e)
{
	*b = (struct backfill){ .from = from, .to = to, .gates.jobs = jobs };
	return receipts != NULL ? done_read(&b->done, receipts, e) : 0;
}

void
backfill_fini(struct backfill *b)
{
	struct line *l;
	size_t at = 0;

	while ((l = map_next(&b->lines, &at, NULL)) != NULL)
		line_free(l);
	map_fini(&b->lines);
	gates_fini(&b->gates);
	done_fini(&b->done);
}

static struct line *
line_new(const struct backfill *b, const struct sched_spec *s)
{
	struct arena self = { 0 };
	struct line *l = arena_zalloc(&self, sizeof(*l));

	l->self = self;
	l->next = when_floor(b->from, s->interval);
	return l;
}

/* Copy what outlives the event. */
static void
copy_spec(struct line *l, const struct sched_spec *s)
{
	struct arena *a = &l->spec_arena;
	const char **names;

	arena_reset(a);
	names = arena_alloc(a, (s->ndestinations + 1) * sizeof(*names));
	for (size_t i = 0; i < s->ndestinations; i++)
		names[i] = arena_strdup(a, s->destinations[i]);
	l->spec = *s;
	l->spec.key = arena_strdup(a, s->key);
	l->spec.uid = l->spec.endpoint = NULL; /* not asked for */
	l->spec.destinations = names;
	l->to = arena_alloc(a, (s->ndestinations + 1) * sizeof(*l->to));
}

/* Windows of a line from its next one on. */
static int64_t
ahead(const struct backfill *b, const struct line *l)
{
	ticks step = l->spec.interval;

	return l->next < b->to ? (b->to - l->next + step - 1) / step : 0;
}

void
backfill_set(struct backfill *b, const struct sched_spec *s, void *ctx)
{
	struct line *l = map_get(&b->lines, s->key);

	if (l == NULL) {
		l = line_new(b, s);
		map_put(&b->lines, s->key, l);
	} else {
		b->total -= ahead(b, l);
	}
	copy_spec(l, s);
	l->gate = gates_find(&b->gates, s->endpoint);
	l->ctx = ctx;
	b->total += ahead(b, l);
}

void
backfill_del(struct backfill *b, const char *key)
{
	struct line *l = map_del(&b->lines, key);

	if (l == NULL)
		return;
	b->total -= ahead(b, l) + (l->busy != 0);
	line_free(l);
}

/* Leave out what receipts say; whether some destination is left. */
static int
pick_destinations(struct backfill *b, struct line *l, ticks end)
{
	const struct sched_spec *s = &l->spec;

	l->nto = 0;
	for (size_t i = 0; i < s->ndestinations; i++)
		if (!done_has(
			&b->done, s->key, l->next, end, s->destinations[i]))
			l->to[l->nto++] = s->destinations[i];
	return l->nto > 0;
}

/* The end of the line's next window to be run, or 0 when there is none. */
static ticks
next_end(struct backfill *b, struct line *l, ticks now)
{
	ticks end;

	for (; l->next < b->to; l->next = end, b->passed++) {
		end = sched_window_end(l->next, l->spec.interval);
		if (end + l->spec.delay + l->gate->lag > now) {
			log_warn("the range reaches into what is not complete",
			    KV_S("resource", l->spec.key));
			b->total -= ahead(b, l);
			l->next = b->to;
			return 0;
		}
		if (pick_destinations(b, l, end))
			return end;
	}
	return 0;
}

/* Whether its endpoint may be asked now; if it may be later, *wake is when. */
static int
may_ask(const struct backfill *b, const struct line *l, ticks now, ticks *wake)
{
	ticks rest = l->gate->rest;

	if (rest > now && rest < *wake)
		*wake = rest;
	return rest <= now && gates_room(&b->gates, l->gate) > 0;
}

int
backfill_next(struct backfill *b, ticks now, struct sched_plan *p, ticks *wake)
{
	struct line *l;
	ticks end;

	*wake = SCHED_NEVER;
	for (size_t i = 0; i <= b->lines.len; i++) {
		if ((l = map_next(&b->lines, &b->turn, NULL)) == NULL) {
			b->turn = 0;
			continue;
		}
		if (l->busy != 0 || (end = next_end(b, l, now)) == 0 ||
		    !may_ask(b, l, now, wake))
			continue;
		*p = (struct sched_plan){ .ticket = ++b->ticket,
			.key = l->spec.key,
			.ctx = l->ctx,
			.kind = SCHED_QUERY,
			.start = l->next,
			.end = end,
			.to = l->to,
			.nto = l->nto,
			.attempt = 1,
			.again = 1,
			.late = 1 };
		l->busy = p->ticket;
		gates_enter(&b->gates, l->gate, p->ticket);
		l->next = end;
		b->owed++;
		return 1;
	}
	return 0;
}

void
backfill_done(struct backfill *b, const char *key, uint64_t ticket)
{
	struct line *l = map_get(&b->lines, key);

	gates_leave(&b->gates, ticket);
	if (l == NULL || l->busy != ticket)
		return;
	b->passed++;
	l->busy = 0;
}

void
backfill_hear(struct backfill *b, const char *key, const struct gate_news *news,
    ticks now)
{
	struct line *l = map_get(&b->lines, key);

	if (l != NULL)
		gate_hear(l->gate, news, now);
}
