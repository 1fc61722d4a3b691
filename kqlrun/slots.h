/* SPDX-License-Identifier: MIT */
#ifndef SLOTS_H
#define SLOTS_H

#include <stddef.h>
#include <stdint.h>

#include "arena.h"
#include "buf.h"
#include "err.h"
#include "fleet.h"
#include "job.h"
#include "query_text.h"
#include "schedule.h"
#include "settings.h"

enum slot_state {
	SLOT_FREE,
	SLOT_RUNS,  /* its query */
	SLOT_READY, /* its response waits to be written */
	SLOT_WRITES,
};

/* A window from its plan until it stands on the pipe. */
struct slot {
	enum slot_state state;
	struct job job;
	struct buf key; /* of its resource, which may be gone meanwhile */
	struct buf id;
	struct buf head; /* the @window line */
	struct query_text text;
	int64_t generation;
	uint64_t ticket;
	int late;
	enum sched_kind kind;
	int64_t since; /* monotonic ms at which it came to its state */
};

/* Up to n windows at once; none of them needs another's memory or time. */
struct slots {
	const struct settings *settings;
	struct arena arena; /* of the slots */
	struct slot *v;
	size_t n;
	struct buf query; /* text of the one being started */
};

/* As many as --jobs says; settings are borrowed.  -1 with ST_RETRY. */
int slots_init(struct slots *, const struct settings *, struct err *);
void slots_fini(struct slots *);

/* One that is free, or NULL; and how many are not. */
struct slot *slots_free(struct slots *);
size_t slots_busy(const struct slots *);

/* Begin a planned window: start its query, if it has one. */
void slots_start(struct slots *, struct slot *, const struct unit *,
    const struct sched_plan *);

/* Read what has come of the response of one that runs. */
void slots_read(struct slots *, struct slot *);

/* Take the answers of services that have come. */
void slots_take(struct slots *);

/*
 * Which of those that are ready is written next: the smallest, but the oldest
 * when that has waited for half a minute.  NULL when none is.
 */
struct slot *slots_pick(struct slots *, int64_t now_ms);

#endif
