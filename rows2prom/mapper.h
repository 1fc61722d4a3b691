/* SPDX-License-Identifier: MIT */
#ifndef MAPPER_H
#define MAPPER_H

#include <stddef.h>
#include <stdint.h>

#include "arena.h"
#include "buf.h"
#include "cell.h"
#include "err.h"
#include "json.h"
#include "order.h"
#include "row.h"
#include "transform.h"
#include "when.h"

/* A column that the transform names. */
struct mapped {
	const char *name; /* NULL: not named */
	size_t cell;      /* its number in the row */
	enum col_type type;
	int missing; /* the window's columns do not have it */
};

/* A value column and the samples' head, as the last row had it. */
struct valued {
	struct mapped col;
	struct buf head;
};

struct labelled {
	struct mapped col;
	struct buf key;
};

/* How a window's rows become samples, and how many did. */
struct mapper {
	const struct transform *t; /* borrowed */
	struct arena a;
	struct row row;
	struct valued *values;
	size_t nvalues;
	struct labelled *labels;
	size_t nlabels;
	struct mapped time, name;
	char *prefix;    /* with its _ by the rule of valueColumn; or "" */
	struct buf base; /* the name that heads were made of */
	int has_heads;
	struct buf label_list;     /* of this row */
	char time_text[WHEN_TEXT]; /* the last time that was read */
	size_t time_len;           /* 0: none yet */
	ticks time_read;

	/* The window; both 0 where there is none. */
	ticks start, end;

	int strict; /* the first bad cell fails the window */
	int64_t rows, samples;
	int64_t nulls, bad; /* cells */
	int64_t null_rows, bad_rows, outside;
	char first_bad[256]; /* what the first bad cell lacked */

	/* Of the last error: its code, and whether it would come again. */
	const char *code;
	int permanent;
};

/* Samples that the rows could have been, and were not. */
static inline int64_t
mapper_skipped(const struct mapper *m)
{
	return m->rows * (int64_t)m->nvalues - m->samples;
}

/* Where samples go: lines are added to b, then noted in order (or NULL). */
struct mapper_out {
	struct buf *b;
	struct order *order;
};

/*
 * Begin a window: prefix (or NULL) stands before the transform's own; columns
 * is the @window's member, or NULL when rows come without.  Labels whose
 * column is missing are warned of here.
 */
void mapper_begin(struct mapper *, const struct transform *, const char *prefix,
    const struct json *columns);

/*
 * A row: its samples go to out.  line_no is for messages.  Returns -1 with
 * ST_DATA when the window cannot go on (no JSON object, a column that the
 * columns do not have, a bad cell when strict), or ST_RETRY.
 */
int mapper_row(struct mapper *, const char *line, size_t n, long line_no,
    const struct mapper_out *out, struct err *);

/* The window ends: -1 with ST_DATA when all its rows were bad. */
int mapper_end(struct mapper *, struct err *);

void mapper_fini(struct mapper *);

#endif
