/* SPDX-License-Identifier: MIT */
#ifndef OUT_H
#define OUT_H

#include "buf.h"
#include "err.h"

#define OUT_SIZE 65536 /* bytes of one write(2) */

/*
 * Lines on their way out: add to b, call out_spare behind each line.  It
 * writes when OUT_SIZE is reached, so a big result costs few system calls.
 */
struct out {
	int fd;
	struct buf b;
};

/*
 * Begin with a descriptor.  If it is a pipe it is made larger, so that two
 * stages seldom wait for each other.
 */
void out_init(struct out *, int fd);

/* Write all.  Returns -1 with ST_RETRY; nothing is left in b then. */
int out_flush(struct out *, struct err *);

/* Write if there is enough to be worth it. */
static inline int
out_spare(struct out *o, struct err *e)
{
	return o->b.len < OUT_SIZE ? 0 : out_flush(o, e);
}

void out_fini(struct out *);

#endif
