/* SPDX-License-Identifier: MIT */
#include <unistd.h>

#include "planner.h"

int
planner_init(struct planner *p, const struct settings *s, struct err *e)
{
	ticks now = clock_now(&s->clock);
	struct sched_opts o = {
		/* A dry run delivers nothing that a status could show. */
		.once = s->args.once || s->args.dry_run,
		.max_ahead = s->args.max_ahead,
		.endpoint_jobs = s->args.cluster_jobs,
		.max_catchup = s->args.max_catchup,
		.order_wait = s->args.order_wait,
		.spread = s->args.once ? 0 : s->args.spread,
		.seed = (uint64_t)now ^ (uint64_t)getpid(),
		.started = now,
	};

	*p = (struct planner){ 0 };
	if (s->from != 0)
		return backfill_init(&p->backfill, s->from, s->to,
		    s->args.cluster_jobs, s->args.done, e);
	p->sched = sched_new(&o);
	return 0;
}

void
planner_fini(struct planner *p)
{
	if (p->sched != NULL)
		sched_free(p->sched);
	backfill_fini(&p->backfill);
}

void
planner_set(struct planner *p, const struct sched_spec *spec, void *ctx,
    const struct owed *status, ticks now)
{
	if (p->sched != NULL)
		sched_set(p->sched, spec, ctx, status, now);
	else
		backfill_set(&p->backfill, spec, ctx);
}

void
planner_pause(struct planner *p, const char *key)
{
	if (p->sched != NULL)
		sched_pause(p->sched, key);
	else
		backfill_del(&p->backfill, key);
}

void
planner_del(struct planner *p, const char *key)
{
	if (p->sched != NULL)
		sched_del(p->sched, key);
	else
		backfill_del(&p->backfill, key);
}

int
planner_next(struct planner *p, ticks now, struct sched_plan *plan, ticks *wake)
{
	if (p->sched != NULL)
		return sched_next(p->sched, now, plan, wake);
	return backfill_next(&p->backfill, now, plan, wake);
}

void
planner_done(struct planner *p, const char *key, uint64_t ticket,
    enum sched_outcome outcome, ticks now)
{
	if (p->sched != NULL)
		sched_done(p->sched, key, ticket, outcome, now);
	else
		backfill_done(&p->backfill, key, ticket);
}

void
planner_hear(
    struct planner *p, const char *key, const struct gate_news *h, ticks now)
{
	if (p->sched != NULL)
		sched_hear(p->sched, key, h, now);
	else
		backfill_hear(&p->backfill, key, h, now);
}

size_t
planner_open(struct planner *p)
{
	return p->sched != NULL ? sched_open(p->sched) : 0;
}

int
planner_is_skewed(struct planner *p, const char *key, ticks now)
{
	return p->sched != NULL && sched_is_skewed(p->sched, key, now);
}
