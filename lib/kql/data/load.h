/* SPDX-License-Identifier: MIT */
#ifndef KQL_LOAD_H
#define KQL_LOAD_H

#include "arena.h"
#include "err.h"
#include "kql/data/schema.h"
#include "kql/data/source.h"

struct sqlite3;

/* Who is told of each bad row that is passed over, and at the end of how many
 * more there were. */
struct bad_rows {
	void (*say)(void *ctx, const char *what);
	void *ctx;
};

/* A data file: where it is, how it is written, its schema file or NULL, and
 * skip; NULL: a bad row is an error. */
struct load_file {
	const char *path;
	enum source_format format;
	const char *schema;
	const struct bad_rows *skip;
};

/*
 * Find the columns of a data file: from its schema file, else by reading all
 * of it.  Returns 0, or -1 with e set, file and line named.
 */
int load_schema(
    const struct load_file *, struct schema *, struct arena *, struct err *e);

/*
 * Make the tables "data", with the rows, and "columns", with their names and
 * types, in an empty database.  A row that does not fit is an error naming
 * file, line and column, or passed over.
 */
int load_rows(const struct load_file *, const struct schema *, struct sqlite3 *,
    struct err *e);

/* The columns of a database that load_rows() made. */
int load_columns(
    struct sqlite3 *, struct schema *, struct arena *, struct err *e);

#endif
