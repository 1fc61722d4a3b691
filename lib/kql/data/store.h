/* SPDX-License-Identifier: MIT */
#ifndef KQL_STORE_H
#define KQL_STORE_H

#include <stddef.h>

#include "err.h"
#include "kql/types.h"

struct sqlite3;

/*
 * The data.  Each file is loaded, when a query first needs it, into a SQLite
 * file of its own that has no name and is never written again; a file that has
 * changed gets a new one.  What a query needs is attached to one connection,
 * where each table is a temporary view.  The store may be carried over fork:
 * the child opens a connection of its own and shares the files.
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
	const char *sql; /* how FROM names it: "TelemetryDB.ServiceTelemetry" */
	const struct kql_column *columns;
	size_t ncolumns;
};

/* A store without databases, or NULL with e set; free it and its tables. */
struct kql_store *store_new(struct err *);
void store_free(struct kql_store *);

/* See kql_add().  Opens or lists what is there, loads nothing. */
int store_add(struct kql_store *, const char *cluster, const char *database,
    const char *endpoint, struct err *);

/* Pass over bad rows of files from now on, and tell say of each. */
void store_skip_bad_rows(
    struct kql_store *, void (*say)(void *ctx, const char *what), void *ctx);

/*
 * The number of a database, or -1.  Names compare without case, as Kusto
 * does.  cluster NULL: the one without a cluster, else the only one so named.
 */
int store_database(
    const struct kql_store *, const char *cluster, const char *database);

/* The directory of database number i, "" if it is none of files, or NULL past
 * the last; good while the store is. */
const char *store_directory(const struct kql_store *, int i);

/*
 * A new query begins: tables are looked at again, once, when they are next
 * asked for.  What earlier queries were told of them is good no more.
 */
void store_begin(struct kql_store *);

/*
 * A table of a database, by its exact name.  Returns 1 with *t (good until
 * the next store_begin), 0 when there is none, -1 with e when its data cannot
 * be read or typed.
 */
int store_table(struct kql_store *, int database, const char *name,
    const struct kql_table **t, struct err *);

/* Name number i of a database's tables, or NULL: for hints and wildcards. */
const char *store_table_name(struct kql_store *, int database, size_t i);

/* A file NAME.kql, which defines functions. */
struct kql_script {
	const char *file, *stem; /* without the directory; without .kql */
	const char *text;
	size_t len;
};

/*
 * Script number i of a database, as it is now; good until the next
 * store_begin.  Returns 1, 0 when there are no more, or -1 with e: its name is
 * there, but not its text.
 */
int store_script(struct kql_store *, int database, size_t i,
    const struct kql_script **, struct err *);

/* The name of a database, or NULL behind the last. */
const char *store_database_name(const struct kql_store *, int database);

/* Make the rows of a table be there.  Returns 0, or -1 with e. */
int store_load(struct kql_store *, const struct kql_table *, struct err *);

/*
 * The connection, opened when first asked for, with every function of
 * functions.h registered.  Tables that were looked up but not loaded are there
 * without rows, so that a statement over them can be prepared.  NULL with e.
 */
struct sqlite3 *store_db(struct kql_store *, struct err *);

/* See kql_prepare(). */
int store_prepare(struct kql_store *, struct err *);

#endif
