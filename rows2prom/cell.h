/* SPDX-License-Identifier: MIT */
#ifndef CELL_H
#define CELL_H

#include <stdint.h>

#include "row.h"
#include "when.h"

/* A column's Kusto type; NONE where rows come without columns. */
enum col_type {
	COL_NONE,
	COL_BOOL,
	COL_NUMBER, /* int, long, real */
	COL_DECIMAL,
	COL_STRING,
	COL_DATETIME,
	COL_TIMESPAN,
	COL_GUID,
	COL_DYNAMIC,
};

/* The type of that name; NONE if unknown. */
enum col_type cell_type(const char *name);

/* Text made of a cell: it points into the cell, to a constant, or at own. */
struct text {
	const char *s;
	size_t n;
	char own[WHEN_TEXT];
};

/*
 * A sample's value: numbers as they stand, bool as 0 or 1, timespans as
 * seconds, numeric strings, NaN and infinities.  Returns 0, 1 for a null
 * (there is no sample), -1 for what is no number.
 */
int cell_value(const struct cell *, enum col_type, struct text *);

/*
 * A label's value: integers as digits, reals shortest, datetimes as RFC 3339
 * without trailing zeros, the rest as it stands.  Returns 0, or 1 for a null
 * or a missing member (the label is absent).
 */
int cell_label(const struct cell *, enum col_type, struct text *);

/* A sample's time.  Returns 0, or -1: null, or no time. */
int cell_time(const struct cell *, ticks *);

#endif
