/* SPDX-License-Identifier: MIT */
#ifndef INTAKE_H
#define INTAKE_H

#include <stddef.h>

#include "arena.h"
#include "buf.h"
#include "map.h"
#include "metrics.h"
#include "state.h"

/* The tool's counters; the order of its table. */
enum {
	M_RECEIPTS,
	M_FAILED,
	M_REJECTED,
	M_CONDITIONS,
	M_REFUSED,
	M_WRITES,
};

/*
 * Takes lines, applies what they say to the states, and keeps what is to be
 * passed on until those are written.
 */
struct intake {
	struct states *states;
	struct metric *metrics;
	struct map begun; /* windows without an answer, to their lines */
	struct buf out;   /* lines to pass on */
	struct arena arena;
	int refused; /* a line, or a receipt of a status not understood */
};

/* Take a line; the number is for the log. */
void intake_line(struct intake *, const char *line, size_t n, long number);

/* No more will come: what was begun and not answered has died. */
void intake_end(struct intake *);

void intake_fini(struct intake *);

#endif
