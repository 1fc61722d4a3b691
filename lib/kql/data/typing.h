/* SPDX-License-Identifier: MIT */
#ifndef KQL_TYPING_H
#define KQL_TYPING_H

#include "kql/data/source.h"
#include "kql/types.h"

struct sqlite3_stmt;

/* What the cells of a column seen so far may all be.  All zero to begin. */
struct guess {
	unsigned unfit;  /* a bit for each type that some cell is not */
	unsigned values; /* cells that hold something: 1 text, 2 JSON value */
};

/* Count in a cell; an empty one changes nothing. */
void guess_add(struct guess *, const struct cell *);

/*
 * The narrowest type that holds every cell as it stands.  Text that is nothing
 * else is string; JSON values of several kinds are dynamic; a number with a
 * leading zero, or too long for 64 bits, is no number.  No cell: string.
 */
enum kql_type guess_type(const struct guess *);

/*
 * Bind a cell to parameter i as types.h lays it down.  Returns 0, or -1 when
 * the cell does not fit the type.
 */
int cell_bind(struct sqlite3_stmt *, int i, enum kql_type, const struct cell *);

#endif
