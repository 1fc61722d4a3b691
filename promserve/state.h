/* SPDX-License-Identifier: MIT */
#ifndef STATE_H
#define STATE_H

#include "block.h"
#include "control.h"
#include "err.h"
#include "metadata.h"

/*
 * The newest window of each resource on disk, each a file of Prometheus text
 * with its control lines: a stream as any other.
 */
struct state;

/* Take the directory, which is made if it is missing, for the life of this.
 * NULL with e set: ST_RETRY when another process has it, else ST_CONFIG. */
struct state *state_open(const char *dir, struct err *e);
void state_close(struct state *);

/*
 * Write the window of a key in place of what is there, and see it on disk.
 * -1 with e set; *full says that there is no room, which may pass.
 */
int state_write(struct state *, const char *key, const struct window *,
    struct builder *, const struct metadata *, int *full, struct err *e);

/* Remove the window of a key. */
void state_remove(struct state *, const char *key);

/* Whether the file is where the window of that key belongs. */
int state_is_of(const char *file, const char *key);

/* Open the next file that may hold a window, its name in *file; -1 at the end.
 * What a write left half done is removed. */
int state_next(struct state *, const char **file);

#endif
