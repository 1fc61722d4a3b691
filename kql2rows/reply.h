/* SPDX-License-Identifier: MIT */
#ifndef REPLY_H
#define REPLY_H

#include <stddef.h>
#include <stdint.h>

#include "arena.h"
#include "buf.h"
#include "err.h"
#include "json.h"
#include "out.h"
#include "spool.h"
#include "table.h"

#define TABLES_MAX 64 /* tables with a header in one answer */

/* What becomes of the elements of a Rows array. */
enum rows_mode {
	ROWS_DROP,
	ROWS_EMIT,  /* the result: out they go */
	ROWS_HOLD,  /* the result, while it may still be replaced */
	ROWS_LEVEL, /* QueryCompletionInformation: may say that it failed */
	ROWS_TOC,   /* a v1 table of contents */
	ROWS_KEEP,  /* what they are is said further on in the frame */
};

/* Why an answer is no good, for the error of an @end. */
struct fault {
	char code[64];
	char message[1024];
	int permanent;
};

/* Told the Columns of the result before its rows come. */
typedef int reply_columns(void *ctx, const struct json *columns, struct err *);

/* Where the stream of JSON events is. */
enum reply_at {
	AT_TOP,    /* between values, or in the array around v2 frames */
	AT_TABLES, /* in the array of v1 tables */
	AT_ROWS,   /* between rows */
	AT_FRAME,  /* in a frame, a v1 table, or what is around those */
	AT_ROW,    /* among cells */
	AT_ERROR,  /* in an object that stands where a row should */
};

/*
 * Reads Kusto answers, v2 frames or v1 tables, as JSON events and writes the
 * result's rows.  A frame without its rows is small: it is kept as text
 * (frame) and read as a tree when it ends; rows are never kept, but for those
 * that come before what is needed to understand them.
 */
struct reply {
	struct json_stream *stream;
	struct out *out; /* borrowed */
	reply_columns *on_columns;
	void *ctx; /* its */

	enum reply_at at;
	int depth;     /* below the value that at means */
	int in_array;  /* there is an array around the frames */
	int next_rows; /* the last key was Rows of a frame; or Tables */
	int next_tables;
	enum rows_mode mode;
	int decided;       /* this frame's mode is not ROWS_KEEP */
	struct buf frame;  /* text of the frame, rows left out */
	struct buf around; /* text of what is around v1 tables */
	struct buf row;    /* text of a row that is not emitted */
	struct spool late; /* rows before what says what they are */
	struct spool held; /* rows that may still be replaced */
	struct arena a;    /* the tree of one frame or row */

	/* One answer; a stream may hold several. */
	int started, complete;
	int progressive;
	int warned;   /* of a second result */
	int v1;       /* 1 + number of tables seen; 0: not v1 */
	int level_at; /* column of Level or Severity, -1: none */
	int code_at;  /* columns that say what and why */
	int reason_at;
	int kind_at; /* columns of a table of contents */
	int ordinal_at;
	int64_t base; /* table.rows when the result began */
	struct {
		int64_t id;
		enum rows_mode mode;
	} tables[TABLES_MAX];
	size_t ntables;

	struct table table;
	struct fault fault;
	struct err *e; /* of the call that is under way */
};

/* Rows go to the out, columns to the function with its ctx. */
void reply_init(struct reply *, struct out *, reply_columns *, void *ctx);
void reply_fini(struct reply *);

/*
 * Read on.  Returns -1 with ST_DATA when the answer is no good; fault then
 * says why, and reply_reset must come before the next.  Other codes of e are
 * the tool's own trouble.
 */
int reply_feed(struct reply *, const char *, size_t n, struct err *);

/* No more comes: what was begun must be complete.  Returns as reply_feed. */
int reply_end(struct reply *, struct err *);

/* Forget everything, rows written included. */
void reply_reset(struct reply *);

/* Whether the bytes so far end between two values. */
static inline int
reply_between(const struct reply *a)
{
	return a->at == AT_TOP && !a->in_array;
}

/* Set fault and e.  Returns -1. */
int reply_fault(struct reply *, const char *code, int permanent,
    const char *fmt, ...) __attribute__((format(printf, 4, 5)));

/* Errors that any frame may carry: -1 if there are some. */
int reply_check_errors(struct reply *, const struct json *frame);

/* Take the columns of a result; what becomes of its rows, or -1. */
int reply_take_result(struct reply *, const struct json *columns);

/* Read spooled rows as if they came now; the spool is empty then. */
int reply_replay(struct reply *, struct spool *);

/* Write the rows that were held; they are the result's now. */
int reply_release(struct reply *);

/* Which column has that name, -1 if none. */
int reply_column(const struct json *columns, const char *name);

/* events.c: from JSON to frames and rows; the ctx is the answer. */
extern const struct json_events reply_events;

/* A new answer begins. */
void reply_begin(struct reply *);

/*
 * frames_v2.c and tables_v1.c: what to do with the rows of a frame of which
 * this much is known (all of it when last), or -1; and a frame at its end.
 */
int v2_mode(struct reply *, const struct json *frame, int last);
int v2_frame(struct reply *, const struct json *frame);
int v1_mode(struct reply *, const struct json *table, int last);
int v1_row(struct reply *, const struct json *row);
int v1_answer(struct reply *, const struct json *around);

#endif
