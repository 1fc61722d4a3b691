/* SPDX-License-Identifier: MIT */
#include <microhttpd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "accept.h"
#include "buf.h"
#include "listen.h"
#include "log.h"
#include "mem.h"
#include "own.h"
#include "status.h"
#include "web.h"
#include "when.h"

#define CONNECTIONS 256 /* at once */
#define THREADS     2
#define IDLE_S      15         /* a connection that does nothing */
#define SCRAPE_MS   60000      /* of one page to one client */
#define BLOCK       (64 << 10) /* bytes of a page at a time */

struct web {
	struct web_config cf;
	struct MHD_Daemon *all, *probes;
};

/* What is asked for. */
struct ask {
	const struct web *web;
	struct MHD_Connection *c;
};

/* Queue an answer and let go of it. */
static enum MHD_Result
send_it(const struct ask *q, unsigned status, struct MHD_Response *r)
{
	enum MHD_Result done;

	if (r == NULL)
		return MHD_NO;
	done = MHD_queue_response(q->c, status, r);
	MHD_destroy_response(r);
	return done;
}

static struct MHD_Response *
text(const char *body, size_t n)
{
	struct MHD_Response *r = MHD_create_response_from_buffer(
	    n, (void *)(uintptr_t)body, MHD_RESPMEM_MUST_COPY);

	if (r != NULL)
		MHD_add_response_header(
		    r, "Content-Type", "text/plain; charset=utf-8");
	return r;
}

static enum MHD_Result
say(const struct ask *q, unsigned status, const char *body)
{
	return send_it(q, status, text(body, strlen(body)));
}

/* A page on its way to a client. */
struct scrape {
	struct view *view;
	struct view_at at;
	int64_t until; /* ms: it is cut off then */
};

static ssize_t
read_page(void *ctx, uint64_t pos, char *out, size_t max)
{
	struct scrape *s = ctx;
	size_t n;

	(void)pos;
	if (when_mono_ms() > s->until)
		return MHD_CONTENT_READER_END_WITH_ERROR;
	n = view_read(s->view, &s->at, out, max);
	return n > 0 ? (ssize_t)n : MHD_CONTENT_READER_END_OF_STREAM;
}

static ssize_t
read_gzip(void *ctx, uint64_t pos, char *out, size_t max)
{
	struct scrape *s = ctx;
	size_t n;

	if (when_mono_ms() > s->until)
		return MHD_CONTENT_READER_END_WITH_ERROR;
	n = view_read_gzip(s->view, pos, out, max);
	return n > 0 ? (ssize_t)n : MHD_CONTENT_READER_END_OF_STREAM;
}

static void
end_page(void *ctx)
{
	struct scrape *s = ctx;

	view_drop(s->view);
	free(s);
}

static const char *
header(const struct ask *q, const char *name)
{
	return MHD_lookup_connection_value(q->c, MHD_HEADER_KIND, name);
}

static enum MHD_Result
metrics_page(const struct ask *q)
{
	struct accept a = accept_page(header(q, "Accept"));
	struct form form = { a.openmetrics, a.escape };
	struct scrape *s = mem_new(1, sizeof(*s));
	int gzip = accept_gzip(header(q, "Accept-Encoding"));
	struct MHD_Response *r;
	char type[ACCEPT_TYPE];

	q->web->cf.scrapes->value++;
	s->until = when_mono_ms() + SCRAPE_MS;
	s->view = views_get(q->web->cf.views, form);
	r = MHD_create_response_from_callback(
	    gzip ? MHD_SIZE_UNKNOWN : view_len(s->view), BLOCK,
	    gzip ? read_gzip : read_page, s, end_page);
	if (r == NULL) {
		end_page(s);
		return MHD_NO;
	}
	accept_type(type, &a);
	MHD_add_response_header(r, "Content-Type", type);
	MHD_add_response_header(r, "Vary", "Accept, Accept-Encoding");
	if (gzip)
		MHD_add_response_header(r, "Content-Encoding", "gzip");
	return send_it(q, MHD_HTTP_OK, r);
}

static enum MHD_Result
probe(const struct ask *q, enum health_probe what)
{
	struct buf b = { 0 };
	unsigned status = health_ask(q->web->cf.health, what, &b);
	enum MHD_Result done = send_it(q, status, text(buf_str(&b), b.len));

	buf_fini(&b);
	return done;
}

static enum MHD_Result
healthz(const struct ask *q)
{
	return probe(q, HEALTH_LIVE);
}

static enum MHD_Result
readyz(const struct ask *q)
{
	return probe(q, HEALTH_READY);
}

/* The metrics of the tools themselves. */
static enum MHD_Result
own_metrics(const struct ask *q)
{
	enum MHD_Result done;
	struct MHD_Response *r;
	struct buf b = { 0 };
	struct err e;

	if (own_page(q->web->cf.health->dir, &b, &e) == -1) {
		buf_fini(&b);
		return say(q, MHD_HTTP_SERVICE_UNAVAILABLE, e.msg);
	}
	r = MHD_create_response_from_buffer(
	    b.len, (void *)(uintptr_t)buf_str(&b), MHD_RESPMEM_MUST_COPY);
	if (r != NULL)
		MHD_add_response_header(r, "Content-Type",
		    "text/plain; version=0.0.4; charset=utf-8");
	done = send_it(q, MHD_HTTP_OK, r);
	buf_fini(&b);
	return done;
}

