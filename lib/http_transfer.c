/* SPDX-License-Identifier: MIT */
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "http_advice.h"
#include "http_transfer.h"
#include "log.h"
#include "status.h"

#define HEADERS_MAX   16384 /* bytes of an answer's headers that are kept */
#define RECEIVE_SIZE  16384 /* curl's buffer, of which answers need little */
#define CONNECT_MS    5000
#define TIMEOUT_MS    30000
#define KEEPIDLE_SEC  120L
#define CA_CACHE_SEC  60L
#define KEEPINTVL_SEC 15L   /* so a peer that is gone is known in minutes */
#define RETRY_MAX_SEC 86400 /* a longer Retry-After is a mistake */

static struct transfer *
transfer_of(const struct http_reply *r)
{
	return (struct transfer *)((const char *)r -
	    offsetof(struct transfer, reply));
}

static size_t
on_header(char *p, size_t size, size_t n, void *ctx)
{
	struct transfer *t = ctx;

	/* An answer behind a 100 or a proxy's own starts afresh. */
	if (n > 5 && strncmp(p, "HTTP/", 5) == 0)
		buf_reset(&t->got_headers);
	if (t->got_headers.len + n <= HEADERS_MAX)
		buf_add(&t->got_headers, p, n);
	return size * n;
}

static size_t
on_body(char *p, size_t size, size_t n, void *ctx)
{
	struct transfer *t = ctx;
	size_t room = t->keep - t->got_body.len;
	long status = 0;

	buf_add(&t->got_body, p, n < room ? n : room);
	t->reply.body_total += n;
	if (t->take == NULL)
		return size * n;
	t->http->curl->easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &status);
	return t->take(t->reply.ctx, (int)status, p, n) == 0 ? size * n : 0;
}

/*
 * The body of the request.  curl cannot read it again, and so does not send a
 * request twice by itself when a connection ends without an answer: what may
 * have been taken is for the caller to know.
 */
static size_t
on_read(char *p, size_t size, size_t n, void *ctx)
{
	struct transfer *t = ctx;

	n *= size;
	if (n > t->body_len - t->body_at)
		n = t->body_len - t->body_at;
	if (n > 0)
		memcpy(p, t->body + t->body_at, n);
	t->body_at += n;
	return n;
}

/* Read it again, which only a repeatable request allows. */
static int
on_seek(void *ctx, curl_off_t at, int from)
{
	struct transfer *t = ctx;

	if (from != SEEK_SET || at < 0 || (size_t)at > t->body_len)
		return CURL_SEEKFUNC_FAIL;
	t->body_at = (size_t)at;
	return CURL_SEEKFUNC_OK;
}

