/* SPDX-License-Identifier: MIT */
#ifndef OUTLET_H
#define OUTLET_H

#include <stddef.h>

#include "buf.h"
#include "err.h"

/*
 * Lines on their way to stdout.  crdwatch must not sit in write(2) while a
 * reader is slow, so it writes only what poll says has room.
 */
struct outlet {
	struct buf b; /* add lines here */
	size_t at;    /* bytes of b that are written */
};

/* Bytes that wait. */
size_t outlet_pending(const struct outlet *);

/*
 * Write some bytes; call only when poll says POLLOUT.  Returns -1 with
 * ST_RETRY.
 */
int outlet_write(struct outlet *, struct err *);

/* Drop the lines of which nothing is written yet: a reader sees whole ones. */
void outlet_cut(struct outlet *);

#endif
