/* SPDX-License-Identifier: MIT */
#ifndef KUBE_LIST_H
#define KUBE_LIST_H

#include "kube_ask.h"
#include "kube_set.h"

/*
 * Reads as the API server answers them.  The lock is held.
 */

/* Answer a GET of one object, or of a list, in chunks when it has a limit. */
void kube_get(struct kube_set *, struct kube_ask *);
void kube_list(struct kube_set *, struct kube_ask *);

/* Whether a version is one of those that the request asks for. */
int kube_wants(const struct kube_ask *, const struct kube_version *);

#endif
