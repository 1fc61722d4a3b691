/* SPDX-License-Identifier: MIT */
#ifndef BACKFILL_H
#define BACKFILL_H

#include "done.h"
#include "err.h"
#include "gate.h"
#include "map.h"
#include "schedule.h"
#include "when.h"

/*
 * The windows of a range, for each resource, in order: what a schedule is for
 * the time to come, this is for the past.  They are late windows, so their
 * receipts change no status.  Each has one try; an endpoint that wants to be
 * left alone is.
 */
struct backfill {
	ticks from, to;
	struct done done;
	struct gates gates;
	uint64_t ticket;  /* given out last */
	struct map lines; /* by resource_key() */
	size_t turn;      /* who is asked next, so that all come on */
	long owed;        /* windows that no receipt said are delivered */
	int64_t total;    /* windows of all resources in the range */
	int64_t passed;   /* of them, written or left out */
};

/*
 * Every window that overlaps [from, to), jobs of one endpoint at once (0: any);
 * receipts is a file that says what is delivered already, or NULL.  Returns -1
 * with ST_CONFIG or ST_DATA.
 */
int backfill_init(struct backfill *, ticks from, ticks to, int64_t jobs,
    const char *receipts, struct err *);
void backfill_fini(struct backfill *);

/* A resource was added or changed; it goes on where it was. */
void backfill_set(struct backfill *, const struct sched_spec *, void *ctx);

/* Nothing more of this resource.  Unknown keys are no error. */
void backfill_del(struct backfill *, const char *key);

/*
 * The next window, one at a time of each resource: 1 with *plan, or 0 with
 * *wake, as sched_next.
 */
int backfill_next(
    struct backfill *, ticks now, struct sched_plan *plan, ticks *wake);

/* The window of that resource and ticket is written. */
void backfill_done(struct backfill *, const char *key, uint64_t ticket);

/* The endpoint of a resource has answered, as sched_hear. */
void backfill_hear(
    struct backfill *, const char *key, const struct gate_news *, ticks now);

#endif
