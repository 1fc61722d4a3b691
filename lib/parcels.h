/* SPDX-License-Identifier: MIT */
#ifndef PARCELS_H
#define PARCELS_H

#include <stddef.h>

#include "batch.h"
#include "codec.h"
#include "ship.h"

/* A batch and its request. */
struct parcel {
	struct batch batch;
	struct message message;
};

/* Two of them: one takes samples while the other is on its way. */
struct parcels {
	struct parcel two[2];
	struct parcel *fill;   /* takes samples */
	struct parcel *sealed; /* encoded, waits for the ship; or NULL */
};

/* Set up two empty ones of that size (batch_init); give them back. */
void parcels_init(struct parcels *, size_t max_samples, size_t max_bytes);
void parcels_fini(struct parcels *);

/* Seal what was filled and encode it; the other one is filled from now on.
 * Returns how many samples were dropped as doubles. */
size_t parcels_seal(struct parcels *, const struct codec *);

/* Hand what is sealed to an idle ship. */
void parcels_load(struct parcels *, struct ship *, struct ship_count *);

/* Empty the one that is filled and the one that waits. */
void parcels_drop(struct parcels *);

/* Make them no larger than n samples. */
void parcels_limit(struct parcels *, size_t n);

/* Whether samples wait that are not on their way yet. */
int parcels_left(const struct parcels *);

#endif
