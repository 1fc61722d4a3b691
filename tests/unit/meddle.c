/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "meddle.h"
#include "tell.h"

/* For files the generation is a hash. */
void
world_set_generation(struct world *w)
{
	if (w->has_uid)
		w->generation++;
	else
		w->generation =
		    ((int)w->listed * 1009 + w->interval) * 1009 + w->delay;
}

/* Somebody changes the spec. */
static void
edit(struct world *w)
{
	static const int intervals[] = { 10, 15, 20, 25, 30, 60, 120 };
	static const int delays[] = { 0, 7, 25 };

	switch (world_roll(w, 3)) {
	case 0:
		w->listed = 1 + (unsigned)world_roll(w, (1 << w->ndests) - 1);
		break;
	case 1:
		w->interval = intervals[world_roll(w, 7)];
		break;
	default:
		w->delay = delays[world_roll(w, 3)];
	}
	world_set_generation(w);
	tell(w, "edit");
	world_drop_views(w);
	world_show(w, w->file);
}

/* An object with a uid leaves nothing behind; the status of a file stays. */
static void
forget(struct world *w)
{
	if (!w->has_uid)
		return;
	w->life++;
	free(w->file);
	w->file = NULL;
	owed_fini(&w->owed);
	w->dirty = -1;
	w->last = 0;
	w->nold = w->nunsaid = w->sent = w->stale = 0;
	w->account = (struct account){ 0 };
	for (int d = 0; d < DESTS; d++)
		w->newest[d] = ACCOUNT_FIRST;
}

static void delete (struct world *w)
{
	tell(w, "delete");
	world_drop_views(w);
	forget(w);
	/* At once, the event of its end may be missed. */
	w->gone = w->now + world_roll(w, 20);
	if (w->gone == w->now)
		return;
	sched_del(w->sched, "m/n");
	world_unsee(w);
}

static void
come_back(struct world *w)
{
	tell(w, "made anew");
	w->gone = 0;
	world_set_generation(w);
	world_show(w, w->file);
}

/* The clock is set; at the end to what it should be. */
static void
set_clock(struct world *w)
{
	int was = w->skew;

	w->skew = world_roll(w, 400) - 200;
	if (world_roll(w, 10) == 0)
		w->skew = world_roll(w, 2) ? 3600 : -3600;
	if (world_roll(w, 3) == 0 || w->now > w->trouble.until)
		w->skew = 0;
	if (w->skew < was)
		w->lag = w->lag > was - w->skew ? w->lag - was + w->skew : 0;
	if (w->skew < was)
		w->rest -= was - w->skew;
	tell(w, "clock set");
}

static void
end_trouble(struct world *w)
{
	w->listed = (1U << w->ndests) - 1;
	w->server = 0;
	world_set_generation(w);
	set_clock(w);
	world_drop_views(w);
	world_show(w, w->file);
}

/* Another exporter can write its cursor into an object of the API. */
static int
has_others(const struct world *w)
{
	return w->has_uid && w->packs && w->file != NULL;
}

static struct json *
find_cursor(const struct json *status)
{
	static const char type[] =
	    "metricsexporter.adx-mon.azure.com/LastSuccessfulExecution";
	struct json *j = json_get(status, "conditions");

	for (j = j != NULL ? j->child : NULL; j != NULL; j = j->next)
		if (strcmp(json_get_str(j, "type", ""), type) == 0)
			return j;
	return NULL;
}

static ticks
time_of(const struct json *cursor)
{
	const char *text = json_get_str(cursor, "message", "");
	ticks t = 0;

	when_parse(text, strlen(text), &t);
	return t;
}

/* It has been here, and says that what lies before is exported. */
static void export(struct world *w)
{
	struct err e;
	struct json *j =
	    json_parse(&world_scratch, w->file, strlen(w->file), &e);
	struct json *cursor = find_cursor(j);
	ticks until = when_floor(world_clock(w), 10 * WHEN_SEC) -
	    world_roll(w, 20) * 10 * WHEN_SEC;
	struct buf b = { 0 };
	char text[WHEN_TEXT];

	if (cursor == NULL || until <= time_of(cursor))
		return;
	when_format(text, until);
	json_set(&world_scratch, cursor, "message",
	    json_new_str(&world_scratch, text));
	json_write(&b, j);
	free(w->file);
	w->file = b.data;
	w->stale = 1;
	w->cursor = until;
	for (int d = 0; d < DESTS; d++)
		account_note(&w->account, d, account_time(ACCOUNT_FIRST), until,
		    FATE_ELSEWHERE);
	if (until > w->last)
		w->last = until;
	world_total.others++;
	tell(w, "another exporter was here");
	world_mail(w);
}

/* The rule comes further, or its tables are made anew. */
static void
summarise(struct world *w)
{
	int until = w->now - world_roll(w, 30);

	if (until > w->until ||
	    (world_roll(w, 10) == 0 && w->now < w->trouble.until))
		w->until = until - (until < w->until ? 60 : 0);
	world_show(w, w->file);
}

void
meddle(struct world *w)
{
	const struct troubles *t = &w->trouble;

	if (w->gone && w->gone <= w->now)
		come_back(w);
	if (world_happens(w, t->edits))
		edit(w);
	if (world_happens(w, t->steps))
		set_clock(w);
	if (!w->gone && world_happens(w, t->rebirths))
		delete (w);
	if (world_happens(w, t->servers))
		w->server = world_roll(w, 3) * -20;
	if (has_others(w) && world_happens(w, t->others))
		export(w);
	if (w->by_rule && world_roll(w, 10) == 0)
		summarise(w);
	if (w->now == t->until + 1)
		end_trouble(w);
	if (w->nold > 0 && world_happens(w, t->repeats) && w->nreceipts < QUEUE)
		w->receipts[w->nreceipts++] = (struct mail){ .at = w->now,
			.r = w->old[world_roll(w, w->nold)] };
}
