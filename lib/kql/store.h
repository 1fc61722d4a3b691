/* SPDX-License-Identifier: MIT */
#ifndef KQL_STORE_H
#define KQL_STORE_H

#include <stddef.h>

#include "err.h"
#include "kql/types.h"

struct sqlite3;

/*
 * The data: one SQLite connection, to which each database of the engine is
 * attached (d0, d1, ...; sqlite:PATH read-only).  Files become tables of their
 * database when a query first needs them, again when the file has changed.
 */
struct kql_store;

/*
 * A column.  sql is the expression that reads it from the table as types.h
 * lays it down: "Name" for a loaded file, maybe coalesce("Name",'') or a
 * conversion for a table of somebody else's.
 */
struct kql_column {
	const char *name; /* as in KQL */
	const char *sql;
	enum kql_type type;
};

struct kql_table {
	const char *name;
	const char *sql; /* how FROM names it: "d0"."ServiceTelemetry" */
	const struct kql_column *columns;
	size_t ncolumns;
};

struct kql_store *store_new(struct err *);
void store_free(struct kql_store *);

/* See kql_add().  Opens or lists what is there, loads nothing. */
int store_add(struct kql_store *, const char *cluster, const char *database,
    const char *endpoint, struct err *);

/*
 * The number of a database, or -1.  Names compare without case, as Kusto
 * does.  cluster NULL: the one without a cluster, else the only one so named.
 */
int store_database(
    const struct kql_store *, const char *cluster, const char *database);

/*
 * A table of a database, by its exact name.  Returns 1 with *t (good until
 * the next store_load or store_free), 0 when there is none, -1 with e when
 * its data cannot be read or typed.
 */
int store_table(struct kql_store *, int database, const char *name,
    const struct kql_table **t, struct err *);

/* Name number i of a database's tables, or NULL: for hints and wildcards. */
const char *store_table_name(struct kql_store *, int database, size_t i);

/* Make the rows of a table be there.  Returns 0, or -1 with e. */
int store_load(struct kql_store *, const struct kql_table *, struct err *);

/* The connection, with every function of functions.h registered. */
struct sqlite3 *store_db(struct kql_store *);

#endif
