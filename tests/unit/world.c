/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "meddle.h"
#include "stages.h"
#include "tell.h"
#include "world.h"

#define LIVES 100

struct arena world_scratch;
struct world_total world_total;

void
world_claim(struct world *w, int ok, const char *what, const char *where)
{
	if (!ok && !w->broken)
		printf("%s: not so in second %d: %s\n", where, w->now, what);
	w->broken |= !ok;
}

int
world_roll(struct world *w, int n)
{
	return chance_roll(&w->random, n);
}

ticks
world_clock(const struct world *w)
{
	return account_time(w->now + w->skew);
}

int
world_is_out(const struct world *w, const struct outages *o)
{
	return w->now < w->trouble.until && outages_at(o, w->now);
}

const char *
world_uid(const struct world *w, int life)
{
	static char uids[LIVES][16]; /* none comes again */

	if (!w->has_uid || life >= LIVES)
		return "";
	snprintf(uids[life], sizeof(*uids), "u%d", life);
	return uids[life];
}

struct owed
world_status(struct world *w, const char *text)
{
	struct owed o = { 0 };
	struct json *j = NULL;
	struct err e;

	if (text != NULL)
		j = json_parse(&world_scratch, text, strlen(text), &e);
	CLAIM(w, owed_read(&o, j, &e) == 0);
	return o;
}

void
world_unsee(struct world *w)
{
	w->known = w->life;
	w->seen = w->probed = 0;
	w->shown_last = 0;
}

/* What kqlrun sees, unless it is older than what it has seen. */
static void
note_shown(struct world *w, const struct owed *o)
{
	if (w->known != w->life)
		world_unsee(w);
	if (!o->founded || o->last < w->shown_last)
		return;
	w->seen = 1;
	w->shown_last = o->last;
	w->backlog = owed_entries(o);
	for (int d = 0; d < DESTS; d++) {
		const struct owed_dest *f = owed_find(o, account_names[d]);

		w->shown[d] = f != NULL ? f->next : o->last;
	}
}

void
world_show(struct world *w, const char *text)
{
	const char *names[DESTS];
	struct sched_spec spec = { .key = "m/n",
		.uid = world_uid(w, w->life),
		.endpoint = "e",
		.generation = w->generation,
		.interval = w->interval * WHEN_SEC,
		.delay = w->delay * WHEN_SEC,
		.until = w->by_rule ? account_time(w->until) : 0,
		.destinations = names };
	struct owed o;

	if (w->gone)
		return;
	for (int i = 0; i < DESTS; i++)
		if (w->listed >> i & 1)
			names[spec.ndestinations++] = account_names[i];
	o = world_status(w, text);
	note_shown(w, &o);
	w->known_until = w->until;
	tell_status(w, "shown", &o);
	sched_set(w->sched, &spec, NULL, &o, world_clock(w));
	owed_fini(&o);
	arena_reset(&world_scratch);
}

void
world_drop_views(struct world *w)
{
	for (int i = 0; i < w->nviews; i++)
		free(w->views[i].text);
	w->nviews = 0;
}

void
world_mail(struct world *w)
{
	CLAIM(w, w->nviews < QUEUE);
	w->views[w->nviews++] =
	    (struct mail){ .at = w->now + 1 + world_roll(w, 3),
		    .text = strdup(w->file) };
}

void
world_boot(struct world *w)
{
	tell(w, "start");
	w->opts.started = world_clock(w);
	w->opts.seed = w->random;
	sched_free(w->sched);
	w->sched = sched_new(&w->opts);
	w->njobs = w->nreceipts = w->nold = w->nunsaid = 0;
	w->lag = w->stale = w->sent = 0;
	w->rest = ACCOUNT_FIRST;
	world_unsee(w);
	world_drop_views(w);
	for (int d = 0; d < DESTS; d++) {
		hold_fini(&w->senders[d].hold);
		w->senders[d] = (struct sender){ 0 };
		w->begun[d].destination = NULL;
	}
	owed_fini(&w->owed);
	w->owed = world_status(w, w->file);
	w->dirty = -1;
	account_restore(&w->account);
	CLAIM(w, account_holds(&w->account, &w->owed, w->listed));
	world_show(w, w->file);
	ghosts_boot(w);
}

int
world_happens(struct world *w, int seconds)
{
	return seconds > 0 && w->now < w->trouble.until &&
	    world_roll(w, seconds) == 0;
}

void
world_step(struct world *w)
{
	w->now++;
	if (world_happens(w, w->trouble.deadly)) {
		if (world_roll(w, 2) == 0)
			stage_end(w); /* one stage, else all at once */
		world_boot(w);
		return;
	}
	meddle(w);
	ghosts_step(w);
	stage_kqlrun(w);
	for (int i = 0; i < 2 * w->ndests; i++)
		stage_send(w, i % w->ndests);
	stage_crdstatus(w);
}

/* Every so often, or never. */
static int
often(struct world *w, int seconds)
{
	return world_roll(w, 3) == 0 ? seconds / 2 + world_roll(w, seconds) : 0;
}

