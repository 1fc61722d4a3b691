/* SPDX-License-Identifier: MIT */
#ifndef TABLE_H
#define TABLE_H

#include <stddef.h>
#include <stdint.h>

#include "arena.h"
#include "buf.h"
#include "err.h"
#include "json.h"

/* How a cell's JSON must be changed to be a row's: most not at all. */
enum cell_kind {
	CELL_PLAIN,
	CELL_BOOL,    /* v1 answers write 0 and 1 */
	CELL_DYNAMIC, /* may be a string that holds JSON */
};

struct column {
	char *key; /* {"name": for the first, ,"name": for the others */
	size_t key_len;
	enum cell_kind kind;
};

/*
 * The columns of the result and the row being written.  Rows are one JSON
 * object a line, members in the order of columns; a name that starts with @
 * gets a second one, so that no row looks like a control line.
 */
struct table {
	struct arena a; /* holds columns */
	struct column *columns;
	size_t n;     /* columns; 0 until they are known */
	int known;    /* table_columns was called */
	int64_t rows; /* written */

	struct buf *b;   /* where rows go; borrowed */
	size_t at;       /* the next cell's column */
	size_t row_from; /* where in b the row began */
};

/*
 * Take the columns of a v2 or v1 table: an array of objects with ColumnName
 * and ColumnType (v1 may have DataType alone).  Returns -1 with ST_DATA.
 */
int table_columns(struct table *, const struct json *columns, struct err *);

/* The same as [{"name":...,"type":...}], in the arena. */
struct json *table_describe(struct arena *, const struct json *columns);

/* Forget columns and rows. */
void table_reset(struct table *);
void table_fini(struct table *);

/*
 * One row: begin, a call for each cell, end.  A row with too many or too few
 * cells is an error (ST_DATA); row_undo takes back one that was begun.
 */
void table_row_begin(struct table *);
int table_row_end(struct table *, struct err *);
void table_row_undo(struct table *);

/* Write a cell; raw is valid JSON as it is, text a string's bytes. */
int table_raw(struct table *, const char *, size_t n, struct err *);
int table_number(struct table *, const char *, size_t n, struct err *);
int table_text(struct table *, const char *, size_t n, struct err *);

#endif
