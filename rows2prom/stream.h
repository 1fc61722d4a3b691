/* SPDX-License-Identifier: MIT */
#ifndef STREAM_H
#define STREAM_H

#include "err.h"
#include "io.h"
#include "out.h"
#include "transform.h"

/* Counters of the tool, in the order of its table of metrics. */
enum stream_count {
	COUNT_WINDOWS,
	COUNT_FAILED,
	COUNT_ROWS,
	COUNT_SAMPLES,
	COUNT_NULLS,
	COUNT_BAD,
	COUNT_OUTSIDE,
	COUNT_MAX,
};

struct metric;

struct stream_settings {
	const struct transform *transform; /* without a window's; or NULL */
	const char *prefix;                /* before a window's too; or NULL */
	int strict;
	int sort;              /* rows without a window too */
	struct metric *counts; /* COUNT_MAX of them */
};

/*
 * Read rows and control lines to the end and write samples.  Returns the
 * status it deserves: ST_OK, ST_SKIP when rows without a window were skipped,
 * ST_DATA when those failed or the input is torn (all logged); or -1 with e
 * set for the tool's own trouble.
 */
int stream_run(
    struct io *, struct out *, const struct stream_settings *, struct err *e);

#endif
