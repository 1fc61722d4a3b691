/* SPDX-License-Identifier: MIT */
#ifndef PROGRESS_H
#define PROGRESS_H

#include <stddef.h>
#include <stdint.h>

#include "breaker.h"
#include "buf.h"
#include "gate.h"
#include "owed.h"
#include "schedule.h"

/* The stage of an error that is the query's. */
#define QUERY_STAGE "kqlrun"

/* How far one destination of a resource has come. */
struct progress_dest {
	char *name;
	struct breaker *breaker; /* the schedule's, or NULL */
	ticks next;              /* start of the window to plan next */
	ticks shown; /* start of the window that the status says is owed; 0
	                until it says so */
	struct owed_tries tries; /* of that, by the status; of strings only
	                            the stage, a constant, if it is
	                            QUERY_STAGE or a sender */
	ticks last;              /* its last attempt, by the status's clock */
	uint64_t busy;           /* ticket of a plan that is not on the pipe
	                            yet, or 0 */
	uint64_t ticket;         /* of its last plan */
	ticks planned;           /* start of that window while its outcome
	                            matters, else SCHED_NEVER */
	int waits;               /* for the status to show more than it did
	                            when the window `waits_for` failed */
	ticks waits_for;
	ticks waits_until; /* for a drop no longer; else SCHED_NEVER */
};

/* A late window of one destination. */
struct progress_late {
	size_t dest; /* index */
	ticks start, end;
	struct owed_tries tries; /* no strings */
	int sent;                /* since the status last showed a change */
};

/* One resource: what it is, and what was planned of it. */
struct progress {
	char *key;
	char *uid;
	void *ctx;
	int64_t generation;
	ticks interval, delay, until;
	ticks met;     /* when it was first seen, by the latest clock so far */
	ticks changed; /* when it was first seen, or its spec changed */
	ticks listed;  /* when its list of destinations was set */
	struct gate *endpoint;   /* the schedule's, or NULL */
	struct breaker *breaker; /* of that, or NULL */
	int paused;
	int seen;   /* a status was */
	int founds; /* the founding window was planned */
	ticks last; /* lastSuccessfulExecution of that status */
	struct progress_dest *dests;
	size_t ndests;
	struct progress_late *lates;
	size_t nlates;
	uint64_t late_busy; /* ticket of a late plan not on the pipe yet */
	size_t entries;     /* of the backlog, by the status */

	/* The window behind one that keeps failing, tried to see whose fault
	 * that is. */
	struct {
		ticks stuck;      /* start of the window that fails */
		int64_t attempts; /* of it, when the other was tried */
		int answers;      /* the other did */
		uint64_t busy;    /* ticket of the trial, or 0 */
	} probe;

	/* Its place in the schedule's heap. */
	size_t at;

	/* Its place among those that wait for room at the endpoint. */
	int queued;
	ticks due; /* its wake, but for that */
	struct progress *after, *before;
};

/* How far our clock is ahead of its endpoint's. */
ticks progress_lag(const struct progress *);

/* The memory of one resource, before anything was sent; stamp is a time that
 * was not given before. */
struct progress *progress_new(
    const struct sched_spec *, ticks now, ticks stamp);
void progress_free(struct progress *);

/* Take a spec that may have changed. */
void progress_set_spec(
    struct progress *, const struct sched_spec *, ticks now, ticks stamp);

/* Take a status, unless it is older than one seen.  Returns how many breakers
 * it closed. */
int progress_set_status(struct progress *, const struct owed *, ticks now);

/*
 * Plan its next window, and remember that under plan->ticket.  Names go to
 * the buf.  Returns 1, or 0 with *wake.
 */
int progress_plan(struct progress *, const struct sched_opts *, ticks now,
    struct buf *names, struct sched_plan *plan, ticks *wake);

/* The clock was set back to now: what happened later than that has just
 * happened. */
void progress_step_back(struct progress *, ticks now);

/* The window planned under ticket stands on the pipe.  Returns 1 when that
 * closed the endpoint's breaker. */
int progress_done(
    struct progress *, uint64_t ticket, enum sched_outcome, ticks now);

#endif
