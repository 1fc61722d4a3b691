/* SPDX-License-Identifier: MIT */
#ifndef KQL_RESULT_H
#define KQL_RESULT_H

#include <stddef.h>

#include "kql/data/store.h"
#include "kql/kql.h"
#include "kql/types.h"

/* One result table: a complete SELECT and what its columns are. */
struct kql_select {
	const char *name; /* PrimaryResult */
	const char *sql;
	const struct kql_column *columns; /* name and type; sql is not read */
	size_t ncolumns;
	const char *render; /* the chart of a render operator, or NULL */
};

/*
 * Run the selects in one read transaction and write v2 frames: header,
 * @ExtendedProperties (the Visualization when there is one), for each select a
 * TableHeader, TableFragments and TableCompletion, completion.  Returns 0, or
 * -1 with e: more than max_rows (0: no limit) is E_QUERY_RESULT_SET_TOO_LARGE,
 * not permanent; what SQLite or a function refuses at run time is permanent.
 */
int result_write(struct kql_store *, const struct kql_select *, size_t n,
    int64_t max_rows, kql_write *, void *ctx, struct kql_error *e);

/* Let SQLite look at the SQL without running it.  Returns 0, or -1 with e. */
int result_check(struct kql_store *, const char *sql, struct kql_error *e);

#endif
