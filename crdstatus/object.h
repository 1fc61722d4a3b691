/* SPDX-License-Identifier: MIT */
#ifndef OBJECT_H
#define OBJECT_H

#include <stddef.h>
#include <stdint.h>

#include "arena.h"
#include "conditions.h"
#include "err.h"
#include "journal.h"
#include "json.h"
#include "owed.h"
#include "pace.h"
#include "receipt.h"

/*
 * A resource of the API: what its status was when it was last seen there, what
 * has come since, and what the status must be then.  No request is made here.
 */

/* One of its runs, if more is known of it than the status says. */
struct part {
	char *rule; /* "" is the resource's own */
	int loaded; /* owed is what it is owed now */
	struct owed owed;
	int64_t heard; /* when its last receipt came, ms */
};

struct object {
	struct pace_item pace;
	char *key;          /* "namespace/name" */
	char *uid;          /* NULL: never seen */
	char *version;      /* resourceVersion; NULL: it must be read */
	char *status;       /* as JSON, with version */
	uint64_t base;      /* hash of what was owed there when last seen */
	uint64_t sent;      /* and of what a write on its way says; 0: none */
	int ready;          /* Ready there: 1, 0, or -1 when not said */
	int64_t generation; /* the newest heard of */
	int64_t born;       /* when it was first heard of, ms */
	struct part *parts;
	size_t nparts;
	struct journal journal;
	int busy;          /* a request of it is on its way: whoever sends
	                       them says which */
	int refused;       /* and the last was */
	int64_t conflicts; /* one behind the other */
	int64_t barred;    /* its status is not understood; read it again
	                       then, ms */
	uint64_t unsaid;   /* number of the first line not written; 0: none */
	uint64_t later;    /* the first since a write is on its way; 0: none */
};

/* Both clocks. */
struct moment {
	ticks now;
	int64_t ms;
};

enum object_effect {
	OBJECT_SAME,    /* the status stays what it is */
	OBJECT_CHANGED, /* it must be written */
	OBJECT_UNSEEN,  /* it must be read to know */
};

/* One of which nothing is known yet. */
struct object *object_new(const char *key, int64_t ms);
void object_free(struct object *);

/*
 * Take a receipt or a condition.  -1 with ST_DATA when the status cannot be
 * understood; it is left as it is.
 */
int object_receipt(struct object *, const struct receipt *, const char *line,
    size_t n, int64_t ms, struct err *);
int object_condition(
    struct object *, const struct window *, const char *line, size_t n);

/*
 * It was read: apply what came in the meantime, and to a status in which
 * somebody else has changed what is owed all that came since the last write.
 * -1 as above, and the version is forgotten.
 */
int object_seen(
    struct object *, const struct json *, struct moment, struct err *);

/*
 * What must be written, as a merge patch appended to body: 1, or 0 when the
 * status says all.  What comes from now on is for the next.  -1 as above.
 */
int object_patch(
    struct object *, struct moment, struct buf *body, struct err *);

/* It was written, and the API answered with the object.  -1 with ST_DATA: that
 * is none, so nobody knows. */
int object_written(struct object *, const struct json *, struct err *);

/* It was not written; maybe: or nobody knows. */
void object_failed(struct object *, int maybe);

/* What is known of it is old: it will be read before the next write. */
void object_unsee(struct object *);

/* Whether something of it fails, by what is known. */
int object_fails(const struct object *);

/* Whether a window is owed by what is in memory; then since when, and how many
 * entries its backlog has. */
int object_owes(const struct object *, ticks *since, size_t *entries);

#endif
