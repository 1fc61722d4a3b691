/* SPDX-License-Identifier: MIT */
#ifndef WEB_H
#define WEB_H

#include "err.h"
#include "health.h"
#include "metrics.h"
#include "view.h"

/* The HTTP server: all pages, by threads of its own. */
struct web;

struct web_config {
	const char *listen;        /* ADDR:PORT, for all pages; or NULL */
	const char *health_listen; /* the same for probes alone; or NULL */
	const char *path;          /* of the metrics; borrowed */
	struct views *views;       /* NULL: there are no metrics */
	struct metric *scrapes;    /* counts what was asked of them */
	struct health *health;     /* what probes are told; borrowed */
};

/* Listen and answer from now on.  NULL with e set: ST_CONFIG for an address
 * that is none or in use, ST_RETRY for one that cannot be had. */
struct web *web_new(const struct web_config *, struct err *e);

/* End it: no thread looks at a view after that. */
void web_free(struct web *);

#endif
