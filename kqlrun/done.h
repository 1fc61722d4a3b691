/* SPDX-License-Identifier: MIT */
#ifndef DONE_H
#define DONE_H

#include "arena.h"
#include "err.h"
#include "map.h"
#include "when.h"

/* What the receipts of earlier runs say is delivered, or refused for good. */
struct done {
	struct map windows;
	struct arena arena;
};

/*
 * Read a file of receipts; a torn last line is left out, with a warning.
 * Returns -1 with ST_CONFIG (no such file) or ST_DATA.
 */
int done_read(struct done *, const char *path, struct err *);

/* Whether a destination has a window of a resource (resource_key). */
int done_has(struct done *, const char *resource, ticks start, ticks end,
    const char *destination);

void done_fini(struct done *);

#endif
