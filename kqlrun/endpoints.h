/* SPDX-License-Identifier: MIT */
#ifndef ENDPOINTS_H
#define ENDPOINTS_H

#include <stddef.h>

#include "arena.h"
#include "err.h"
#include "opts.h"

/* Where a database is; strings borrowed or in the arena. */
struct endpoint {
	const char *cluster; /* NULL when none was given */
	const char *database;
	const char *url; /* file:DIR, sqlite:PATH or of a service */
};

struct endpoints {
	struct endpoint *v;
	size_t n;
};

/* The URL of the service that an endpoint is at; NULL: the data are here, or
 * there is no endpoint. */
const char *endpoint_remote(const struct endpoint *);

/*
 * Read the values of -e, [CLUSTER/]DATABASE=ENDPOINT.  A value that is none, a
 * database given twice and an unknown scheme are ST_USAGE.
 */
int endpoints_read(
    struct arena *, const struct opt_list *, struct endpoints *, struct err *);

/*
 * The endpoint of a database, or NULL: names compare without case, as in
 * Kusto; the one without a cluster, else the only one so named.
 */
const struct endpoint *endpoints_find(
    const struct endpoints *, const char *database);

#endif
