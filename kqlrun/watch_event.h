/* SPDX-License-Identifier: MIT */
#ifndef WATCH_EVENT_H
#define WATCH_EVENT_H

#include <stddef.h>

#include "arena.h"
#include "err.h"
#include "json.h"

enum watch_type {
	WATCH_PASS, /* nothing for us: a bookmark, an object of another kind */
	WATCH_SET,  /* an object was added or changed */
	WATCH_GONE, /* an object was deleted, or is about to be */
};

/* A Kubernetes watch event; strings and trees live in the arena. */
struct watch_event {
	enum watch_type type;
	const struct json *object;
	/* What crdwatch found wrong with it; reason NULL when nothing. */
	const char *problem;
	const char *reason;
	const char *message;
};

/* Read a line.  Returns -1 with ST_DATA; an ERROR event is one. */
int watch_event_read(struct arena *, const char *line, size_t n,
    struct watch_event *, struct err *);

#endif
