/* SPDX-License-Identifier: MIT */
#ifndef KQL_H
#define KQL_H

#include <stddef.h>
#include <stdint.h>

#include "buf.h"
#include "err.h"
#include "when.h"

/*
 * The embedded engine: KQL over local data, answered as Kusto answers it.
 * This header is all that others see.  One engine holds the databases that a
 * query may name; tables are loaded when a query first needs them.
 */
struct kql;

/* An engine without databases; free it, and all that it has loaded. */
struct kql *kql_new(void);
void kql_free(struct kql *);

/*
 * Add a database: endpoint is file:DIR or sqlite:PATH; cluster may be NULL.
 * An endpoint that cannot be opened is an error (ST_CONFIG).
 */
int kql_add(struct kql *, const char *cluster, const char *database,
    const char *endpoint, struct err *);

/*
 * Pass over the rows of files that do not fit, and tell say of each (file,
 * line and reason), in the process that loads the file; otherwise they end the
 * query.
 */
void kql_skip_bad_rows(
    struct kql *, void (*say)(void *ctx, const char *what), void *ctx);

/*
 * Look at the directories again; reads no data.  A program that runs queries
 * in forked children calls this before each fork: children then share what any
 * of them loads, by temporary files without a name, until the source changes.
 * Returns 0, or -1 with e: a directory that cannot be read.
 */
int kql_prepare(struct kql *, struct err *);

/* A refusal or failure, in the service's own terms (kusto-rest, errors). */
struct kql_error {
	char code[64];      /* General_BadRequest, Syntax error, ... */
	char message[1024]; /* "SEM0100: ... [line:position=2:7]" */
	int line, column;   /* from 1; 0 when there is none */
	int permanent;      /* the same query would fail again */
};

/* A value for a parameter of declare query_parameters: a literal of KQL, or
 * what stands in one, as 10, "x", x, datetime(2020-01-01), dynamic([1]). */
struct kql_parameter {
	const char *name, *value;
	const struct kql_parameter *next;
};

struct kql_request {
	const char *database;
	const char *text;
	const struct kql_parameter *parameters; /* or NULL */
	ticks now;        /* what now() is; 0: the clock */
	int64_t max_rows; /* more rows are an error; 0: no limit */
};

/* Takes a piece of the answer; returns 0, or -1 to stop. */
typedef int kql_write(void *ctx, const char *, size_t n);

/*
 * Run a query.  The answer goes to write as v2 frames, one JSON object a line
 * of at most IO_LINE_MAX bytes (fragmented tables, errors at the end).  Returns
 * 0, or -1 with e filled: what was written then is to be thrown away.
 */
int kql_run(struct kql *, const struct kql_request *, kql_write *, void *ctx,
    struct kql_error *e);

/* Parse, and bind what is known; run nothing.  Returns 0, or -1 with e. */
int kql_check(struct kql *, const struct kql_request *, struct kql_error *e);

/* Append the SQL that the query compiles to, readable.  As kql_check. */
int kql_explain(struct kql *, const struct kql_request *, struct buf *,
    struct kql_error *e);

/* Whether a table or column of that name may be written as it is; every name
 * may as ['name']. */
int kql_is_plain(const char *name);

#endif
