/* SPDX-License-Identifier: MIT */
#ifndef KQL_SCHEMA_H
#define KQL_SCHEMA_H

#include <stddef.h>

#include "arena.h"
#include "buf.h"
#include "err.h"
#include "kql/data/store.h"

/* The columns of a table; they live in the arena they were made in. */
struct schema {
	struct kql_column *columns;
	size_t n;
};

/* Columns of n names, no types and no sql yet. */
void schema_init(struct schema *, size_t n, struct arena *);

/*
 * Read schema text, "Name:type, ['odd name']:type", maybe in parentheses; name
 * is of the file.  Returns 0, or -1 with e (ST_CONFIG), the line named.
 */
int schema_parse(struct schema *, const char *name, const char *text,
    struct arena *, struct err *e);

/*
 * Fill in each column's sql: its quoted name.  SQLite takes no two names that
 * differ in case only, so the second of such gets another.
 */
void schema_name(struct schema *, struct arena *);

/* Append a name quoted for SQL. */
void schema_quote(struct buf *, const char *name);

#endif
