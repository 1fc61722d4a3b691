/* SPDX-License-Identifier: MIT */
#ifndef FLEET_H
#define FLEET_H

#include <stddef.h>
#include <stdint.h>

#include "batch.h"
#include "ship.h"

#define FLEET_MAX 32 /* ships */

/*
 * Several requests on their way at once.  A batch is shared out among ships so
 * that all samples of a series are on one of them, which sends them one
 * request after the other: order holds, and the next batch waits for all.
 */
struct fleet {
	struct ship ships[FLEET_MAX];
	size_t n;                      /* ships to use */
	size_t max_samples, max_bytes; /* of a request */
	struct batch *batch;           /* on its way, or NULL; borrowed */
};

/* A fleet of n ships; give it back. */
void fleet_init(struct fleet *, size_t n, size_t max_samples, size_t max_bytes);
void fleet_fini(struct fleet *);

/* Begin with a sealed batch, when none is on its way. */
void fleet_load(struct fleet *, struct ship_peer *, struct batch *,
    const struct ship_cargo *);

/* Send what it is time for, now in ms.  Returns -1 with e set. */
int fleet_go(struct fleet *, struct ship_peer *, int64_t now, struct err *e);

/* Whether something is to be sent; *wait: not sooner than in so many ms. */
int fleet_wants(
    const struct fleet *, const struct ship_peer *, int64_t now, int64_t *wait);

/* What it is time for cannot be sent, and that is a failure. */
void fleet_fail(
    struct fleet *, struct ship_peer *, const char *why, int64_t now);

/* Whether one of its requests is to be tried no more: its window fails. */
int fleet_failed(const struct fleet *);

/* Give up what was not sent; what was is awaited and not tried again. */
void fleet_drop(struct fleet *);

/*
 * Empty the batch and let go of it if all has come to an end.  Returns the
 * samples of the least request that was too big, if one was; else 0.
 */
size_t fleet_unload(struct fleet *);

#endif
