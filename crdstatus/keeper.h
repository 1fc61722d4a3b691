/* SPDX-License-Identifier: MIT */
#ifndef KEEPER_H
#define KEEPER_H

#include <poll.h>
#include <stddef.h>
#include <stdint.h>

#include "conditions.h"
#include "err.h"
#include "metrics.h"
#include "receipt.h"

/* The tool's counters; the order of its table. */
enum {
	M_RECEIPTS,
	M_FAILED,
	M_REJECTED,
	M_CONDITIONS,
	M_REFUSED,
	M_WRITES,
	M_CONFLICTS,
	M_EVENTS,
	M_LAST,
};

/*
 * Where statuses are kept: files or the API.  Each line that is passed on has
 * a number, counted from 1, and what it says is on its way until `said` has
 * come to that number.
 */
struct keeper {
	const struct keeper_ops *ops;
	struct metric *metrics;
	uint64_t taken; /* the number of the newest line */
	uint64_t said;  /* up to this one all is written */
	int ready;      /* statuses can be written */
	int refused;    /* a status was not understood, as was found later */
};

/* A line as it was read, for who must keep it; good for the call. */
struct line {
	const char *text;
	size_t n;
};

struct keeper_ops {
	/*
	 * Take what the newest line says.  Returns -1 with e set when the
	 * status of its resource cannot be understood: it is left as it is.
	 */
	int (*receipt)(struct keeper *, const struct receipt *, struct line,
	    struct err *e);
	int (*condition)(struct keeper *, const struct window *,
	    const struct condition *, struct line, struct err *e);

	/*
	 * Write what is due; hurry: all there is, as the lines that wait for
	 * it have become too many.  Returns -1 with e set when there is no use
	 * in going on.
	 */
	int (*work)(struct keeper *, int hurry, struct err *e);

	/* Wait until fd (-1: none) is ready or there is work.  Sets revents;
	 * returns -1 with e set. */
	int (*wait)(struct keeper *, struct pollfd *fd, struct err *e);

	/* No line will come: write the rest.  Returns -1 with e set when not
	 * all is written; what is not was logged. */
	int (*finish)(struct keeper *, struct err *e);

	/* How many resources, of those in memory, are owed a window; each is
	 * logged. */
	size_t (*owed)(const struct keeper *);
};

#endif
