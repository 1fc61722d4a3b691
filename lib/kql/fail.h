/* SPDX-License-Identifier: MIT */
#ifndef KQL_FAIL_H
#define KQL_FAIL_H

#include <stddef.h>

#include "err.h"
#include "kql/kql.h"

/* Where something stands in the query: line and character, from 1. */
struct kql_at {
	int line, column;
};

/*
 * Refuse a query, as the service would say it: SYN0002 and its like for what
 * cannot be read, SEM0100 for what makes no sense, and for what this engine
 * does not do KQL0001.  The position is put behind the message.  Return -1.
 */
int fail_syntax(struct kql_error *, struct kql_at, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
int fail_semantic(struct kql_error *, struct kql_at, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* As fail_semantic, where the service has a code of its own for it. */
int fail_coded(struct kql_error *, struct kql_at, const char *code,
    const char *fmt, ...) __attribute__((format(printf, 4, 5)));
int fail_unsupported(struct kql_error *, struct kql_at, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* An error of the data, at a place of the query.  Returns -1. */
int fail_data(struct kql_error *, struct kql_at, const struct err *);

/*
 * A guess at what was meant.  Start with all zero and offer each name there
 * is; best is then the nearest one, or NULL when none is near.
 */
struct near {
	const char *best;
	size_t distance;
};

/* Take name as the guess if it is nearer than the best so far; borrowed. */
void near_offer(struct near *, const char *wanted, const char *name);

/* " (did you mean 'name'?)" in out, or "" when nothing is near. */
const char *near_text(const struct near *, char *out, size_t n);

#endif
