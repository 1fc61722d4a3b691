/* SPDX-License-Identifier: MIT */
#ifndef HTTP_H
#define HTTP_H

#include <poll.h>
#include <stddef.h>
#include <stdint.h>

#include "err.h"

/*
 * HTTP requests that never block: start some, wait for them and for other
 * descriptors in http_poll, take the answers.  TLS is verified, redirects are
 * answers like any other (a token must not travel), proxies come from the
 * environment.  Header values are never logged.
 */
struct http_config {
	const char *user_agent; /* all strings borrowed for http's life */
	const char *ca_file;    /* PEM; NULL: SSL_CERT_FILE, the system's */
	const char *cert_file;  /* client certificate, PEM; NULL: none */
	const char *key_file;
	const char *ca_pem; /* the same as text, which goes before the file */
	const char *cert_pem;
	const char *key_pem;
	const char *tls_name; /* the peer must be this; NULL: the URL's host */
	const char *proxy;    /* a URL; NULL: as the environment says */
	int insecure;         /* do not verify TLS; logged as a warning */
	int plain; /* only http://: TLS is not set up (saves memory) */
	int alone; /* a connection for each request at a time (HTTP/1.1): one
	            * that hangs is given up with it, and in nobody's way */
};

/*
 * Takes bytes of an answer's body as they come, unpacked; status is the
 * answer's.  Returns 0, or -1 to end the request, which is HTTP_BROKEN then.
 */
typedef int http_body(void *ctx, int status, const char *, size_t n);

/* What is borrowed stays good until the answer was taken. */
struct http_request {
	const char *method;
	const char *url;
	const char *const *headers; /* "Name: value", NULL ends; or NULL */
	const void *body;           /* NULL: none; borrowed */
	size_t body_len;
	int64_t connect_ms; /* time to connect; 0: 5 s */
	int64_t timeout_ms; /* time for the whole; 0: 30 s, -1: no limit */
	int64_t idle_ms;    /* time without a byte, in whole seconds; 0: any */
	size_t keep;        /* bytes of the answer's body to keep */
	http_body *take;    /* NULL: the body is only kept */
	int gzip;           /* the answer may come packed */
	int repeatable;     /* no harm if the peer gets it twice: it is sent
			     * again when a kept connection proves dead */
	int direct;         /* through no proxy */
	int http2;          /* HTTP/2 or nothing, without TLS too */
	const char *cert_pem; /* a client certificate instead of the client's */
	const char *key_pem;
	void *ctx; /* handed back with the answer */
};

/* Why there was no answer. */
enum http_error {
	HTTP_ANSWERED, /* there was one: see status */
	HTTP_RESOLVE,  /* the name has no address */
	HTTP_CONNECT,  /* nobody took the connection */
	HTTP_TLS,      /* the peer could not be trusted, or no common TLS */
	HTTP_TIMEOUT,
	HTTP_BROKEN, /* the connection ended or made no sense */
};

struct http_reply {
	void *ctx;
	enum http_error error;
	int status;             /* of the answer */
	int maybe_taken;        /* no answer, but the peer may have acted */
	int cut;                /* its body did not come whole, if answered */
	const char *reason;     /* no answer: why, in words */
	const char *body;       /* its first bytes, a NUL behind */
	size_t body_len;        /* bytes kept */
	size_t body_total;      /* bytes that came */
	int64_t retry_after_ms; /* 0: not said */
	int64_t date;           /* Date header, seconds since 1970; 0: none */
};

struct http;

/* A client.  Returns NULL with e set: ST_CONFIG for files it cannot use. */
struct http *http_new(const struct http_config *, struct err *e);
void http_free(struct http *);

/* Begin a request.  Returns -1 with e set (ST_USAGE) for a URL that is none. */
int http_start(struct http *, const struct http_request *, struct err *e);

/* Forget the requests of ctx that are on their way; no answer comes. */
void http_cancel(struct http *, const void *ctx);

/*
 * Wait until a request moves, one of fds[n] is ready (revents is set as poll
 * does), timeout_ms (-1: for ever) is over or a signal came.
 */
int http_poll(
    struct http *, struct pollfd *fds, size_t n, int timeout_ms, struct err *e);

/* Take an answer, or NULL; good until the next call of http_take. */
const struct http_reply *http_take(struct http *);

/* The first header of that name in r, up to its line's end; or NULL. */
const char *http_header(
    const struct http_reply *r, const char *name, size_t *len);

/* Check a URL: http or https with a host.  Returns 1 for https, 0 for http,
 * -1 with e set. */
int http_url(const char *url, struct err *e);

/* Whether a URL (that http_url has checked) is of this machine's loopback. */
int http_is_loopback(const char *url);

/* Whether nobody on the way to it can read a secret. */
int http_may_carry_token(const char *url);

#endif
