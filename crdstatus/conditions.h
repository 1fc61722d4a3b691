/* SPDX-License-Identifier: MIT */
#ifndef CONDITIONS_H
#define CONDITIONS_H

#include <stdint.h>

#include "arena.h"
#include "json.h"
#include "owed.h"
#include "receipt.h"
#include "when.h"

/* A condition as Kubernetes has it; strings borrowed. */
struct condition {
	const char *type;
	const char *status; /* "True", "False" or "Unknown" */
	const char *reason;
	const char *message;
	int64_t generation;
};

/*
 * Set a condition in a status: the one of its type is replaced, others stay.
 * lastTransitionTime changes only when its status does.  Everything that is
 * new lives in the arena.
 */
void condition_set(
    struct arena *, struct json *status, const struct condition *, ticks now);

/* Say what a receipt has done: Ready, and upstream's own. */
void conditions_update(struct arena *, struct json *status, const struct owed *,
    const struct receipt *, ticks now);

/*
 * Say how far the resource has come: upstream's cursor, and a packed copy of
 * lastSuccessfulExecution and backlog for a schema that prunes those fields.
 */
void conditions_pack(struct arena *, struct json *status, const struct owed *,
    int64_t generation, ticks now);

#endif
