/* SPDX-License-Identifier: MIT */
#ifndef PARCELS_H
#define PARCELS_H

#include <stddef.h>

#include "batch.h"

/* Two batches: one takes samples while the other is on its way. */
struct parcels {
	struct batch two[2];
	struct batch *fill;   /* takes samples */
	struct batch *sealed; /* waits to be taken; or NULL */
};

/* Set up two empty ones of that size (batch_init); give them back. */
void parcels_init(struct parcels *, size_t max_samples, size_t max_bytes);
void parcels_fini(struct parcels *);

/* Seal what was filled; the other one is filled from now on.  Returns how many
 * samples were dropped as doubles. */
size_t parcels_seal(struct parcels *);

/* Take what is sealed. */
struct batch *parcels_take(struct parcels *);

/* Empty the one that is filled and the one that waits. */
void parcels_drop(struct parcels *);

/* Make them no larger than n samples. */
void parcels_limit(struct parcels *, size_t n);

/* Whether samples wait that are not on their way yet. */
int parcels_left(const struct parcels *);

#endif