/* The pages, and where they are. */
static const struct route {
	const char *path; /* NULL: that of --path */
	enum {
		WITH_DATA = 1,   /* of --listen */
		WITH_PROBES = 2, /* of --health-listen, and of --health-only */
	} where;
	enum MHD_Result (*page)(const struct ask *);
} routes[] = {
	{ NULL, WITH_DATA, metrics_page },
	{ "/healthz", WITH_DATA | WITH_PROBES, healthz },
	{ "/readyz", WITH_DATA | WITH_PROBES, readyz },
	{ "/metrics", WITH_PROBES, own_metrics },
};

static const struct route *
find(const struct web *w, const char *path, int probes)
{
	unsigned where =
	    probes || w->cf.views == NULL ? WITH_PROBES : WITH_DATA;

	for (size_t i = 0; i < sizeof(routes) / sizeof(*routes); i++) {
		const struct route *r = &routes[i];

		if (r->page == own_metrics && w->cf.health->dir == NULL)
			continue;
		if ((r->where & where) != 0 &&
		    strcmp(r->path != NULL ? r->path : w->cf.path, path) == 0)
			return r;
	}
	return NULL;
}

static enum MHD_Result
refuse_method(const struct ask *q)
{
	struct MHD_Response *r = text("GET or HEAD\n", 12);

	if (r != NULL)
		MHD_add_response_header(r, "Allow", "GET, HEAD");
	return send_it(q, MHD_HTTP_METHOD_NOT_ALLOWED, r);
}

static enum MHD_Result
answer(const struct web *w, int probes, struct MHD_Connection *c,
    const char *path, const char *method, size_t *body, void **state)
{
	static char seen;
	struct ask q = { .web = w, .c = c };
	const struct route *r = find(w, path, probes);
	int get = strcmp(method, MHD_HTTP_METHOD_GET) == 0 ||
	    strcmp(method, MHD_HTTP_METHOD_HEAD) == 0;

	/* At first only the head of a request is there. */
	if (*state == NULL && r != NULL && get) {
		*state = &seen;
		return MHD_YES;
	}
	*body = 0;
	if (r == NULL)
		return say(&q, MHD_HTTP_NOT_FOUND, "not found\n");
	return get ? r->page(&q) : refuse_method(&q);
}

static enum MHD_Result
on_any(void *ctx, struct MHD_Connection *c, const char *path,
    const char *method, const char *version, const char *data, size_t *n,
    void **state)
{
	(void)version;
	(void)data;
	return answer(ctx, 0, c, path, method, n, state);
}

static enum MHD_Result
on_probe(void *ctx, struct MHD_Connection *c, const char *path,
    const char *method, const char *version, const char *data, size_t *n,
    void **state)
{
	(void)version;
	(void)data;
	return answer(ctx, 1, c, path, method, n, state);
}

__attribute__((format(printf, 2, 0))) static void
on_log(void *ctx, const char *fmt, va_list ap)
{
	char line[300];
	size_t n;

	(void)ctx;
	vsnprintf(line, sizeof(line), fmt, ap);
	n = strcspn(line, "\n");
	line[n] = '\0';
	log_debug("http", KV_S("said", line));
}

/* Answer on a socket, which is the daemon's then. */
static struct MHD_Daemon *
start(struct web *w, int fd, MHD_AccessHandlerCallback on, struct err *e)
{
	struct MHD_Daemon *d;

	d = MHD_start_daemon(MHD_USE_EPOLL_INTERNAL_THREAD | MHD_USE_ERROR_LOG,
	    0, NULL, NULL, on, w, MHD_OPTION_EXTERNAL_LOGGER, on_log, NULL,
	    MHD_OPTION_LISTEN_SOCKET, fd, MHD_OPTION_THREAD_POOL_SIZE,
	    (unsigned)THREADS, MHD_OPTION_CONNECTION_LIMIT,
	    (unsigned)CONNECTIONS, MHD_OPTION_CONNECTION_TIMEOUT,
	    (unsigned)IDLE_S, MHD_OPTION_END);
	if (d == NULL) {
		close(fd);
		err_set(e, ST_RETRY, "the HTTP server does not start");
	}
	return d;
}

static int
open_one(struct web *w, const char *where, MHD_AccessHandlerCallback on,
    struct MHD_Daemon **d, struct err *e)
{
	int fd;

	if (where == NULL)
		return 0;
	if ((fd = listen_on(where, e)) == -1)
		return -1;
	return (*d = start(w, fd, on, e)) != NULL ? 0 : -1;
}

struct web *
web_new(const struct web_config *cf, struct err *e)
{
	struct web *w = mem_new(1, sizeof(*w));

	w->cf = *cf;
	if (open_one(w, cf->listen, on_any, &w->all, e) == 0 &&
	    open_one(w, cf->health_listen, on_probe, &w->probes, e) == 0)
		return w;
	web_free(w);
	return NULL;
}

void
web_free(struct web *w)
{
	if (w == NULL)
		return;
	if (w->all != NULL)
		MHD_stop_daemon(w->all);
	if (w->probes != NULL)
		MHD_stop_daemon(w->probes);
	free(w);
}
