/* SPDX-License-Identifier: MIT */
#ifndef SPOOL_H
#define SPOOL_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "buf.h"
#include "err.h"

#define SPOOL_MEMORY (1 << 20) /* bytes of a response kept in memory */

/*
 * A response on its way: in memory while it is small, then in an unlinked
 * file.  It is written to the end, then read to the end.
 */
struct spool {
	const char *dir; /* of the file; NULL is TMPDIR; borrowed */
	struct buf mem;  /* all of it, or what a file does not hold yet */
	int fd;          /* of the file, or -1 */
	int64_t written; /* bytes in the file */
	int64_t read;    /* bytes taken by spool_next */
};

/* An empty spool; dir is borrowed. */
void spool_init(struct spool *, const char *dir);

/* Add bytes.  Returns -1 with ST_RETRY when the disk is full. */
int spool_add(struct spool *, const void *, size_t n, struct err *);

/* Read up to n bytes on; returns how many, 0 at the end, -1 with ST_RETRY. */
ssize_t spool_next(struct spool *, char *, size_t n, struct err *);

/* Empty it for the next response; the file goes. */
void spool_reset(struct spool *);

void spool_fini(struct spool *);

#endif
