/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <poll.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "buf.h"
#include "curl_late.h"
#include "http.h"
#include "log.h"
#include "status.h"

#define HEADERS_MAX   16384   /* bytes of an answer's headers that are kept */
#define RECEIVE_SIZE  16384   /* curl's buffer, of which answers need little */
#define POLL_LONG     3600000 /* ms; curl cannot wait for ever */
#define CONNECT_MS    5000
#define TIMEOUT_MS    30000
#define KEEPIDLE_SEC  120L
#define RETRY_MAX_SEC 86400 /* a longer Retry-After is a mistake */

/* One request on its way, or an easy handle that waits for one. */
struct transfer {
	struct transfer *next; /* in http's idle, busy or done list */
	struct http *http;
	CURL *easy;
	struct curl_slist *headers;
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
	/* Load balancers forget a connection on which nothing moves. */
	curl->easy_setopt(c, CURLOPT_TCP_KEEPALIVE, 1L);
	curl->easy_setopt(c, CURLOPT_TCP_KEEPIDLE, KEEPIDLE_SEC);
	if (cf->ca_file != NULL)
		curl->easy_setopt(c, CURLOPT_CAINFO, cf->ca_file);
	if (cf->cert_file != NULL)
		curl->easy_setopt(c, CURLOPT_SSLCERT, cf->cert_file);
	if (cf->key_file != NULL)
		curl->easy_setopt(c, CURLOPT_SSLKEY, cf->key_file);
	if (cf->insecure) {
		curl->easy_setopt(c, CURLOPT_SSL_VERIFYPEER, 0L);
		curl->easy_setopt(c, CURLOPT_SSL_VERIFYHOST, 0L);
	}
}

static void
transfer_free(struct transfer *t)
{
	if (t->easy != NULL)
		t->http->curl->easy_cleanup(t->easy);
	t->http->curl->slist_free_all(t->headers);
	buf_fini(&t->got_headers);
	buf_fini(&t->got_body);
	free(t);
}

static void
no_memory(void)
{
	log_error("out of memory", KV_S("where", "http"));
	exit(ST_RETRY);
}

/* An idle transfer, or a new one. */
static struct transfer *
transfer_get(struct http *h)
{
	struct transfer *t = h->idle;

	if (t != NULL) {
		h->idle = t->next;
		return t;
	}
	if ((t = calloc(1, sizeof(*t))) == NULL ||
	    (t->easy = h->curl->easy_init()) == NULL)
		no_memory();
	t->http = h;
	easy_setup(t);
	return t;
}

static void
transfer_put(struct http *h, struct transfer *t)
{
	h->curl->slist_free_all(t->headers);
	t->headers = NULL;
	t->next = h->idle;
	h->idle = t;
}

static int
readable(const char *path, struct err *e)
{
	if (path != NULL && access(path, R_OK) == -1)
		return err_sys(e, ST_CONFIG, "%s", path);
	return 0;
}

struct http *
http_new(const struct http_config *cf, struct err *e)
{
	const struct curl_calls *curl = curl_late(e);
	struct http *h;

	if (curl == NULL || readable(cf->ca_file, e) == -1 ||
	    readable(cf->cert_file, e) == -1 || readable(cf->key_file, e) == -1)
		return NULL;
	if (curl->global_init(
		cf->plain ? CURL_GLOBAL_NOTHING : CURL_GLOBAL_DEFAULT) != 0)
		no_memory();
	if ((h = calloc(1, sizeof(*h))) == NULL ||
	    (h->multi = curl->multi_init()) == NULL)
		no_memory();
	h->curl = curl;
	h->cf = *cf;
	h->done_end = &h->done;
	if (cf->insecure)
		log_warn("TLS is not verified: anybody may read and answer");
	return h;
}

