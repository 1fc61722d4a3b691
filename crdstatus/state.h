/* SPDX-License-Identifier: MIT */
#ifndef STATE_H
#define STATE_H

#include "conditions.h"
#include "err.h"
#include "map.h"
#include "owed.h"
#include "receipt.h"

/* The status of one resource (or rule), on its way to its file. */
struct state {
	char *key;           /* namespace/name or namespace/name+rule */
	struct arena arena;  /* of all but owed */
	struct json *doc;    /* the document in the file */
	struct json *status; /* its member; foreign ones are kept */
	struct owed owed;
	int64_t generation; /* of the newest receipt or condition */
	int dirty;          /* differs from the file */
	int barred;         /* and the file could not be written */
};

/*
 * A directory of status files, DIR/NAMESPACE/NAME.json, ours alone while the
 * lock DIR/.lock is held.  A state leaves memory once it is written, unless
 * the file does not say all there is.
 */
struct states {
	const char *dir; /* borrowed */
	int lock;        /* descriptor */
	struct map bykey;
	size_t dirty; /* after a write: those that could not be written */
};

/* Create DIR if need be and lock it.  ST_RETRY when another has the lock. */
int states_open(struct states *, const char *dir, struct err *);

/*
 * Apply a receipt.  Returns what it did, or -1 with e set when this resource
 * has no status that can be understood: then its file is left as it is.
 */
int states_apply(
    struct states *, const struct receipt *, ticks now, struct err *);

/* Set a condition of the resource that w names; -1 as above. */
int states_set_condition(struct states *, const struct window *w,
    const struct condition *, ticks now, struct err *);

/*
 * Write all that changed: temporary files, one sync, renames.  On -1 nothing
 * that a reader sees has changed but what was renamed whole.  A file that only
 * itself is in the way of is logged and stays dirty.
 */
int states_write(struct states *, ticks now, struct err *);

/* How many resources, of those in memory, are owed a window; logs each. */
size_t states_owed(const struct states *);

void states_fini(struct states *);

#endif
