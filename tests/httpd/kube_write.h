/* SPDX-License-Identifier: MIT */
#ifndef KUBE_WRITE_H
#define KUBE_WRITE_H

#include "kube_ask.h"
#include "kube_set.h"

/*
 * Writes as the API server does them: a write needs the version it was made
 * from and gets 409 when that is old, one that changes nothing makes no
 * revision, the subresource alone changes the status.  upstream: what
 * upstream's schema does not know is pruned.
 */

/* Answer a POST, PUT, PATCH or DELETE.  The lock is held. */
void kube_write(struct kube_set *, struct kube_ask *, int upstream);

/*
 * Create or update each object of YAML text, their status too, whatever
 * version it says.  Answers with how many there were.
 */
void kube_write_apply(struct kube_set *, struct kube_ask *, int upstream);

#endif
