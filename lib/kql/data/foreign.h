/* SPDX-License-Identifier: MIT */
#ifndef KQL_FOREIGN_H
#define KQL_FOREIGN_H

#include "err.h"
#include "kql/data/catalog.h"

struct sqlite3;

/*
 * SQLite databases of somebody else's.  A column's Kusto type is told by its
 * declared type; where SQLite has no such type its own advice on how to store
 * one is read (a datetime is ISO 8601 text, Unix seconds or a Julian day).
 */

/* List the tables and views.  Returns 0, or -1 with e (ST_CONFIG). */
int foreign_list(struct catalog *, struct database *, struct err *e);

/* Find out a table's columns.  Returns 0, or -1 with e. */
int foreign_schema(struct table *, struct err *e);

/* How ATTACH names the database: a URI, read-only. */
void foreign_uri(const struct database *, struct buf *);

/* Register the functions that the columns' sql calls. */
int foreign_register(struct sqlite3 *, struct err *e);

#endif
