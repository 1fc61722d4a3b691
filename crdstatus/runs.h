/* SPDX-License-Identifier: MIT */
#ifndef RUNS_H
#define RUNS_H

#include <stddef.h>

#include "arena.h"
#include "json.h"
#include "owed.h"

/* One run of a resource: its own, or that of a summary rule. */
struct run {
	const char *rule; /* "" when its own */
	const struct owed *owed;
};

struct runs {
	struct run *v;
	size_t n;
};

/* What that run is owed, or NULL when there is no such run. */
const struct owed *runs_find(const struct runs *, const char *rule);

/* Start of the oldest window that any run owes to any destination. */
ticks runs_oldest(const struct runs *);

/*
 * Set lastSuccessfulExecution and backlog of the resource's own run, if it has
 * one, and the list rules of the others; other members stay.  Error messages
 * are cut to message bytes.
 */
void runs_write(
    struct arena *, const struct runs *, struct json *status, size_t message);

#endif
