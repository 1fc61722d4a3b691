/* SPDX-License-Identifier: MIT */
#ifndef KUSTO_ERROR_H
#define KUSTO_ERROR_H

#include <stdint.h>

#include "http.h"
#include "query_error.h"

/*
 * What an answer that is no result means: code and message as the service has
 * them, whether the same query would fail again, and what -q exits with
 * (kqlrun(1) has the table).
 */

/* There was no whole answer; began: a part of a good one came. */
void kusto_error_lost(struct query_error *, const struct http_reply *,
    int began, int64_t timeout_ms);

/* The answer has another status than 200. */
void kusto_error_read(struct query_error *, const struct http_reply *);

/* Settle class and position of an error from wherever it came; none stays. */
void kusto_error_class(struct query_error *);

#endif
