/* SPDX-License-Identifier: MIT */
#ifndef KUBE_H
#define KUBE_H

#include <poll.h>
#include <stddef.h>
#include <stdint.h>

#include "buf.h"
#include "err.h"
#include "http.h"
#include "json.h"
#include "kube_config.h"

/*
 * Requests to a Kubernetes API that never block: start some, wait for them and
 * for other descriptors in kube_poll, take the answers.  Credentials are had,
 * kept fresh and, after a 401, tried once more without the caller.
 */
struct kube;

/* config and what it holds are borrowed until kube_free; so is user_agent.
 * Returns NULL with e: ST_CONFIG for what cannot be used. */
struct kube *kube_new(
    const struct kube_config *, const char *user_agent, struct err *);
void kube_free(struct kube *);

struct kube_reply;

/* Takes the answer to one request, which is good for the call.  It may start
 * requests and cancel others. */
typedef void kube_done(void *ctx, const struct kube_reply *);

struct kube_request {
	const char *method; /* borrowed until the answer was taken */
	const char *path;   /* with its query; copied */
	const void *body;   /* NULL: none; copied */
	size_t body_len;
	const char *content_type; /* NULL: application/json; borrowed */
	http_body *take;    /* takes the body of a 2xx as it comes, and nothing
			     * of another answer; NULL: it is kept */
	size_t keep;        /* bytes to keep at most; 0: 4 MiB */
	int64_t timeout_ms; /* as of http.h */
	int64_t idle_ms;
	kube_done *done; /* kube_poll hands it the answer; NULL: kube_take */
	void *ctx;       /* for take and done, and handed back in the answer */
};

/* What an answer means for whoever asked. */
enum kube_outcome {
	KUBE_OK,        /* 2xx */
	KUBE_NOT_FOUND, /* 404: the object is gone, or its kind is none */
	KUBE_EXISTS,    /* 409 AlreadyExists */
	KUBE_CONFLICT,  /* 409: read it again */
	KUBE_GONE,      /* 410: list again */
	KUBE_DENIED,    /* 401, 403: credentials or RBAC */
	KUBE_INVALID,   /* another 4xx: asking again is no use */
	KUBE_BUSY,      /* 429: later */
	KUBE_TROUBLE,   /* 5xx, or no answer: later */
	KUBE_TOO_NEW,   /* 504: the server has not seen that resourceVersion */
};

/* What a Status object says; also that of a watch's ERROR event. */
struct kube_status {
	enum kube_outcome outcome;
	int code;               /* HTTP's; 0: there was no answer */
	const char *reason;     /* "Conflict", "Expired"; "" when not said */
	const char *message;    /* in words; never empty */
	int64_t retry_after_ms; /* 0: not said */
};

/*
 * What an object of kind Status tells, whatever it is; strings live as long as
 * the tree.  code: that of HTTP when the object has none.
 */
void kube_status_read(const struct json *, int code, struct kube_status *);

struct kube_reply {
	void *ctx;
	struct kube_status status;
	enum http_error error; /* why there was none, when status.code is 0 */
	int maybe_taken;       /* no answer, but the server may have acted */
	const char *body;      /* what was kept of it, a NUL behind */
	size_t body_len;
	size_t body_total; /* bytes that came: more than kept, it was cut */
	int64_t date;      /* its Date, seconds since 1970; 0: none */
};

/* Look for other credentials at the next request, as on SIGHUP. */
void kube_refresh(struct kube *);

/* Begin a request.  Returns -1 with e (ST_USAGE) for a path that is none. */
int kube_start(struct kube *, const struct kube_request *, struct err *);

/* Forget the requests of ctx; no answer comes, and take is not called. */
void kube_cancel(struct kube *, const void *ctx);

/* As http_poll: until a request moves, one of fds is ready, or the time.  Then
 * done is called for the requests that have one. */
int kube_poll(
    struct kube *, struct pollfd *fds, size_t n, int timeout_ms, struct err *);

/* Take an answer, or NULL; good until the next call of kube_take. */
const struct kube_reply *kube_take(struct kube *);

/* Add text to a path or query, what is not plain as %XX. */
void kube_quote(struct buf *, const char *);

#endif