/* What is the same for each request of this client. */
static void
easy_setup(struct transfer *t)
{
	const struct curl_calls *curl = t->http->curl;
	const struct http_config *cf = &t->http->cf;
	CURL *c = t->easy;

	curl->easy_setopt(c, CURLOPT_PRIVATE, t);
	curl->easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
	curl->easy_setopt(
	    c, CURLOPT_PROTOCOLS_STR, cf->plain ? "http" : "http,https");
	if (cf->alone)
		curl->easy_setopt(
		    c, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	curl->easy_setopt(c, CURLOPT_FOLLOWLOCATION, 0L);
	curl->easy_setopt(c, CURLOPT_BUFFERSIZE, (long)RECEIVE_SIZE);
	curl->easy_setopt(c, CURLOPT_ERRORBUFFER, t->reason);
	curl->easy_setopt(c, CURLOPT_HEADERFUNCTION, on_header);
	curl->easy_setopt(c, CURLOPT_HEADERDATA, t);
	curl->easy_setopt(c, CURLOPT_WRITEFUNCTION, on_body);
	curl->easy_setopt(c, CURLOPT_WRITEDATA, t);
	curl->easy_setopt(c, CURLOPT_READFUNCTION, on_read);
	curl->easy_setopt(c, CURLOPT_READDATA, t);
	curl->easy_setopt(c, CURLOPT_SEEKDATA, t);
	curl->easy_setopt(c, CURLOPT_USERAGENT, cf->user_agent);
	/* A CA file that was replaced counts soon, not after a day. */
	curl->easy_setopt(c, CURLOPT_CA_CACHE_TIMEOUT, CA_CACHE_SEC);
	/* Load balancers forget a connection on which nothing moves. */
	curl->easy_setopt(c, CURLOPT_TCP_KEEPALIVE, 1L);
	curl->easy_setopt(c, CURLOPT_TCP_KEEPIDLE, KEEPIDLE_SEC);
	curl->easy_setopt(c, CURLOPT_TCP_KEEPINTVL, KEEPINTVL_SEC);
}

static void
drop_lists(struct transfer *t)
{
	t->http->curl->slist_free_all(t->headers);
	t->http->curl->slist_free_all(t->route);
	t->headers = t->route = NULL;
}

void
transfer_free(struct transfer *t)
{
	if (t->easy != NULL)
		t->http->curl->easy_cleanup(t->easy);
	drop_lists(t);
	buf_fini(&t->got_headers);
	buf_fini(&t->got_body);
	free(t);
}

void
http_no_memory(void)
{
	log_error("out of memory", KV_S("where", "http"));
	exit(ST_RETRY);
}

/* An idle transfer, or a new one. */
struct transfer *
transfer_get(struct http *h)
{
	struct transfer *t = h->idle;

	if (t != NULL) {
		h->idle = t->next;
		return t;
	}
	if ((t = calloc(1, sizeof(*t))) == NULL ||
	    (t->easy = h->curl->easy_init()) == NULL)
		http_no_memory();
	t->http = h;
	easy_setup(t);
	return t;
}

void
transfer_put(struct http *h, struct transfer *t)
{
	drop_lists(t);
	t->next = h->idle;
	h->idle = t;
}

void
transfer_header(struct transfer *t, const char *line)
{
	struct curl_slist *more = t->http->curl->slist_append(t->headers, line);

	if (more == NULL)
		http_no_memory();
	t->headers = more;
}

static void
set_method(struct transfer *t, const struct http_request *rq)
{
	const struct curl_calls *curl = t->http->curl;
	int post = strcmp(rq->method, "POST") == 0;
	CURL *c = t->easy;

	curl->easy_setopt(c, CURLOPT_HTTPGET, 1L);
	curl->easy_setopt(c, CURLOPT_CUSTOMREQUEST, NULL);
	t->body = rq->body;
	t->body_len = rq->body != NULL ? rq->body_len : 0;
	t->body_at = 0;
	if (rq->body != NULL || post) {
		curl->easy_setopt(c, CURLOPT_POST, 1L);
		curl->easy_setopt(
		    c, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)t->body_len);
	}
	if (!post && strcmp(rq->method, "GET") != 0)
		curl->easy_setopt(c, CURLOPT_CUSTOMREQUEST, rq->method);
}

static void
set_answer(struct transfer *t, const struct http_request *rq)
{
	const struct curl_calls *curl = t->http->curl;
	CURL *c = t->easy;

	buf_reset(&t->got_headers);
	buf_reset(&t->got_body);
	t->reason[0] = '\0';
	t->keep = rq->keep;
	t->take = rq->take;
	t->reply = (struct http_reply){ .ctx = rq->ctx };
	curl->easy_setopt(c, CURLOPT_ACCEPT_ENCODING, rq->gzip ? "gzip" : NULL);
	curl->easy_setopt(
	    c, CURLOPT_SEEKFUNCTION, rq->repeatable ? on_seek : NULL);
}

/* How long it may take, as a whole and between two bytes. */
static void
set_limits(struct transfer *t, const struct http_request *rq)
{
	const struct curl_calls *curl = t->http->curl;
	int64_t connect = rq->connect_ms != 0 ? rq->connect_ms : CONNECT_MS;
	int64_t whole = rq->timeout_ms != 0 ? rq->timeout_ms : TIMEOUT_MS;

	curl->easy_setopt(t->easy, CURLOPT_CONNECTTIMEOUT_MS, (long)connect);
	curl->easy_setopt(
	    t->easy, CURLOPT_TIMEOUT_MS, whole > 0 ? (long)whole : 0L);
	curl->easy_setopt(
	    t->easy, CURLOPT_LOW_SPEED_LIMIT, rq->idle_ms > 0 ? 1L : 0L);
	curl->easy_setopt(
	    t->easy, CURLOPT_LOW_SPEED_TIME, (long)(rq->idle_ms / 1000));
}

/*
 * HTTP/2 without a word before it, where TLS does not settle it.  libcurl
 * before 8.0 cannot use such a connection again (curl's issue 10634).
 */
