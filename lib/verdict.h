/* SPDX-License-Identifier: MIT */
#ifndef VERDICT_H
#define VERDICT_H

#include <stddef.h>

/*
 * What a receiver's answer to one request means.  Order decides, never the
 * text alone: "out of order" says that a sample is there only when it may have
 * been sent before and nothing newer may have gone first.
 */
enum verdict {
	VERDICT_TAKEN,    /* 2xx */
	VERDICT_HAD,      /* refused because it is there already: delivered */
	VERDICT_REJECTED, /* about the samples: a dead letter, once bisected */
	VERDICT_TOO_BIG,  /* 413: split it; for one sample alone REJECTED */
	VERDICT_FAILED,   /* owed: try again with backoff */
	VERDICT_PART,     /* some taken, the others had or rejected: final */
	VERDICT_OTHER,    /* not understood: encode it otherwise, send again */
};

/* What is known of the request when its answer comes. */
struct verdict_query {
	int http;         /* status; 0 when there was no answer */
	const char *body; /* the start of the answer, need not end in NUL */
	size_t len;
	int cut;          /* the rest of the answer did not come */
	size_t samples;   /* in the request */
	int again;        /* the window's */
	int late;         /* the window's */
	int tried_before; /* this sender sent it earlier and got no answer, or
	                     one that leaves open whether it was taken (5xx, or
	                     cut) */
};

/*
 * Judge an answer.  REJECTED and HAD speak of one sample at least: a sender
 * tells the others apart by bisecting; not of an answer that was cut, which may
 * have gone on to say the other.  3xx and 415 are FAILED: falling back,
 * and what an answer says of a part of the samples, is the codec's affair.
 */
enum verdict verdict_http(const struct verdict_query *);

/* The closed list's code for an HTTP status: "Http503". */
#define VERDICT_CODE_MAX 16
const char *verdict_code(char out[VERDICT_CODE_MAX], int http);

#endif
