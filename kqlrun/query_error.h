/* SPDX-License-Identifier: MIT */
#ifndef QUERY_ERROR_H
#define QUERY_ERROR_H

#include <stdint.h>

#include "kql/kql.h"
#include "when.h"

#define REQUEST_ID_MAX 64

/* What became of a query: said.code is "" when it went well. */
struct query_error {
	struct kql_error said; /* the engine's or service's word, or ours */
	int status;            /* what -q exits with (status.h) */
	int away;              /* it is the endpoint's, not this query's */
	int http;              /* status of the answer; 0: there was none */
	char request_id[REQUEST_ID_MAX];  /* ours; "" without a service */
	char activity_id[REQUEST_ID_MAX]; /* the service's */
	int64_t retry_after_ms; /* how long it wants to be left alone */
	int dated;              /* the service told the time */
	ticks ahead;            /* how far our clock was ahead of that */
};

/* Whether there is an error. */
static inline int
query_failed(const struct query_error *e)
{
	return e->said.code[0] != '\0';
}

/* Set an error of our own, which is not permanent; Unavailable is the
 * endpoint's. */
void query_error_set(
    struct query_error *, const char *code, const char *message);

/* Take the word of an engine; the exit status follows from it. */
void query_error_take(struct query_error *, const struct kql_error *);

#endif
