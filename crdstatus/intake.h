/* SPDX-License-Identifier: MIT */
#ifndef INTAKE_H
#define INTAKE_H

#include <stddef.h>

#include "arena.h"
#include "err.h"
#include "held.h"
#include "keeper.h"
#include "map.h"

/*
 * Takes lines, hands what they say to the keeper, and holds what is to be
 * passed on until that is written.
 */
struct intake {
	struct keeper *keeper;
	struct map begun; /* windows without an answer, to their lines */
	struct held held; /* lines to pass on */
	struct arena arena;
	int refused; /* a line, or a receipt of a status not understood */
	int overrun; /* lines were passed on that should have been held */
};

/* Take a line; the number is for the log.  Returns -1 with ST_RETRY when there
 * is no room to hold it. */
int intake_line(
    struct intake *, const char *line, size_t n, long number, struct err *e);

/* No more will come: what was begun and not answered has died.  Returns as
 * intake_line does. */
int intake_end(struct intake *, struct err *e);

void intake_fini(struct intake *);

#endif
