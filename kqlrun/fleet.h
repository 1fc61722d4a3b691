/* SPDX-License-Identifier: MIT */
#ifndef FLEET_H
#define FLEET_H

#include <stddef.h>

#include "arena.h"
#include "buf.h"
#include "err.h"
#include "kql/kql.h"
#include "map.h"
#include "planner.h"
#include "resource.h"
#include "settings.h"
#include "writer.h"

/* A resource (or its run for one rule) as it last came. */
struct unit {
	struct arena self;  /* of the unit and its key */
	struct arena event; /* of all that r points to */
	const char *key;    /* resource_key() */
	struct resource r;
	struct strs destinations; /* all that it is for */
	struct buf said;          /* the condition it has from us */
};

/*
 * All resources.  What is wrong with one is said in a condition and a log
 * line, and stops only that one until it is changed.
 */
struct fleet {
	const struct settings *settings;
	struct planner *planner;
	struct writer *out;
	struct map units;
};

/* No resources yet; all three are borrowed. */
void fleet_init(
    struct fleet *, const struct settings *, struct planner *, struct writer *);
void fleet_fini(struct fleet *);

/* Take a line of stdin; number is its own, for the log. */
void fleet_line(struct fleet *, const char *line, size_t n, long number);

/* What became of a query that a resource of that generation has run. */
void fleet_ran(struct fleet *, const char *key, int64_t generation,
    const struct kql_error *);

#endif
