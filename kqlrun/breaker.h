/* SPDX-License-Identifier: MIT */
#ifndef BREAKER_H
#define BREAKER_H

#include <stdint.h>

#include "when.h"

/*
 * Whether an endpoint or a destination is there at all.  After BREAKER_FAILS
 * failures in a row, whosever they were, it is open: then one window in all is
 * tried at a time, at growing distances, until one goes through.
 */
#define BREAKER_FAILS 5

struct breaker {
	int64_t fails;  /* in a row */
	int64_t trials; /* failed since it opened */
	ticks since;    /* the trial that is on its way was sent; 0: none */
	uint64_t trial; /* its ticket */
	ticks next;     /* time of the next trial */
};

/* Is it open? */
int breaker_is_open(const struct breaker *);

/* When a window may be sent: `now`, or a later time to ask again.  NULL is
 * never open. */
ticks breaker_ready(const struct breaker *, ticks now);

/* A window is on its way, planned under that ticket. */
void breaker_sent(struct breaker *, uint64_t ticket, ticks now);

/* It does not come there, or nobody will hear of it: another may be tried. */
void breaker_missed(struct breaker *, uint64_t ticket);

/* One was answered (good), or not.  Returns 1 when that closed it. */
int breaker_answered(struct breaker *, int good, ticks now);

/* The clock was set back by `by`. */
void breaker_step_back(struct breaker *, ticks by);

#endif
