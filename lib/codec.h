/* SPDX-License-Identifier: MIT */
#ifndef CODEC_H
#define CODEC_H

#include <stddef.h>
#include <stdint.h>

#include "buf.h"
#include "control.h"
#include "http.h"
#include "sample.h"
#include "verdict.h"

/* A request as a codec made it. */
struct message {
	const char *url;            /* borrowed, as the headers are */
	const char *const *headers; /* what the body is; NULL ends */
	int form;                   /* the codec's own: how it was encoded */
	int http2;                  /* by HTTP/2 or not at all */
	struct buf body;
};

/* What an answer means for the samples of its request. */
struct judgement {
	enum verdict verdict;
	int64_t had, rejected;  /* of VERDICT_PART: all others are taken */
	int http;               /* the status that receipts and log give */
	int64_t retry_after_ms; /* of VERDICT_FAILED; 0: not said */
	const char *said;       /* in the receiver's words; good until the
	                           answer is taken or the codec judges again */
};

/*
 * How a protocol turns samples into requests and reads the answers.  A codec
 * may change its mind: VERDICT_OTHER has the samples encoded anew and sent at
 * once, and a message that was encoded before is judged by its form.
 */
struct codec {
	void *ctx;
	/* Make m the request for v[0..n): the samples of a series stand
	 * together, in order of time.  m is reused: set all but the body, which
	 * is replaced. */
	void (*encode)(
	    void *ctx, const struct sample *v, size_t n, struct message *m);
	/*
	 * Judge the answer to m.  q is what is known of the request, with
	 * status and body of an answer by HTTP; j is filled in from the same,
	 * its verdict that of verdict_http, for the codec to correct.  A
	 * protocol with codes of its own sets what corresponds in q and asks
	 * verdict_http again.
	 */
	void (*judge)(void *ctx, const struct message *m,
	    const struct http_reply *r, struct verdict_query *q,
	    struct judgement *j);
	/* A window begins, NULL: the one without a name; what is encoded from
	 * now on is of it.  NULL: the codec need not know. */
	void (*window)(void *ctx, const struct window *);
	/* A comment of the text, such as TYPE.  NULL: they mean nothing. */
	void (*comment)(void *ctx, const char *line, size_t n);
	int unsigned_time; /* a time before 1970 cannot be said */
	int stale;         /* the end of a series can: SAMPLE_STALE */
};

#endif