void
http_free(struct http *h)
{
	struct transfer *t;

	if (h == NULL)
		return;
	if (h->taken != NULL)
		transfer_put(h, h->taken);
	while ((t = h->done) != NULL) {
		h->done = t->next;
		transfer_put(h, t);
	}
	while ((t = h->busy) != NULL) {
		h->busy = t->next;
		h->curl->multi_remove_handle(h->multi, t->easy);
		transfer_put(h, t);
	}
	while ((t = h->idle) != NULL) {
		h->idle = t->next;
		transfer_free(t);
	}
	buf_fini(&h->fds);
	h->curl->multi_cleanup(h->multi);
	h->curl->global_cleanup();
	free(h);
}

int
http_url(const char *url, struct err *e)
{
	const struct curl_calls *curl = curl_late(e);
	char *scheme = NULL, *host = NULL, *user = NULL;
	int tls = -1;
	CURLU *u;

	if (curl == NULL)
		return -1;
	if ((u = curl->url()) == NULL)
		no_memory();
	if (curl->url_set(u, CURLUPART_URL, url, CURLU_NON_SUPPORT_SCHEME) ||
	    curl->url_get(u, CURLUPART_SCHEME, &scheme, 0) ||
	    curl->url_get(u, CURLUPART_HOST, &host, 0) || *host == '\0')
		err_set(e, ST_USAGE, "\"%s\" is no URL", url);
	else if (curl->url_get(u, CURLUPART_USER, &user, 0) == CURLUE_OK)
		err_set(e, ST_USAGE,
		    "a URL must not hold credentials: "
		    "they belong in a file");
	else if (strcasecmp(scheme, "https") == 0)
		tls = 1;
	else if (strcasecmp(scheme, "http") == 0)
		tls = 0;
	else
		err_set(e, ST_USAGE, "\"%s\" is neither http nor https", url);
	curl->free(scheme);
	curl->free(host);
	curl->free(user);
	curl->url_cleanup(u);
	return tls;
}

static void
add_header(struct transfer *t, const char *line)
{
	struct curl_slist *more = t->http->curl->slist_append(t->headers, line);

	if (more == NULL)
		no_memory();
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
	curl->easy_setopt(c, CURLOPT_PROXY, rq->direct ? "" : NULL);
	curl->easy_setopt(
	    c, CURLOPT_SEEKFUNCTION, rq->repeatable ? on_seek : NULL);
}

int
http_start(struct http *h, const struct http_request *rq, struct err *e)
{
	const struct curl_calls *curl = h->curl;
	struct transfer *t;
	long connect = (long)(rq->connect_ms ? rq->connect_ms : CONNECT_MS);
	long whole = (long)(rq->timeout_ms ? rq->timeout_ms : TIMEOUT_MS);

	if (http_url(rq->url, e) == -1)
		return -1;
	t = transfer_get(h);
	set_answer(t, rq);
	for (size_t i = 0; rq->headers != NULL && rq->headers[i] != NULL; i++)
		add_header(t, rq->headers[i]);
	add_header(t, "Expect:"); /* do not wait for a 100 */
	set_method(t, rq);
	curl->easy_setopt(t->easy, CURLOPT_URL, rq->url);
	curl->easy_setopt(t->easy, CURLOPT_HTTPHEADER, t->headers);
	curl->easy_setopt(t->easy, CURLOPT_CONNECTTIMEOUT_MS, connect);
	curl->easy_setopt(t->easy, CURLOPT_TIMEOUT_MS, whole);
	if (curl->multi_add_handle(h->multi, t->easy) != CURLM_OK)
		no_memory();
	t->next = h->busy;
	h->busy = t;
	return 0;
}

