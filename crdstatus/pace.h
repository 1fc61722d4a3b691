/* SPDX-License-Identifier: MIT */
#ifndef PACE_H
#define PACE_H

#include <stddef.h>
#include <stdint.h>

/*
 * When which status may be written: so many writes a second in all, each
 * resource at most once a second, those that fail before the others.  The
 * queue is of resources, never of states.  Pure: the clock is the caller's, in
 * milliseconds.
 */
struct pace_item {
	int64_t since; /* when it was queued */
	int64_t after; /* it must wait until then */
	int failing;   /* it goes before others that wait PACE_AHEAD less */
	size_t at;     /* its place in the queue, from 1; 0: not in it */
};

#define PACE_AHEAD 30000 /* ms; so none waits for failing ones longer */
#define PACE_EACH  1000  /* ms from one write of a resource to the next */

struct pace {
	int64_t rate;     /* writes a second */
	int64_t next_us;  /* when the next may be, microseconds */
	int64_t hold;     /* nothing at all before then */
	int64_t failures; /* of the whole service, one behind the other */
	struct pace_item **v;
	size_t n, cap;
};

/* Queue an item, or note that it fails if it is there already. */
void pace_add(struct pace *, struct pace_item *, int failing, int64_t now);

/* Take an item out of the queue, if it is there. */
void pace_drop(struct pace *, struct pace_item *);

/*
 * The item whose turn it is, out of the queue; or NULL and when to ask again
 * (INT64_MAX: when something was queued).  pace_spend says what came of it.
 */
struct pace_item *pace_take(struct pace *, int64_t now, int64_t *wake);

/* It is written: the others wait for their turn, and it does for PACE_EACH. */
void pace_spend(struct pace *, struct pace_item *, int64_t now);

/* The service failed: nothing is written for a while that doubles with each
 * failure, or for retry_after (0: it did not say).  seed spreads. */
void pace_fail(struct pace *, int64_t now, int64_t retry_after, uint64_t seed);

/* It answered. */
void pace_ok(struct pace *);

void pace_fini(struct pace *);

#endif
