/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

#include "http_transfer.h"
#include "log.h"
#include "status.h"

#define POLL_LONG 3600000 /* ms; curl cannot wait for ever */

static int
readable(const char *path, struct err *e)
{
	if (path != NULL && access(path, R_OK) == -1)
		return err_sys(e, ST_CONFIG, "%s", path);
	return 0;
}

/* Whom to trust: what the caller says, the environment, the system's. */
static const char *
ca_file(const struct http_config *cf)
{
	const char *file = getenv("SSL_CERT_FILE");

	if (cf->ca_file != NULL || cf->ca_pem != NULL || cf->plain)
		return cf->ca_file;
	return file != NULL && *file != '\0' ? file : NULL;
}

struct http *
http_new(const struct http_config *cf, struct err *e)
{
	const struct curl_calls *curl = curl_late(e);
	struct http *h;

	if (curl == NULL || readable(ca_file(cf), e) == -1 ||
	    readable(cf->cert_file, e) == -1 || readable(cf->key_file, e) == -1)
		return NULL;
	if (curl->global_init(
		cf->plain ? CURL_GLOBAL_NOTHING : CURL_GLOBAL_DEFAULT) != 0)
		http_no_memory();
	if ((h = calloc(1, sizeof(*h))) == NULL ||
	    (h->multi = curl->multi_init()) == NULL)
		http_no_memory();
	h->curl = curl;
	h->cf = *cf;
	h->cf.ca_file = ca_file(cf);
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
http_start(struct http *h, const struct http_request *rq, struct err *e)
{
	struct transfer *t;

	if (http_url(rq->url, e) == -1)
		return -1;
	t = transfer_get(h);
	transfer_set(t, rq);
	if (h->curl->multi_add_handle(h->multi, t->easy) != CURLM_OK)
		http_no_memory();
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

static void
move_done(struct http *h, CURL *easy, CURLcode code)
{
	struct transfer *t, **at = &h->busy;
	char *private;

	h->curl->easy_getinfo(easy, CURLINFO_PRIVATE, &private);
	t = (struct transfer *)private;
	transfer_finish(t, code);
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
