/* SPDX-License-Identifier: MIT */
#ifndef NEWS_H
#define NEWS_H

#include <stdint.h>

#include "buf.h"
#include "kube.h"
#include "map.h"
#include "metrics.h"
#include "object.h"

/*
 * Events of Kubernetes for what a person may want to look at.  They are told
 * beside the statuses and never in their way: few of one object, the same
 * again as a series of the first, and what cannot be told is left out.
 */
struct news {
	struct kube *kube;    /* NULL: none are told */
	struct metric *told;  /* counts them; NULL: not */
	struct map topics;    /* by "namespace/name reason" */
	struct map budgets;   /* by "namespace/name" */
	const char *instance; /* who tells; borrowed */
	struct topic *busy;   /* whose request is on its way */
	int64_t next;         /* nothing before then, ms */
	int64_t wake;         /* when there is something, ms */
	size_t untold;        /* topics with something new */
	int denied;           /* that was logged */
};

/* Begin; kube NULL: tell nothing. */
void news_init(struct news *, struct kube *, struct metric *told);
void news_fini(struct news *);

/* Before object_written: what the receipts of a write say. */
void news_receipts(struct news *, const struct object *, struct moment);

/* Behind it, with what Ready was: whether that has changed.  j is the object
 * as the API has it. */
void news_ready(struct news *, const struct object *, int was,
    const struct json *j, struct moment);

/* Send what may be sent now. */
void news_work(struct news *, int64_t ms);

/* Take the answer to a request of ours. */
void news_answer(struct news *, const struct kube_reply *, int64_t ms);

#endif
