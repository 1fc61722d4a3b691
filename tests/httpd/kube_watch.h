/* SPDX-License-Identifier: MIT */
#ifndef KUBE_WATCH_H
#define KUBE_WATCH_H

#include <stdint.h>

#include <microhttpd.h>

#include "kube_ask.h"
#include "kube_fault.h"
#include "kube_set.h"

/* What all watches heed; under the set's lock. */
struct kube_watches {
	struct kube_set *set;
	int64_t bookmark_ms; /* how often one is sent */
	int running;
	int cuts;       /* counted up: those that run end */
	int hard;       /* and break off */
	int marks;      /* counted up: a bookmark is due */
	struct buf raw; /* bytes that all of them send */
};

/*
 * Answer a watch: a body that goes on until its time is over or it is cut.
 * Returns NULL with the answer in q when it cannot begin.
 */
struct MHD_Response *kube_watch(struct kube_watches *, struct kube_ask *q,
    const struct kube_fault *, int fd);

#endif
