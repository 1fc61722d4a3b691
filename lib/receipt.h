/* SPDX-License-Identifier: MIT */
#ifndef RECEIPT_H
#define RECEIPT_H

#include <stdint.h>

#include "arena.h"
#include "buf.h"
#include "control.h"
#include "err.h"

#define RECEIPT_MAX     4096 /* bytes of a line: one write(2) to a pipe */
#define RECEIPT_MESSAGE 1024 /* bytes of error.message, cut at a character */

enum receipt_status {
	RECEIPT_BEGUN,
	RECEIPT_DELIVERED,
	RECEIPT_FAILED,
	RECEIPT_REJECTED,
};

/* What a sender says of a window; also the audit log. */
struct receipt {
	struct window w; /* the window it is about */
	const char *destination;
	enum receipt_status status;
	int64_t samples;
	int64_t rejected; /* refused for good: dead letters now */
	int64_t had;      /* the receiver had them already */
	int64_t bytes;    /* of request bodies */
	struct end_error error;
	ticks time; /* when it was written */
};

/*
 * Append one line, newline included: the window's members but "transform" and
 * "columns", then the answer.  A line that would pass RECEIPT_MAX loses the
 * members that no reader of receipts needs, then message bytes.
 */
void receipt_write(struct buf *, const struct receipt *);

/* Read a line; strings live in the arena.  Returns -1 with ST_DATA. */
int receipt_read(
    struct arena *, const char *line, size_t n, struct receipt *, struct err *);

#endif
