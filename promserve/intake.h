/* SPDX-License-Identifier: MIT */
#ifndef INTAKE_H
#define INTAKE_H

#include <stddef.h>
#include <stdint.h>

#include "err.h"
#include "metrics.h"
#include "state.h"
#include "store.h"

/* What promserve counts; the order of its table. */
enum serve_metric {
	SERVE_SERIES,
	SERVE_BYTES,
	SERVE_HIDDEN,
	SERVE_WINDOWS,
	SERVE_FAILED,
	SERVE_REFUSED,
	SERVE_SCRAPES,
	SERVE_END,
};

struct intake_config {
	const char *destination; /* NULL: every window, receipts say default */
	size_t max_series;
	int stamps;        /* serve the times of points */
	int64_t expire_ms; /* forget what is silent for longer; 0: never */
	struct store *store;
	struct state *state; /* NULL: windows are kept in memory alone */
	struct metric *metrics;
};

/* Read the windows that an earlier run has left; what cannot be read is logged
 * and left alone. */
void intake_load(const struct intake_config *);

/*
 * Read Prometheus text from in to its end, keep the newest window of each
 * resource, say in receipts on out what became of each.  Returns an exit
 * status: ST_OK, or ST_SKIP when samples were refused; -1 with e set.
 */
int intake_run(const struct intake_config *, int in, int out, struct err *e);

#endif
