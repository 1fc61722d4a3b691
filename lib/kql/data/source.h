/* SPDX-License-Identifier: MIT */
#ifndef KQL_SOURCE_H
#define KQL_SOURCE_H

#include <stddef.h>

#include "err.h"

/* What stands in a cell, before any type is known. */
enum cell_kind {
	CELL_NULL,   /* nothing, or JSON's null */
	CELL_TEXT,   /* a field of separated values: it may be of any type */
	CELL_STRING, /* a JSON string */
	CELL_NUMBER,
	CELL_BOOL,
	CELL_JSON, /* a JSON object or array, compact */
};

struct cell {
	enum cell_kind kind;
	const char *text; /* ends in a NUL that len does not count */
	size_t len;
};

enum source_format {
	SOURCE_CSV,
	SOURCE_TSV,
	SOURCE_JSONL,
	SOURCE_JSON, /* an array of objects */
};

/* As many as SQLite takes. */
#define SOURCE_COLUMNS_MAX 2000

/* A data file, row by row, whatever its format. */
struct source;

/* Open a file and, of separated values, read the header.  NULL with e. */
struct source *source_open(const char *path, enum source_format, struct err *e);
void source_free(struct source *);

/*
 * Read the next row.  Returns 1, 0 at the end, or -1 with e set, file and line
 * named: ST_RETRY when the file's last line is torn.
 */
int source_next(struct source *, struct err *e);

/*
 * Behind a source_next that failed: pass over the row if it alone is bad.
 * Returns 0, the next call reads on behind it; or -1: there is no way on.
 */
int source_skip(struct source *);

/* The columns seen so far: a JSON file may show more with each row. */
size_t source_columns(const struct source *);
const char *source_column(const struct source *, size_t i);

/* A cell of the row last read, good until the next. */
const struct cell *source_cell(const struct source *, size_t i);

/* For messages: the file and the line where the row last read began. */
const char *source_name(const struct source *);
long source_line(const struct source *);

#endif
