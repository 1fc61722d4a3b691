/* SPDX-License-Identifier: MIT */
#ifndef SENDER_H
#define SENDER_H

#include <stddef.h>
#include <stdint.h>

#include "creds.h"
#include "err.h"
#include "http.h"
#include "metrics.h"
#include "series.h"
#include "ship.h"

/* How samples go out; the defaults are the options' (promsend(1)). */
struct sender_config {
	const char *tool;        /* the stage's name in errors; all borrowed */
	const char *destination; /* NULL: every window, receipts say default */
	struct codec codec;
	struct creds *creds;
	struct dead *dead; /* letters; NULL: what is refused is only counted */
	struct series_rules rules;
	int64_t max_samples, max_bytes; /* of a request */
	int64_t max_inflight;     /* requests at once, at most FLEET_MAX */
	int64_t buffer;           /* bytes to read ahead */
	int64_t timeout_ms;       /* of one request */
	int64_t retry_ms;         /* of all tries */
	int64_t order_wait_ms;    /* that one resource alone may fail */
	const volatile int *stop; /* set by a signal: cut retries short */
};

/* What a sender counts; the order of the tool's table of metrics. */
enum sender_metric {
	SENT_SAMPLES,
	SENT_HAD,
	SENT_REJECTED,
	SENT_DOUBLES,
	SENT_REQUESTS,
	SENT_BYTES,
	SENT_WINDOWS,
	SENT_FAILED,
	SENT_LETTERS,
	SENT_LOST,
	SENT_BUFFER,
	SENT_BREAKER,
	SENT_ALIVE, /* one behind the last */
};

/*
 * Read Prometheus text from in and deliver it, window by window; write
 * receipts and conditions to out.  Returns an exit status: ST_OK, or ST_SKIP
 * when samples were rejected; else e is set.
 */
int sender_run(const struct sender_config *, struct http *, int in, int out,
    struct metric *, struct err *e);

#endif
