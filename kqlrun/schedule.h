/* SPDX-License-Identifier: MIT */
#ifndef SCHEDULE_H
#define SCHEDULE_H

#include <stddef.h>
#include <stdint.h>

#include "gate.h"
#include "owed.h"
#include "when.h"

/*
 * Decides which window is due: status and clock in, windows out.  It runs
 * nothing and waits for nothing, so tests drive it with a clock of their own.
 *
 *	sched_set() for each event, sched_next() until it returns 0, run what
 *	it planned, sched_done() when that window stands on the pipe.
 *
 * Until sched_done no other window is planned for the destinations of a plan,
 * so a destination's windows stand on the pipe in order however long queries
 * take; plans for other destinations, late windows and other resources go on.
 *
 * An endpoint that does not answer and a destination that the statuses show to
 * fail have a breaker (breaker.h) for all resources, but with `once`.
 *
 * Among the resources that have something to do each has its turn, however
 * much that is.
 */
#define SCHED_NEVER INT64_MAX /* ticks */

struct sched_opts {
	int once;          /* -1: no status comes back, nothing is waited for */
	int64_t max_ahead; /* windows ahead of the status */
	ticks max_catchup; /* older windows are dropped; 0: never */
	ticks order_wait;  /* a window whose query keeps failing for longer
	                      may be passed over; 0: 10 minutes or two
	                      intervals, whichever is longer */
	int64_t endpoint_jobs; /* queries at once of one endpoint; 0: any */
	ticks spread;  /* start windows up to this long after they are due */
	uint64_t seed; /* of jitter */
	ticks started; /* the clock at start */
};

/* What to run; strings are copied. */
struct sched_spec {
	const char *key;      /* resource_key() */
	const char *uid;      /* "" when none */
	const char *endpoint; /* that answers its queries */
	int64_t generation;
	ticks interval;
	ticks delay; /* ingestionDelay */
	ticks until; /* of the rule; 0: no limit */
	const char *const *destinations;
	size_t ndestinations;
};

enum sched_kind {
	SCHED_QUERY, /* run the query */
	SCHED_FOUND, /* an empty window [t, t) that founds the status */
	SCHED_DROP,  /* too old for --max-catchup: no query, @end with an error
	                CatchupLimit */
	SCHED_PROBE, /* run the query of the window behind one that keeps
	                failing and write nothing: is it that window's fault? */
};

/* Whether it asks the endpoint anything. */
static inline int
sched_asks(enum sched_kind kind)
{
	return kind == SCHED_QUERY || kind == SCHED_PROBE;
}

/* What became of a planned window. */
enum sched_outcome {
	SCHED_ANSWERED,
	SCHED_FAILED,  /* its @end has an error */
	SCHED_DOWN,    /* that, since its endpoint is not there */
	SCHED_UNASKED, /* there was no query */
};

/* A window to be run.  Pointers are good until the next call of sched_*. */
struct sched_plan {
	uint64_t ticket; /* for sched_done */
	const char *key;
	void *ctx;
	enum sched_kind kind;
	ticks start;
	ticks end;
	const char *const *to;
	size_t nto;
	int64_t attempt; /* from 1 */
	int again;
	int late;
	int pass_over;
	ticks since;   /* first failed attempt; 0 when none */
	ticks settled; /* nothing before it is owed to any of `to` */
	ticks listed;  /* when the list of destinations was set */
};

struct sched;

/* A schedule without resources; the options are copied. */
struct sched *sched_new(const struct sched_opts *);
void sched_free(struct sched *);

/*
 * A resource was added or changed, or its status was (NULL or not founded:
 * none).  ctx is the caller's, given back in plans; the one it replaces is
 * returned, or NULL.  A status older than one seen changes nothing.  Another
 * uid is another resource.
 */
void *sched_set(struct sched *, const struct sched_spec *, void *ctx,
    const struct owed *status, ticks now);

/* Plan nothing for it until the next sched_set: it is wrong.  What was sent
 * is remembered.  Unknown keys are no error. */
void sched_pause(struct sched *, const char *key);

/* It was deleted.  Returns its ctx, or NULL when unknown. */
void *sched_del(struct sched *, const char *key);

/*
 * The next window to run at `now`.  Returns 1 with *plan filled, or 0 with
 * *wake the time to ask again (SCHED_NEVER: only after another call).
 */
int sched_next(struct sched *, ticks now, struct sched_plan *plan, ticks *wake);

/*
 * A planned window stands on the pipe, or a probe has been answered.  When it
 * failed nothing newer is planned for its destinations until the status
 * shows what became of it.  Plans of a resource that has gone are no error.
 */
void sched_done(struct sched *, const char *key, uint64_t ticket,
    enum sched_outcome, ticks now);

/*
 * The endpoint of a resource has answered.  A window is due when it is by the
 * earlier of both clocks.  An unknown key is no error.
 */
void sched_hear(
    struct sched *, const char *key, const struct gate_news *, ticks now);

/* How many endpoints and destinations are taken to be away. */
size_t sched_open(const struct sched *);

/* Whether its cursor is more than an interval ahead of now, by the earlier
 * clock: ClockSkew. */
int sched_is_skewed(const struct sched *, const char *key, ticks now);

/* End of the window that starts at `start`: the next multiple of interval. */
ticks sched_window_end(ticks start, ticks interval);

/* Start of the last complete window at now, data delayed by delay. */
ticks sched_first_start(ticks now, ticks interval, ticks delay);

#endif
