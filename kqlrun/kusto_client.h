/* SPDX-License-Identifier: MIT */
#ifndef KUSTO_CLIENT_H
#define KUSTO_CLIENT_H

#include <poll.h>
#include <stdint.h>

#include "buf.h"
#include "err.h"
#include "kql/kql.h"
#include "kusto_reader.h"
#include "query_error.h"
#include "spool.h"
#include "token.h"
#include "when.h"

/*
 * Queries to Kusto services over REST v2, many at once and none that blocks:
 * Azure Data Explorer, Fabric, emulators.
 */
struct kusto;

/* Strings borrowed for its life. */
struct kusto_config {
	const char *ca_file;   /* PEM; NULL: the system's */
	int insecure;          /* do not verify TLS */
	struct tokens *tokens; /* borrowed; NULL: requests have none */
};

/* A query on its way, and what became of it. */
struct kusto_call {
	struct kusto *kusto;     /* NULL when nothing is on its way */
	struct kusto_call *next; /* that waits for a token too */
	struct kusto_auth *auth; /* of its service */
	struct kusto_reader reader;
	struct query_error *error; /* the caller's */
	const char *endpoint;      /* borrowed until it is done */
	int64_t timeout;           /* ms */
	struct buf url, body;
	struct buf authorization, id_header;
	int refused; /* it was answered 401 */
	int renewed; /* asked again, with another token */
	int began;   /* bytes of a good answer have come */
	ticks heard; /* when the answer began to come, 0: not yet */
};

/* A client.  Returns NULL with e: ST_CONFIG for files it cannot use. */
struct kusto *kusto_new(const struct kusto_config *, struct err *);
void kusto_free(struct kusto *);

/*
 * Send a query to the service at the URL endpoint, which may work on it for
 * timeout ms.  Frames go to the spool, what goes wrong to error, both borrowed
 * until the call is done.  Returns -1 when it is done at once, with an error.
 */
int kusto_start(struct kusto *, struct kusto_call *, const char *endpoint,
    const struct kql_request *, int64_t timeout, struct spool *,
    struct query_error *);

/*
 * Wait until a call moves, one of fds[n] is ready, timeout_ms (-1: for ever)
 * is over or a signal came.  kusto may be NULL.
 */
int kusto_poll(
    struct kusto *, struct pollfd *fds, size_t n, int timeout_ms, struct err *);

/* A call that is done (its error is filled), or NULL. */
struct kusto_call *kusto_take(struct kusto *);

/* Rows of the first table of a good answer. */
int64_t kusto_rows(const struct kusto_call *);

/* Give a call's memory back; one that is on its way ends. */
void kusto_call_fini(struct kusto_call *);

/*
 * Check the URL of an endpoint: http or https, without a query.  Returns 0, or
 * -1 with ST_USAGE.
 */
int kusto_check_url(const char *url, struct err *);

#endif
