/* SPDX-License-Identifier: MIT */
#ifndef KQL_TABLE_H
#define KQL_TABLE_H

#include <sqlite3.h>

#include "arena.h"

/*
 * Functions of SQL that give a table: FROM t CROSS JOIN kql_x(a, b, ...).  The
 * columns are the same for all: "$i" and "$v1" to "$v32", names that no column
 * of a query has.  What a function makes of them is its own.
 */
#define FN_TABLE_COLUMNS 32
#define FN_TABLE_ARGS    (FN_TABLE_COLUMNS + 8)

struct fn_table {
	const char *name;

	/* Begin a call; the state lives in the arena, as must copies of what
	 * it needs of the arguments. */
	void *(*open)(struct arena *, int n, sqlite3_value **);

	/* Go to the next row.  Returns 1, or 0 at the end. */
	int (*next)(void *state);

	/* Give "$v" number k, from 0; -1 is "$i". */
	void (*column)(void *state, int k, sqlite3_context *);
};

/* Register one.  Returns SQLite's code. */
int fn_table_register(sqlite3 *, const struct fn_table *);

/*
 * kql_expand(arrays, limit, d, ...): a row for each element of the longest of
 * the dynamic values, "$v1" ... theirs, "$i" counted from 0.  A member of a bag
 * is a bag of itself or, with arrays 1, a [key, value].
 */
extern const struct fn_table fn_expand;

#endif
