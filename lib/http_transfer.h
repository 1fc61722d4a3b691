/* SPDX-License-Identifier: MIT */
#ifndef HTTP_TRANSFER_H
#define HTTP_TRANSFER_H

#include <stdint.h>

#include "buf.h"
#include "curl_late.h"
#include "http.h"

/* What http.h is made of: one request of curl's, from start to answer. */

/* One request on its way, or an easy handle that waits for one. */
struct transfer {
	struct transfer *next; /* in http's idle, busy or done list */
	struct http *http;
	CURL *easy;
	struct curl_slist *headers;
	struct curl_slist *route; /* where the TLS name really is */
	struct buf got_headers;
	struct buf got_body;
	size_t keep;
	const char *body; /* of the request, of which so much was sent */
	size_t body_len, body_at;
	http_body *take;
	char reason[CURL_ERROR_SIZE];
	struct http_reply reply; /* first come, first served by http_take */
};

struct http {
	const struct curl_calls *curl;
	struct http_config cf;
	CURLM *multi;
	struct transfer *idle;
	struct transfer *busy;
	struct transfer *done, **done_end;
	struct transfer *taken; /* what http_take gave out last */
	struct buf fds;         /* other descriptors, as curl wants them */
};

/* Memory is out: the end of the process with ST_RETRY. */
void http_no_memory(void) __attribute__((noreturn));

/* An idle transfer, or a new one; and back. */
struct transfer *transfer_get(struct http *);
void transfer_put(struct http *, struct transfer *);
void transfer_free(struct transfer *);

/* Make it that request, whose URL http_url has taken. */
void transfer_set(struct transfer *, const struct http_request *);

/* Set where it goes, through what, and who each end is. */
void transfer_route(struct transfer *, const struct http_request *);

/* Add a header, "Name: value". */
void transfer_header(struct transfer *, const char *line);

/* Fill in the answer of one that ended with code. */
void transfer_finish(struct transfer *, CURLcode code);

#endif
