/* SPDX-License-Identifier: MIT */
#ifndef ROW_H
#define ROW_H

#include <stddef.h>

#include "arena.h"
#include "err.h"

enum cell_type {
	CELL_ABSENT, /* the row has no such member */
	CELL_NULL,
	CELL_BOOL,   /* text: true or false */
	CELL_NUMBER, /* text: as JSON has it */
	CELL_STRING, /* text: its bytes */
	CELL_JSON,   /* text: an object or array, compact */
};

/* A member of a row; text is borrowed until the next row. */
struct cell {
	enum cell_type type;
	const char *s;
	size_t n;
};

/*
 * Reads the members that are wanted out of rows.  Rows of one answer have the
 * same members in the same order, so each row is compared with the one before
 * it, and only what differs is looked up.  What is not plain (escapes,
 * UTF-8 beyond ASCII, nested values) goes through the JSON reader.
 */
struct row {
	struct cell *cells; /* as row_want numbered them */
	const char **names;
	size_t n;
	struct row_key *order; /* keys as the last row had them */
	size_t norder, cap;
	struct arena a; /* of one row */
};

/* Want a member; returns its number.  name is borrowed. */
size_t row_want(struct row *, const char *name);

/* Read a line, which ends in a NUL.  Returns -1 with ST_DATA. */
int row_read(struct row *, const char *line, size_t n, struct err *);

/* Want nothing any more. */
void row_reset(struct row *);
void row_fini(struct row *);

/*
 * Where a JSON number (no blanks, no sign but -) that starts at s ends; NULL
 * if there is none.  s must end in a byte that no number has.
 */
const char *row_number_end(const char *s);

#endif
