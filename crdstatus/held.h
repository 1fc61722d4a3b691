/* SPDX-License-Identifier: MIT */
#ifndef HELD_H
#define HELD_H

#include <stddef.h>
#include <stdint.h>

#include "buf.h"
#include "err.h"
#include "spool.h"

/*
 * Lines that are passed on once what they say is written: a queue, in memory
 * while it is short, then in unlinked files.
 */
struct held {
	struct spool in, out; /* what comes; what goes, once the other is full
				 of what came later */
	struct buf part;      /* read from out, not passed on yet */
	uint64_t added;       /* lines ever */
	uint64_t passed;      /* of them */
	size_t size;          /* bytes that are held */
};

/* Begin with none. */
void held_init(struct held *);
void held_fini(struct held *);

/* Add a line without its newline.  Returns -1 with ST_RETRY: no room. */
int held_add(struct held *, const char *line, size_t n, struct err *e);

/* Write to fd the lines up to that number, counted from 1.  Returns -1 with
 * ST_RETRY. */
int held_pass(struct held *, uint64_t upto, int fd, struct err *e);

#endif
