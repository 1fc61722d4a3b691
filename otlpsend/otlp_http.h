/* SPDX-License-Identifier: MIT */
#ifndef OTLP_HTTP_H
#define OTLP_HTTP_H

#include "buf.h"
#include "codec.h"
#include "otlp_message.h"

#define OTLP_HEADERS_MAX 64 /* of a request */
#define OTLP_MORE_MAX    56 /* of these, besides the codec's own */

/* OTLP over HTTP: what it needs between requests.  Zero but for the first
 * part it is ready. */
struct otlp_http {
	const char *url; /* borrowed, as all that is given */
	struct otlp_source *source;
	const char *const *more; /* headers besides its own; NULL: none */
	int json;                /* JSON, else protobuf */
	int gzip;

	const char *headers[OTLP_HEADERS_MAX + 1];
	struct arena a; /* one request's message, or one answer's */
	struct buf raw; /* not yet compressed */
};

/* The codec; it borrows o. */
struct codec otlp_http_codec(struct otlp_http *o);

void otlp_http_fini(struct otlp_http *);

/* End the list of n headers with more, OTLP_MORE_MAX at most. */
void otlp_headers(const char **list, size_t n, const char *const *more);

/* What a success with rejected points means (never sent again). */
void otlp_partial(const struct verdict_query *, int64_t rejected,
    const char *message, struct judgement *);

/* Make room for a message's bytes and pack it. */
void otlp_pack(struct buf *, const Otlp__Request *);

#endif