void
http_cancel(struct http *h, const void *ctx)
{
	struct transfer *t, **at = &h->busy;

	while ((t = *at) != NULL) {
		if (t->reply.ctx != ctx) {
			at = &t->next;
			continue;
		}
		*at = t->next;
		h->curl->multi_remove_handle(h->multi, t->easy);
		transfer_put(h, t);
	}
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

/* Fill in the answer of a transfer that ended with code. */
static void
finish(struct transfer *t, CURLcode code)
{
	const struct curl_calls *curl = t->http->curl;
	struct http_reply *r = &t->reply;
	curl_off_t after = 0;
	long status = 0, sent = 0;

	curl->easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &status);
	curl->easy_getinfo(t->easy, CURLINFO_REQUEST_SIZE, &sent);
	r->error = error_of(code);
	/* A status is an answer even when the body behind it was cut. */
	if (code != CURLE_OK && status >= 400)
		r->error = HTTP_ANSWERED;
	r->status = r->error == HTTP_ANSWERED ? (int)status : 0;
	r->maybe_taken = r->error != HTTP_ANSWERED && sent > 0;
	r->reason =
	    t->reason[0] != '\0' ? t->reason : curl->easy_strerror(code);
	r->body = buf_str(&t->got_body);
	r->body_len = t->got_body.len;
	curl->easy_getinfo(t->easy, CURLINFO_RETRY_AFTER, &after);
	if (after > RETRY_MAX_SEC)
		after = RETRY_MAX_SEC;
	r->retry_after_ms = (int64_t)after * 1000;
	r->date = date_of(r);
}

static void
move_done(struct http *h, CURL *easy, CURLcode code)
{
	struct transfer *t, **at = &h->busy;
	char *private;

	h->curl->easy_getinfo(easy, CURLINFO_PRIVATE, &private);
	t = (struct transfer *)private;
	finish(t, code);
	h->curl->multi_remove_handle(h->multi, easy);
	while (*at != t)
		at = &(*at)->next;
	*at = t->next;
	t->next = NULL;
	*h->done_end = t;
	h->done_end = &t->next;
}

/* Let the transfers go on as far as they can without waiting. */
static int
perform(struct http *h, struct err *e)
{
	CURLMcode rc;
	CURLMsg *m;
	int running, left;

	if ((rc = h->curl->multi_perform(h->multi, &running)) != CURLM_OK)
		return err_set(
		    e, ST_RETRY, "http: %s", h->curl->multi_strerror(rc));
	while ((m = h->curl->multi_info_read(h->multi, &left)) != NULL)
		if (m->msg == CURLMSG_DONE)
			move_done(h, m->easy_handle, m->data.result);
	return 0;
}

static short
to_curl(short events)
{
	return (short)((events & POLLIN ? CURL_WAIT_POLLIN : 0) |
	    (events & POLLOUT ? CURL_WAIT_POLLOUT : 0));
}

int
http_poll(
    struct http *h, struct pollfd *fds, size_t n, int timeout_ms, struct err *e)
{
	struct curl_waitfd *extra;
	CURLMcode rc;

	if (perform(h, e) == -1)
		return -1;
	buf_reset(&h->fds);
	extra = (void *)buf_reserve(&h->fds, n * sizeof(*extra));
	for (size_t i = 0; i < n; i++)
		extra[i] = (struct curl_waitfd){ .fd = fds[i].fd,
			.events = to_curl(fds[i].events) };
	rc = h->curl->multi_poll(h->multi, extra, (unsigned)n,
	    h->done != NULL      ? 0
		: timeout_ms < 0 ? POLL_LONG
				 : timeout_ms,
	    NULL);
	if (rc != CURLM_OK)
		return err_set(
		    e, ST_RETRY, "http: %s", h->curl->multi_strerror(rc));
	/* curl does not tell of a pipe whose writer has gone: ask again. */
	if (n > 0 && poll(fds, (nfds_t)n, 0) == -1 && errno != EINTR)
		return err_sys(e, ST_RETRY, "poll");
	return perform(h, e);
}

const struct http_reply *
http_take(struct http *h)
{
	struct transfer *t = h->done;

	if (h->taken != NULL)
		transfer_put(h, h->taken);
	if ((h->taken = t) == NULL)
		return NULL;
	if ((h->done = t->next) == NULL)
		h->done_end = &h->done;
	return &t->reply;
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
