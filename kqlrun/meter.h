/* SPDX-License-Identifier: MIT */
#ifndef METER_H
#define METER_H

#include <stdint.h>

/*
 * How far a backfill has come: windows done, how fast, time left.  On a
 * terminal a line on stderr that is rewritten in place, at most five times a
 * second; else a line of log once a minute.
 */
struct meter {
	int terminal;
	int64_t began; /* ms, monotonic */
	int64_t shown; /* last, the same */
	int64_t first; /* windows that were done when it began */
};

/* Begin, with nothing said. */
void meter_init(struct meter *);

/* Say that `done` of `total` windows are, if it is time to. */
void meter_show(struct meter *, int64_t done, int64_t total);

/* Say it for the last time. */
void meter_end(struct meter *, int64_t done, int64_t total);

#endif
