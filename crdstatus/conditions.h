/* SPDX-License-Identifier: MIT */
#ifndef CONDITIONS_H
#define CONDITIONS_H

#include <stdint.h>

#include "arena.h"
#include "err.h"
#include "json.h"
#include "receipt.h"
#include "runs.h"
#include "when.h"

/* A condition as Kubernetes has it; strings borrowed. */
struct condition {
	const char *type;
	const char *status; /* "True", "False" or "Unknown" */
	const char *reason;
	const char *message;
	int64_t generation;
};

/* The condition of that type in a status, or NULL. */
struct json *condition_find(const struct json *status, const char *type);

/* Read the object of a @condition: what it says, and of which resource.  All
 * borrowed from it.  Returns -1 with ST_DATA. */
int condition_read(
    const struct json *, struct condition *, struct window *, struct err *);

/*
 * Set a condition in a status: the one of its type is replaced, others stay.
 * lastTransitionTime changes only when its status does.  A reason and a message
 * that the API would not take are made to fit.  Everything that is new lives in
 * the arena.
 */
void condition_set(
    struct arena *, struct json *status, const struct condition *, ticks now);

/* What a receipt says was lost for good, in words and as a reason; or NULL. */
const char *conditions_loss(
    struct arena *, const struct receipt *, const char **reason);

/* Note in the status what a receipt says was lost for good, if it does. */
void conditions_note(
    struct arena *, struct json *status, const struct receipt *);

/* Say how the runs do: Ready, upstream's own, and that the criteria match. */
void conditions_update(struct arena *, struct json *status, const struct runs *,
    int64_t generation, ticks now);

/*
 * Say how far the resource has come: upstream's cursor, and a packed copy of
 * lastSuccessfulExecution, backlog and rules for a schema that prunes those
 * fields.  The copy is empty when it does not fit into a message.
 */
void conditions_pack(struct arena *, struct json *status, const struct runs *,
    int64_t generation, ticks now);

#endif