static void
set_version(struct transfer *t, int http2)
{
	const struct curl_calls *curl = t->http->curl;
	int once = LIBCURL_VERSION_NUM < 0x080000 && t->http->cf.plain;

	curl->easy_setopt(t->easy, CURLOPT_HTTP_VERSION,
	    http2 ? (long)CURL_HTTP_VERSION_2_PRIOR_KNOWLEDGE
		  : (long)CURL_HTTP_VERSION_NONE);
	curl->easy_setopt(
	    t->easy, CURLOPT_FORBID_REUSE, http2 && once ? 1L : 0L);
}

void
transfer_set(struct transfer *t, const struct http_request *rq)
{
	set_answer(t, rq);
	set_method(t, rq);
	set_limits(t, rq);
	for (size_t i = 0; rq->headers != NULL && rq->headers[i] != NULL; i++)
		transfer_header(t, rq->headers[i]);
	transfer_header(t, "Expect:"); /* do not wait for a 100 */
	transfer_route(t, rq);
	set_version(t, rq->http2);
	t->http->curl->easy_setopt(t->easy, CURLOPT_HTTPHEADER, t->headers);
}

static enum http_error
error_of(CURLcode code)
{
	switch (code) {
	case CURLE_OK:
		return HTTP_ANSWERED;
	case CURLE_COULDNT_RESOLVE_HOST:
	case CURLE_COULDNT_RESOLVE_PROXY:
		return HTTP_RESOLVE;
	case CURLE_COULDNT_CONNECT:
		return HTTP_CONNECT;
	case CURLE_SSL_CONNECT_ERROR:
	case CURLE_PEER_FAILED_VERIFICATION:
	case CURLE_SSL_CERTPROBLEM:
	case CURLE_SSL_CIPHER:
	case CURLE_SSL_CACERT_BADFILE:
	case CURLE_SSL_ISSUER_ERROR:
		return HTTP_TLS;
	case CURLE_OPERATION_TIMEDOUT:
		return HTTP_TIMEOUT;
	default:
		return HTTP_BROKEN;
	}
}

static int64_t
date_of(const struct http_reply *r)
{
	char text[64];
	const char *v;
	size_t n;
	time_t t;

	if ((v = http_header(r, "Date", &n)) == NULL || n >= sizeof(text))
		return 0;
	memcpy(text, v, n);
	text[n] = '\0';
	t = transfer_of(r)->http->curl->getdate(text, NULL);
	return t == -1 ? 0 : (int64_t)t;
}

/* Why there was no answer, in words. */
static const char *
reason_of(struct transfer *t, CURLcode code)
{
	size_t n = strlen(t->reason);
	const char *advice;

	if (n == 0)
		return t->http->curl->easy_strerror(code);
	advice = http_advice(t->reason);
	if (error_of(code) == HTTP_TLS && advice != NULL)
		snprintf(t->reason + n, sizeof(t->reason) - n, ": %s", advice);
	return t->reason;
}

/* Fill in the answer of a transfer that ended with code. */
void
transfer_finish(struct transfer *t, CURLcode code)
{
	const struct curl_calls *curl = t->http->curl;
	struct http_reply *r = &t->reply;
	curl_off_t after = 0;
	long status = 0, sent = 0;

	curl->easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &status);
	curl->easy_getinfo(t->easy, CURLINFO_REQUEST_SIZE, &sent);
	r->error = error_of(code);
	/* A status is an answer even when the body behind it was cut. */
	r->cut = code != CURLE_OK && status >= 400;
	if (r->cut)
		r->error = HTTP_ANSWERED;
	r->status = r->error == HTTP_ANSWERED ? (int)status : 0;
	r->maybe_taken = r->error != HTTP_ANSWERED && sent > 0;
	r->reason = reason_of(t, code);
	r->body = buf_str(&t->got_body);
	r->body_len = t->got_body.len;
	curl->easy_getinfo(t->easy, CURLINFO_RETRY_AFTER, &after);
	if (after > RETRY_MAX_SEC)
		after = RETRY_MAX_SEC;
	r->retry_after_ms = (int64_t)after * 1000;
	r->date = date_of(r);
}

const char *
http_header(const struct http_reply *r, const char *name, size_t *len)
{
	const struct transfer *t = transfer_of(r);
	const char *at = buf_str(&t->got_headers), *end;
	size_t n = strlen(name);

	for (; *at != '\0'; at = end + 1) {
		if ((end = strchr(at, '\n')) == NULL)
			return NULL;
		if (strncasecmp(at, name, n) != 0 || at[n] != ':')
			continue;
		at += n + 1;
		at += strspn(at, " \t");
		*len = strcspn(at, "\r\n");
		return at;
	}
	return NULL;
}
