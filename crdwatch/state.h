/* SPDX-License-Identifier: MIT */
#ifndef STATE_H
#define STATE_H

#include <stddef.h>
#include <sys/inotify.h>

#include "buf.h"
#include "err.h"
#include "store.h"

/*
 * The status of file resources: DIR/NAMESPACE/NAME.json, or NAME+RULE.json for
 * one rule, as crdstatus(1) writes it.
 */
struct state {
	const char *dir;       /* NULL: there is none */
	struct state_watch *v; /* directories of namespaces */
	size_t n;
	int wd; /* of dir, or -1 */
};

/*
 * Append the status of a key as JSON.  Returns 1, or 0 when there is none, or
 * -1 with ST_DATA when it cannot be read or is not whole: then what is owed is
 * not known and the resource must not run.
 */
int state_read(
    const struct state *, const char *key, struct buf *, struct err *);

/* Create the directory if it is not there. */
int state_open(struct state *, const char *dir, struct err *);

/*
 * Watch it, and the directories of namespaces in it, on an inotify fd.
 * Returns 1 when it is gone: call again after a while (wd is -1).
 */
int state_watch(struct state *, int fd, struct err *);

/*
 * Queue in the store what an event is about; wd is -1 behind it when the
 * directory is lost.  Returns -1 when the system allows no watch.
 */
int state_event(struct state *, int fd, const struct inotify_event *,
    struct store *, struct err *);

/* Give the memory back. */
void state_fini(struct state *);

#endif
