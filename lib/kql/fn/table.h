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
#define FN_TABLE_ARGS    100

struct fn_table {
	const char *name;

	/* Begin a call; the state lives in the arena, as must copies of what
	 * it needs of the arguments.  What *kept points to stays from call to
	 * call of a statement, then drop frees it; NULL at first.  Returns NULL
	 * with *why, a constant, when it fails. */
	void *(*open)(struct arena *, void **kept, int n, sqlite3_value **,
	    const char **why);
	void (*drop)(void *kept);

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

/*
 * kql_parse(op, kind, s, ...): a row with the text of each column of a pattern,
 * '' for all if s is not like it; no row then if op is parse-where.  Behind s
 * stand, where kind is simple or relaxed, literals with = in front, * and the
 * types of columns; where it is regex, the pattern and pairs of a group and a
 * type.  A relaxed column alone is '' if it cannot be of its type.
 */
extern const struct fn_table fn_pattern;

/*
 * kql_parse_kv(s, pair, kv, quotes, escapes, greedy, key, ...): a row with the
 * text behind each key, '' if there is none.  quotes has pairs of an opening
 * and a closing one.  kql_parse_kv_regex(s, regex, key, ...): a match gives a
 * key and its value.  The first of several is taken.
 */
extern const struct fn_table fn_pairs, fn_pairs_regex;

/*
 * kql_external(skip, n, format, path, ..., column, ...): the rows of n files,
 * each column's text, '' if there is none.  skip: not the first record.  In
 * json and multijson columns are found by name, else by their place.
 */
extern const struct fn_table fn_external;

#endif
