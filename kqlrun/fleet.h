/* SPDX-License-Identifier: MIT */
#ifndef FLEET_H
#define FLEET_H

#include <stddef.h>

#include "arena.h"
#include "err.h"
#include "kql/kql.h"
#include "map.h"
#include "planner.h"
#include "settings.h"
#include "unit.h"
#include "writer.h"

/*
 * All resources.  What is wrong with one is said in a condition and a log
 * line, and stops only that one until it is changed.
 */
struct fleet {
	const struct settings *settings;
	struct planner *planner;
	struct writer *out;
	struct map units;
	struct arena event; /* the one at hand */
};

/* No resources yet; all three are borrowed. */
void fleet_init(
    struct fleet *, const struct settings *, struct planner *, struct writer *);
void fleet_fini(struct fleet *);

/* Take a line of stdin; number is its own, for the log. */
void fleet_line(struct fleet *, const char *line, size_t n, long number);

/* The clock was set back: whose status lies ahead of it now? */
void fleet_check_clock(struct fleet *);

/* What became of a query that a resource of that generation has run. */
void fleet_ran(struct fleet *, const char *key, int64_t generation,
    const struct kql_error *);

#endif
