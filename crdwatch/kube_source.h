/* SPDX-License-Identifier: MIT */
#ifndef KUBE_SOURCE_H
#define KUBE_SOURCE_H

#include <stdint.h>

#include "arena.h"
#include "err.h"
#include "kube.h"
#include "object.h"
#include "reflect.h"
#include "store.h"

/* Resources, and the rules that they select, of a Kubernetes API. */
struct kube_source {
	struct store *store; /* set these three before the rest */
	struct store *rules;
	const struct judge *judge;

	struct arena mem;
	struct kube_config config;
	struct kube *kube;
	struct reflect exporters, summaries; /* of MetricsExporters, and of
	                                        SummaryRules if wanted */
	int wanted;                          /* some resource selects rules */
	struct buf path;
	struct arena scratch;
};

/*
 * Find out how to reach the API, as kube_config_load does; namespace NULL is
 * all.  Nothing is asked yet.  Returns -1 with ST_CONFIG.
 */
int kube_source_open(struct kube_source *, const char *kubeconfig,
    const char *context, const char *namespace, struct err *);

/* Take what has come and ask what is due; rules only when wanted. */
int kube_source_turn(struct kube_source *, int wanted, struct err *);

/* When there is something to ask, monotonic ms; 0: only an answer helps. */
int64_t kube_source_due(const struct kube_source *);

/* Whether all that there is has been listed once; rules only when wanted. */
int kube_source_listed(const struct kube_source *, int wanted);

/*
 * Whether it makes no sense to wait for that: what is asked for is refused, or
 * has failed some times in a row.  Returns -1 with e then, else 0.
 */
int kube_source_failed(const struct kube_source *, struct err *);

/* List again what is there. */
void kube_source_again(struct kube_source *);

/* Give everything back; before store_fini. */
void kube_source_fini(struct kube_source *);

#endif
