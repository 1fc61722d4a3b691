/* SPDX-License-Identifier: MIT */
#ifndef KUSTO_READER_H
#define KUSTO_READER_H

#include <stddef.h>
#include <stdint.h>

#include "arena.h"
#include "buf.h"
#include "kql/kql.h"
#include "spool.h"

/*
 * Reads the body of a service's answer as it comes, judges it, and writes it
 * to a spool as frames of one line each.  Rows pass as they are; a table that
 * is large becomes TableFragments.  Whether cells are what their columns say
 * is for kql2rows to see.
 */
struct kusto_reader {
	struct spool *out;      /* borrowed */
	struct kql_error fault; /* code "" while nothing is wrong */
	int64_t rows;           /* of the first primary table */
	int64_t primary;        /* its TableId, or -1 */
	int complete;           /* the last frame has come, and is good */
	int in_array, closed;   /* the array around the frames */

	/* Where in a frame it is. */
	int depth;        /* 0 between frames */
	int in_string;    /* and */
	int escaped;      /* behind a backslash */
	size_t key_at;    /* the last string of depth 1, in frame */
	int rows_next;    /* the value of Rows comes */
	int in_rows;      /* in the array Rows */
	int in_odd;       /* in an object that stands where a row should */
	struct buf frame; /* without rows */
	struct buf rest;  /* rows not yet written */
	struct buf odd;   /* such an object */
	struct buf line;  /* being made */
	size_t rows_at;   /* in frame, where the rows belong */
	int64_t frame_rows;
	int pieces; /* that the frame was split into so far */
	int whole;  /* it cannot be split */

	/* The table of QueryCompletionInformation: its id, and columns. */
	int64_t level_id;
	int level_at, code_at, reason_at;
	struct arena a; /* of one frame */
};

/* Begin an answer, also after another; lines go to the spool. */
void kusto_reader_init(struct kusto_reader *, struct spool *);
void kusto_reader_fini(struct kusto_reader *);

/* Bytes of the body.  Returns 0, or -1 with fault: no more is needed. */
int kusto_reader_feed(struct kusto_reader *, const char *, size_t n);

/* The body has ended.  Returns 0 when it is whole and good, or -1. */
int kusto_reader_end(struct kusto_reader *);

#endif
