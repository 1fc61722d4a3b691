/* SPDX-License-Identifier: MIT */
#ifndef API_H
#define API_H

#include <stdint.h>

#include "arena.h"
#include "err.h"
#include "keeper.h"
#include "kube.h"
#include "kube_config.h"
#include "map.h"
#include "news.h"
#include "pace.h"

/*
 * A keeper that has statuses in the status subresource of a Kubernetes API.
 * What is known of a resource is its newest state; it is read when its first
 * write is due, and again when somebody else has written.
 */
struct api {
	struct keeper keeper;
	struct arena arena; /* of the configuration */
	struct kube_config config;
	struct kube *kube;
	struct arena scratch; /* of one answer */
	struct map objects;   /* by "namespace/name" */
	struct pace pace;
	struct news news;
	int64_t drain_ms;   /* without a write, after the end of the input */
	int busy;           /* requests on their way, of objects */
	int reads;          /* and those that read */
	size_t waiting;     /* objects that lines wait for */
	int settled;        /* one fewer, or by another line */
	int64_t away_since; /* when the service failed first, ms; 0: it works */
	int64_t told;       /* when a refusal was logged last, ms; 0: never */
	int64_t moved;      /* when a status was written last, ms */
	int64_t swept;      /* when memory was looked at last, ms */
	int probing;        /* a request that asks whether it is there */
	int64_t probe_at;   /* when to ask again, ms */
	int64_t probes;     /* that failed */
	int64_t wake;       /* when there is work again, ms */
};

/* Of an object: what request of it is on its way. */
enum {
	API_IDLE,
	API_READING,
	API_WRITING,
};

struct api_config {
	const char *kubeconfig; /* NULL: as kube_config_load looks for it */
	const char *context;
	int64_t qps;
	int64_t drain_ms;
	int quiet; /* no events */
	struct metric *metrics;
};

/* Ask whether the API is there; keeper.ready says when it has answered.
 * Returns -1 with ST_CONFIG; fini it all the same. */
int api_open(struct api *, const struct api_config *, struct err *);
void api_fini(struct api *);

#endif
