/* SPDX-License-Identifier: MIT */
#ifndef AHEAD_H
#define AHEAD_H

#include <stddef.h>
#include <stdint.h>

#include "buf.h"
#include "err.h"
#include "io.h"

/*
 * Prometheus text read ahead of who takes it: in memory first, then in an
 * unlinked file, so that a sender which waits does not stop the pipe.  It is a
 * queue of whole lines.  A window that does not fit behind others loses its
 * samples and gets an @end with the error Full; one that is alone in the queue
 * is read at the pace it is taken.
 */
struct ahead {
	struct io in;
	size_t limit;      /* bytes of samples to hold */
	const char *stage; /* whose error Full is; borrowed */
	struct buf front;  /* what is taken next, from head on */
	size_t head;
	int fd; /* the file, -1: none; a ring of ring bytes */
	uint64_t ring, file_in, file_out; /* bytes ever written and read */
	struct buf back;                  /* what came last */
	uint64_t in_total, out_total;     /* bytes ever queued and taken */
	uint64_t window_at;  /* in_total before the open window's first line */
	uint64_t samples_at; /* in_total behind that line */
	int open;            /* a window's @end has not come */
	int full;            /* that window's samples are thrown away */
	int no_disk;         /* the file failed: memory is all there is */
	int64_t since;       /* when memory became full, ms; 0: it is not */
};

/* Start to read fd, which stays the caller's; limit is in bytes of samples. */
void ahead_init(struct ahead *, int fd, size_t limit, const char *stage);
void ahead_fini(struct ahead *);

/* Whether to read now (ms): 0 while it is full, for a moment or for good. */
int ahead_wants(struct ahead *, int64_t now);

/* Read once.  Returns and fails as io_fill does; lines read stay good. */
int ahead_read(struct ahead *, struct err *e);

/*
 * The next line without its newline, or NULL with *len 0: nothing is queued.
 * NULL with *len 1: e is set, the file could not be read.  Good until the next
 * call of ahead_read or ahead_take.
 */
char *ahead_take(struct ahead *, size_t *len, struct err *e);

/* Bytes queued. */
size_t ahead_size(const struct ahead *);

#endif
