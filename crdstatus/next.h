/* SPDX-License-Identifier: MIT */
#ifndef NEXT_H
#define NEXT_H

#include "arena.h"
#include "buf.h"
#include "err.h"
#include "json.h"
#include "object.h"
#include "runs.h"

/* The status that an object must have, made of the one that it has and what
 * has come since. */
struct next {
	struct arena *a;
	struct object *o;
	struct moment m;
	const struct json *was; /* its status */
	struct json *status;    /* the next */
	struct runs runs;
	struct owed *read; /* of runs that are not in memory */
	size_t nread;
};

/* Make it; a, o and m are set.  Returns whether it is another than it was, or
 * -1 with ST_DATA.  fini it in any case. */
int next_make(struct next *, struct err *);

/* Append a merge patch of the members that differ. */
void next_patch(const struct next *, struct buf *);

void next_fini(struct next *);

#endif
