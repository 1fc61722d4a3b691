/* SPDX-License-Identifier: MIT */
#ifndef PLANNER_H
#define PLANNER_H

#include "backfill.h"
#include "err.h"
#include "owed.h"
#include "schedule.h"
#include "settings.h"

/* Which window comes next: by the schedule, or of a backfill. */
struct planner {
	struct sched *sched; /* NULL: a backfill */
	struct backfill backfill;
};

/* As the settings want.  Returns -1 with ST_CONFIG or ST_DATA. */
int planner_init(struct planner *, const struct settings *, struct err *);
void planner_fini(struct planner *);

/* These are the sched_ functions of the same name, or their like. */
void planner_set(struct planner *, const struct sched_spec *, void *ctx,
    const struct owed *, ticks now);
void planner_pause(struct planner *, const char *key);
void planner_del(struct planner *, const char *key);
int planner_next(struct planner *, ticks now, struct sched_plan *, ticks *wake);
void planner_done(struct planner *, const char *key, uint64_t ticket,
    enum sched_outcome, ticks now);
void planner_hear(
    struct planner *, const char *key, const struct gate_news *, ticks now);
size_t planner_open(struct planner *);
int planner_is_skewed(struct planner *, const char *key, ticks now);

#endif
