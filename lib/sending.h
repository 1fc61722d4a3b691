/* SPDX-License-Identifier: MIT */
#ifndef SENDING_H
#define SENDING_H

#include <stdint.h>

#include "codec.h"
#include "err.h"
#include "metrics.h"
#include "opts.h"
#include "sender.h"
#include "when.h"

/* The options of every sender (promsend(1)); all zero but for the defaults. */
struct sending {
	const char *name;
	const char *azure; /* NULL: no; else the scope, or "" */
	const char *bearer_file, *basic_file, *header_file;
	const char *ca_file, *cert_file, *key_file;
	const char *dead_letter;
	int64_t dead_bytes, dead_files;
	int insecure;
	int utf8; /* keep other characters in names; the tool's own option */
	struct opt_list labels;
	int64_t max_samples, max_bytes, max_inflight, buffer;
	ticks retry_deadline, order_wait, timeout;
	struct opt_common common;
};

#define SENDING_DEFAULTS                                                       \
	{                                                                      \
		.max_samples = 5000, .max_bytes = 512 << 10,                   \
		.max_inflight = 1, .dead_bytes = 256 << 20,                    \
		.dead_files = 10000, .buffer = 256 << 20,                      \
		.retry_deadline = 20 * WHEN_SEC, .order_wait = 600 * WHEN_SEC, \
		.timeout = 30 * WHEN_SEC                                       \
	}

/* For struct opt_tool's more: the options with a field above. */
extern const struct opt sending_table[];

/* What makes one sender another. */
struct sending_tool {
	const char *name;
	const char *user_agent;
	struct codec codec;
	struct metric *metrics; /* SENDING_METRICS first, others may follow */
};

#define SENDING_METRIC(tool, what, name, type, help) \
	[SENT_##what] = { "kqlpipe_" tool "_" name, type, help, 0 }
#define SENDING_METRICS(tool)                                                  \
	SENDING_METRIC(tool, SAMPLES, "samples_sent_total", "counter",         \
	    "Samples that the receiver has taken."),                           \
	    SENDING_METRIC(tool, HAD, "samples_had_total", "counter",          \
		"Samples that the receiver had from an earlier try."),         \
	    SENDING_METRIC(tool, REJECTED, "samples_rejected_total",           \
		"counter", "Samples refused for good."),                       \
	    SENDING_METRIC(tool, DOUBLES, "samples_repeated_total", "counter", \
		"Samples dropped as series and time came again."),             \
	    SENDING_METRIC(tool, REQUESTS, "requests_total", "counter",        \
		"Requests sent."),                                             \
	    SENDING_METRIC(tool, BYTES, "request_bytes_total", "counter",      \
		"Bytes of request bodies sent."),                              \
	    SENDING_METRIC(tool, WINDOWS, "windows_answered_total", "counter", \
		"Windows delivered or rejected."),                             \
	    SENDING_METRIC(tool, FAILED, "windows_failed_total", "counter",    \
		"Windows that failed and are owed again."),                    \
	    SENDING_METRIC(tool, LETTERS, "dead_letters_total", "counter",     \
		"Dead letters written."),                                      \
	    SENDING_METRIC(tool, LOST, "dead_letter_samples_lost_total",       \
		"counter",                                                     \
		"Rejected samples of which no dead letter could be kept."),    \
	    SENDING_METRIC(                                                    \
		tool, BUFFER, "buffer_bytes", "gauge", "Bytes read ahead."),   \
	    SENDING_METRIC(tool, BREAKER, "breaker_open", "gauge",             \
		"Whether the receiver counts as unavailable.")

/*
 * Be a sender: catch signals, read the files that the options name, send
 * what comes on standard input, say on standard output what became of it.
 * Returns an exit status, or -1 with e set.
 */
int sending_run(const struct sending *, const struct sending_tool *,
    const char *url, struct err *e);

#endif
