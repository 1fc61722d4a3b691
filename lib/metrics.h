/* SPDX-License-Identifier: MIT */
#ifndef METRICS_H
#define METRICS_H

#include <stdatomic.h>
#include <stdint.h>

#include "err.h"

/*
 * A tool's own counters, kept in --metrics-file as Prometheus text without
 * timestamps and rewritten by rename after a second and then every 5 s while
 * the tool lives, also when it waits (a thread does it).  Names are
 * kqlpipe_<tool>_..., base units, _total for counters.  One static table a
 * tool; values are atomic.
 */
struct metric {
	const char *name; /* NULL ends the table */
	const char *type; /* "counter" or "gauge" */
	const char *help;
	_Atomic int64_t value;
};

/* Write path now and from then on; path NULL does nothing.  tool and table
 * must last.  Returns -1 with e set when the first write fails. */
int metrics_start(
    const char *path, const char *tool, struct metric *table, struct err *e);

/* Write a last time and end the thread. */
void metrics_stop(void);

#endif
