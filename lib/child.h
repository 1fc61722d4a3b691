/* SPDX-License-Identifier: MIT */
#ifndef CHILD_H
#define CHILD_H

#include <sys/types.h>

#include "buf.h"
#include "err.h"

/*
 * Work that may block, in a process of its own: it writes what it found to a
 * pipe and ends.  It dies with its parent.  All zero: none runs.
 */
struct child {
	pid_t pid; /* 0: none runs */
	int fd;    /* readable when child_read has something to do */
	unsigned limit;
	struct buf got; /* what it wrote */
};

/* The work; fd is where its result goes. */
typedef void child_work(void *ctx, int fd);

/* Start it.  After limit seconds it is ended.  Returns -1 with ST_RETRY. */
int child_start(
    struct child *, child_work *, void *ctx, unsigned limit, struct err *);

/*
 * Take what has come, without waiting.  Returns 1 while it runs, 0 when it has
 * ended by itself (got is whole), -1 with ST_RETRY when it was ended.
 */
int child_read(struct child *, struct err *);

/* Wait for a process that has closed its end of *fd or is being killed, and
 * close that: *pid is 0 then, *fd -1.  Returns the status of waitpid. */
int child_reap(pid_t *pid, int *fd);

/* End it if it runs, and forget what it wrote. */
void child_fini(struct child *);

#endif
