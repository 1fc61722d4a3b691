/* SPDX-License-Identifier: MIT */
#ifndef KQL_TYPES_H
#define KQL_TYPES_H

/*
 * Kusto's scalar types, and how SQLite holds a value of each.  The type is
 * known before anything runs; SQLite's own column types say nothing.
 *
 *   bool               INTEGER 0 or 1
 *   int, long          INTEGER
 *   datetime, timespan INTEGER, ticks of 100 ns (lib/when.h)
 *   real               REAL, and NaN as TEXT 'NaN' (SQLite would make it NULL);
 *                      the infinities are REAL
 *   decimal            TEXT, digits as decimal.h writes them
 *   string             TEXT, never NULL: what has no text is ''
 *   guid               TEXT, lower case, with dashes
 *   dynamic            TEXT, compact JSON; the JSON null itself is NULL
 *
 * NULL is Kusto's null of every type but string.
 */
enum kql_type {
	KT_NONE, /* no type: a table, or a statement without a value */
	KT_BOOL,
	KT_INT,
	KT_LONG,
	KT_REAL,
	KT_DECIMAL,
	KT_STRING,
	KT_DATETIME,
	KT_TIMESPAN,
	KT_GUID,
	KT_DYNAMIC,
	KT_UNKNOWN, /* of a query that is not run: what its tables lack */
	KT_COUNT
};

/* Kusto's name of the type (bool, int, ...), as in ColumnType; "" for none. */
const char *kql_type_name(enum kql_type);

/* .NET's name of the type (System.Int64, ...), as in DataType. */
const char *kql_type_system(enum kql_type);

/* The type of that name, Kusto's aliases too (double, date, uniqueid, ...);
 * KT_NONE when there is none. */
enum kql_type kql_type_find(const char *name);

#endif
