/* SPDX-License-Identifier: MIT */
#ifndef SOURCES_H
#define SOURCES_H

#include <stddef.h>
#include <sys/inotify.h>

#include "err.h"
#include "files.h"

/* What is watched for: whole files that appear, change or go. */
#define SOURCES_EVENTS                                            \
	(IN_CLOSE_WRITE | IN_CREATE | IN_DELETE | IN_MOVED_FROM | \
	    IN_MOVED_TO | IN_DELETE_SELF | IN_MOVE_SELF | IN_ATTRIB)

/* The files and directories that -f names. */
struct sources {
	struct source *v;
	size_t n;
	int fd; /* of inotify, or -1 when not watching */
	struct files *files;
};

/*
 * Take a path: a file, a directory, "-" for standard input, or another stream,
 * which is read at once.  Returns -1: ST_CONFIG when it is not there.
 */
int sources_add(struct sources *, const char *path, struct err *);

/*
 * Watch what can be watched (when fd is not -1) and read what has changed.
 * Returns 1 when something is missing, so that no event tells of its return:
 * call again after a while.  Returns -1 when the system allows no watch.
 */
int sources_scan(struct sources *, struct err *);

/* Do what an event asks for.  Returns 1 when that is a scan. */
int sources_event(struct sources *, const struct inotify_event *);

/* Give the memory back; fd stays the caller's. */
void sources_fini(struct sources *);

#endif