static void
plan_trouble(struct world *w)
{
	struct troubles *t = &w->trouble;

	t->until = 100 + world_roll(w, 400);
	for (int d = 0; d < w->ndests; d++)
		outages_plan(&t->down[d], &w->random, t->until, 150);
	outages_plan(&t->queries, &w->random, t->until, 100);
	outages_plan(
	    &t->disk, &w->random, t->until, world_roll(w, 2) ? 400 : 100);
	for (t->nbad = 0; t->nbad < world_roll(w, BADS + 1); t->nbad++) {
		int from = world_roll(w, t->until);

		t->bad[t->nbad].from = from;
		t->bad[t->nbad].to = from + 1 + world_roll(w, 20);
		t->bad[t->nbad].until = from + world_roll(w, 600);
	}
	t->repeats = often(w, 20);
	t->slow = world_roll(w, 3) == 0;
	if ((t->leaks = world_roll(w, 6) == 0))
		return;
	t->deadly = often(w, 200);
	t->edits = often(w, 150);
	t->servers = often(w, 100);
	t->others = often(w, 150);
	t->deaf = often(w, 15);
	t->steps = often(w, 150);
	t->rebirths = often(w, 200);
}

/* Windows that were passed over before, one behind the other. */
static void
put_lates(struct world *w, struct json *status, int n)
{
	struct owed o = { .founded = 1, .last = w->last };

	o.lates = arena_zalloc(&o.arena, (size_t)n * sizeof(*o.lates));
	for (int i = 0; i < n; i++) {
		ticks start = w->last - (n - i) * 10 * WHEN_SEC;

		o.lates[o.nlates++] = (struct owed_late){ .name = "a",
			.start = start,
			.end = start + 10 * WHEN_SEC };
	}
	owed_write(&world_scratch, &o, status, 100);
	owed_fini(&o);
}

/* A cursor that somebody else left, anywhere. */
static void
inherit(struct world *w)
{
	struct json *status = json_new(&world_scratch, JSON_OBJECT);
	struct buf b = { 0 };
	char text[WHEN_TEXT];

	w->last = account_time(-world_roll(w, 100));
	when_format(text, w->last);
	json_set(&world_scratch, status, "lastSuccessfulExecution",
	    json_new_str(&world_scratch, text));
	if (!w->packs && !w->trouble.leaks && world_roll(w, 8) == 0)
		put_lates(w, status, OWED_BACKLOG_MAX + world_roll(w, 80));
	json_write(&b, status);
	w->file = b.data;
	account_start(&w->account, w->last);
}

struct world *
world_new(uint64_t seed, int tells)
{
	struct world *w = calloc(1, sizeof(*w));

	w->tells = tells;
	w->random = seed * UINT64_C(0x9e3779b97f4a7c15) + 1;
	w->ndests = 1 + world_roll(w, DESTS);
	w->listed = (1U << w->ndests) - 1;
	w->interval = world_roll(w, 2) ? 10 : 15;
	w->delay = world_roll(w, 2) ? 0 : 7;
	w->has_uid = world_roll(w, 2);
	w->packs = world_roll(w, 2);
	w->by_rule = world_roll(w, 6) == 0;
	w->moves = world_roll(w, 2);
	world_set_generation(w);
	plan_trouble(w);
	if (world_roll(w, 4) == 0)
		ghosts_init(&w->ghosts, world_roll(w, w->ndests));
	/* Only an answer for a newer window tells of one that vanished, or that
	 * is not known any more when the status was read again. */
	w->opts.max_ahead = 1000;
	if (!w->trouble.leaks && (w->moves || w->trouble.others == 0) &&
	    world_roll(w, 3) == 0)
		w->opts.max_ahead = 1 + world_roll(w, 5);
	w->opts.order_wait = 60 * WHEN_SEC;
	if (!w->trouble.leaks && world_roll(w, 4) == 0)
		w->opts.max_catchup = (60 + world_roll(w, 300)) * WHEN_SEC;
	w->opts.endpoint_jobs = world_roll(w, 2);
	w->opts.spread = world_roll(w, 2) ? 0 : 5 * WHEN_SEC;
	for (int d = 0; d < DESTS; d++)
		w->newest[d] = ACCOUNT_FIRST;
	if (world_roll(w, 2))
		inherit(w);
	world_boot(w);
	return w;
}

int
world_is_settled(const struct world *w)
{
	ticks done = w->by_rule ? account_time(w->until) : world_clock(w);
	ticks due = done - (w->delay + 2 * w->interval) * WHEN_SEC;

	if (w->now < w->trouble.until + 2 || !w->owed.founded ||
	    w->dirty != -1 || w->owed.nlates > 0 || w->owed.last < due ||
	    !ghosts_are_settled(w))
		return 0;
	for (size_t i = 0; i < w->owed.ndests; i++)
		if (w->owed.dests[i].entry)
			return 0;
	return 1;
}

void
world_free(struct world *w)
{
	w->gone = 1;
	w->tells = 0;
	world_boot(w); /* gives back what the stages held */
	sched_free(w->sched);
	owed_fini(&w->owed);
	free(w->file);
	free(w);
	arena_reset(&world_scratch);
}
