/* SPDX-License-Identifier: MIT */
#ifndef CLOCK_H
#define CLOCK_H

#include "err.h"
#include "when.h"

/* The clock that decides what is due: the system's, or one of --now. */
struct clock {
	ticks start;   /* 0: the system's clock */
	int64_t since; /* monotonic ms at which it stood at start */
	double rate;   /* how many times as fast as the system's it runs */
};

/*
 * Set the clock by TIME[xRATE]: it starts at TIME and runs RATE times as fast
 * as it is (0 when not given: it stands still).  NULL is the system's clock.
 */
int clock_init(struct clock *, const char *spec, struct err *);

/* What it shows now. */
ticks clock_now(const struct clock *);

/* How far it goes in so many milliseconds. */
ticks clock_span(const struct clock *, int64_t ms);

/* Milliseconds, rounded up, until the clock shows t; -1 when it never will. */
int64_t clock_ms_until(const struct clock *, ticks t);

#endif
