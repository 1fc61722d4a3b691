/* SPDX-License-Identifier: MIT */
#ifndef DECODE_H
#define DECODE_H

#include "err.h"
#include "out.h"

/* Counters of the tool, in the order of its table of metrics. */
enum decode_count {
	COUNT_WINDOWS,
	COUNT_FAILED,
	COUNT_ROWS,
	COUNT_MAX,
};

struct metric;

/*
 * Reads Kusto answers from a descriptor, framed by control lines or bare, and
 * writes control lines and rows.  One for the whole run: a window may not
 * span files, but counts go on.
 */
struct decoder;

/* counts has COUNT_MAX metrics. */
struct decoder *decoder_new(struct out *, struct metric *counts);
void decoder_free(struct decoder *);

/*
 * Read fd to its end.  Returns the status that it deserves (ST_OK, or ST_DATA
 * when a bare answer was no good or the end was torn; both logged), or -1 with
 * e set for the tool's own trouble.
 */
int decoder_run(struct decoder *, int fd, const char *name, struct err *e);

#endif
