/* SPDX-License-Identifier: MIT */
#ifndef HEALTH_H
#define HEALTH_H

#include <pthread.h>
#include <stdint.h>

#include "buf.h"
#include "when.h"

/*
 * Whether the pipeline around us is well, by what its tools keep in one
 * directory; see promserve(1), HEALTH.  Set the first members, the rest zero.
 * It may be asked by several threads at once.
 */
struct health {
	const char *dir; /* NULL: all that is known is that we run */
	ticks stale;     /* a tool that is silent for longer is stopped */
	ticks stuck;     /* windows that go unanswered for longer are */

	pthread_mutex_t lock;
	double receipt; /* the newest seen, seconds since 1970 */
	int64_t since;  /* ms, monotonic: windows lack answers; 0: none does */
};

enum health_probe {
	HEALTH_LIVE,  /* /healthz: does it work? */
	HEALTH_READY, /* /readyz: has it begun, and is it to go on? */
};

/*
 * Answer: a line for each thing that was looked at is added to the buf, then
 * one for the whole.  Returns the HTTP status, 200 or 503.
 */
unsigned health_ask(struct health *, enum health_probe, struct buf *);

#endif
