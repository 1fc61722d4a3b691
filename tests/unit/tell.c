/* SPDX-License-Identifier: MIT */
#include <stdio.h>

#include "tell.h"

static int
second(ticks t)
{
	return (int)((t - account_time(0)) / WHEN_SEC);
}

static void
tell_window(ticks start, ticks end)
{
	printf(" %d-%d", second(start), second(end));
}

void
tell(const struct world *w, const char *what)
{
	if (w->tells)
		printf("%d %s\n", w->now, what);
}

void
tell_plan(const struct world *w, const struct sched_plan *p)
{
	static const char *const kinds[] = { "plan", "found", "drop", "probe" };

	if (!w->tells)
		return;
	printf("%d  %s", w->now, kinds[p->kind]);
	tell_window(p->start, p->end);
	for (size_t i = 0; i < p->nto; i++)
		printf("%s%s", i == 0 ? " to " : ",", p->to[i]);
	printf(" #%d%s%s%s settled %d listed %d\n", (int)p->attempt,
	    p->again ? " again" : "", p->late ? " late" : "",
	    p->pass_over ? " over" : "", second(p->settled), second(p->listed));
}

void
tell_receipt(const struct world *w, const struct receipt *r)
{
	if (!w->tells)
		return;
	printf("%d   receipt of %s", w->now, r->destination);
	tell_window(r->w.start, r->w.end);
	printf(" %s%s%s listed %d\n",
	    r->error.stage != NULL              ? r->error.code
		: r->status == RECEIPT_REJECTED ? "rejected"
						: "delivered",
	    r->w.again ? " again" : "", r->w.late ? " late" : "",
	    second(r->w.listed));
}

void
tell_status(const struct world *w, const char *what, const struct owed *o)
{
	if (!w->tells)
		return;
	printf("%d  %s", w->now, what);
	if (o->founded)
		printf(" last %d", second(o->last));
	for (size_t i = 0; i < o->ndests; i++)
		printf(", %s%s %d #%d", o->dests[i].name,
		    o->dests[i].entry ? "" : " free", second(o->dests[i].next),
		    (int)o->dests[i].tries.attempts);
	for (size_t i = 0; i < o->nlates; i++) {
		printf(", late %s", o->lates[i].name);
		tell_window(o->lates[i].start, o->lates[i].end);
	}
	puts("");
}
