/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "world.h"

#define INTERVAL 30

void
ghosts_init(struct ghosts *g, int dest)
{
	g->n = GHOSTS;
	g->dest = dest;
}

static const char *
key_of(int i)
{
	static const char *const keys[GHOSTS] = { "m/0", "m/1", "m/2", "m/3",
		"m/4", "m/5" };

	return keys[i];
}

static struct owed
status_of(const struct ghosts *g, const struct ghost *one)
{
	static struct end_error failed = {
		.stage = "promsend", .code = "Timeout", .message = ""
	};
	struct owed o = { .founded = 1, .last = account_time(one->next) };

	if (one->attempts == 0)
		return o;
	o.ndests = 1;
	o.dests = arena_zalloc(&o.arena, sizeof(*o.dests));
	*o.dests = (struct owed_dest){ .name = account_names[g->dest],
		.next = o.last,
		.entry = 1,
		.end = o.last + INTERVAL * WHEN_SEC,
		.tries = { one->attempts, one->first, one->last, failed } };
	return o;
}

static void
show(struct world *w, int i)
{
	struct ghost *one = &w->ghosts.v[i];
	struct owed o = status_of(&w->ghosts, one);
	struct sched_spec spec = { .key = key_of(i),
		.uid = "",
		.interval = INTERVAL * WHEN_SEC,
		.destinations = &account_names[w->ghosts.dest],
		.ndestinations = 1 };

	sched_set(w->sched, &spec, NULL, &o, world_clock(w));
	owed_fini(&o);
	one->shows = 0;
}

void
ghosts_boot(struct world *w)
{
	for (int i = 0; i < w->ghosts.n; i++)
		show(w, i);
}

static struct ghost *
find(struct ghosts *g, const char *key)
{
	for (int i = 0; i < g->n; i++)
		if (strcmp(key, key_of(i)) == 0)
			return &g->v[i];
	return NULL;
}

int
ghosts_take(struct world *w, const struct sched_plan *p)
{
	struct ghost *one = find(&w->ghosts, p->key);
	ticks now = world_clock(w);

	if (one == NULL)
		return 0;
	sched_done(w->sched, p->key, p->ticket, SCHED_ANSWERED, now);
	/* held, or there already; of what began earlier the rest counts */
	if (p->start > account_time(one->next) ||
	    p->end <= account_time(one->next))
		return 1;
	if (p->kind == SCHED_DROP ||
	    !world_is_out(w, &w->trouble.down[w->ghosts.dest])) {
		one->next = (int)((p->end - account_time(0)) / WHEN_SEC);
		one->attempts = 0;
	} else {
		if (one->attempts++ == 0)
			one->first = now;
		one->last = now;
	}
	if (one->shows == 0)
		one->shows = w->now + 1 + world_roll(w, 4);
	return 1;
}

void
ghosts_step(struct world *w)
{
	for (int i = 0; i < w->ghosts.n; i++)
		if (w->ghosts.v[i].shows != 0 && w->ghosts.v[i].shows <= w->now)
			show(w, i);
}

int
ghosts_are_settled(const struct world *w)
{
	ticks due = world_clock(w) - 2 * INTERVAL * WHEN_SEC;

	for (int i = 0; i < w->ghosts.n; i++)
		if (w->ghosts.v[i].attempts > 0 ||
		    account_time(w->ghosts.v[i].next) < due)
			return 0;
	return 1;
}
