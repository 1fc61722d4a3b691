/* SPDX-License-Identifier: MIT */
#ifndef FRAMES_H
#define FRAMES_H

#include <stddef.h>
#include <stdint.h>

#include "arena.h"
#include "buf.h"
#include "err.h"

/*
 * Judges a response of v2 frames, one a line, as it passes: whether it is
 * complete and good, and how many rows its first primary table has.  Lines
 * with rows are not read.
 */
struct frames {
	struct buf line; /* the frame so far, unless it is one with rows */
	struct arena arena;
	int skip;      /* the rest of this line is of no interest */
	int complete;  /* 1: ended well, -1: the service says it failed */
	int64_t table; /* TableId of the first primary table, or -1 */
	int64_t rows;
};

/* Begin a response; also after an older one. */
void frames_init(struct frames *);

/* More of the response, of any length. */
void frames_add(struct frames *, const char *, size_t n);

/* The response has ended.  Returns -1 with ST_DATA unless it is whole. */
int frames_end(struct frames *, struct err *);

void frames_fini(struct frames *);

#endif
