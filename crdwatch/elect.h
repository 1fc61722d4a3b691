/* SPDX-License-Identifier: MIT */
#ifndef ELECT_H
#define ELECT_H

#include <stdint.h>

#include "kube.h"
#include "lease.h"
#include "uuid.h"

#define ELECT_HOST 256 /* bytes of a host's name */

/* One of several that may lead: a lease, kept at a Kubernetes API. */
struct elect {
	struct lease lease;
	struct kube *kube;
	char id[ELECT_HOST + UUID_TEXT]; /* HOST_UUID */
	struct buf paths[2];             /* of the leases, and of ours */
	struct buf told;                 /* what the log says of it already */
};

/*
 * Contend for the Lease of that name and namespace, both borrowed as kube is,
 * by kube's polls from now on.
 */
void elect_open(
    struct elect *, struct kube *, const char *name, const char *space);

/*
 * Ask what is due.  Returns 1 while we lead, 0 while we wait, -1 with ST_RETRY
 * once the lease is lost: nothing of ours is to go out any more.
 */
int elect_turn(struct elect *, struct err *);

/* When to call that again, monotonic ms; 0: only an answer helps. */
int64_t elect_due(const struct elect *);

/* Give the memory back, before kube_free; the lease runs out by itself. */
void elect_fini(struct elect *);

#endif
