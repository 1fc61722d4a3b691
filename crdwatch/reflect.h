/* SPDX-License-Identifier: MIT */
#ifndef REFLECT_H
#define REFLECT_H

#include <stdint.h>

#include "arena.h"
#include "buf.h"
#include "err.h"
#include "items.h"
#include "json.h"
#include "kube.h"

/*
 * One kind of object of a Kubernetes API, kept in step: a list, in chunks, then
 * watches from its version on, and a list again when the server has forgotten
 * that version.  A state machine without a socket: it says what to ask and
 * when, and is fed with what comes.
 */

/* Takes an object that is there, or, when gone, was.  The text is the tree. */
typedef void reflect_put(
    void *ctx, int gone, struct json *object, const char *text, size_t n);

/* A list is whole: what it did not bring is not there any more. */
typedef void reflect_listed(void *ctx);

struct reflect {
	/* Set these, and zero the rest. */
	const char *plural;    /* "metricsexporters" */
	const char *namespace; /* NULL: all */
	reflect_put *put;
	reflect_listed *whole;
	void *ctx;
	uint64_t seed; /* any number: who failed together comes back apart */

	uint64_t list;         /* number of the list that objects come from */
	int listed;            /* there was a whole one */
	int running;           /* a request is on its way */
	int64_t due;           /* when to ask, monotonic ms, unless it runs */
	int64_t seconds;       /* that the server is to take at most */
	int64_t fails;         /* in a row */
	struct err last;       /* of them */
	int64_t lists, failed; /* whole ones, and requests, so far */

	int watches;        /* it is a watch that is next, or running */
	int latest;         /* list what is newest, whatever we have seen */
	int unlimited;      /* list in one piece */
	struct buf version; /* seen last */
	struct buf more;    /* where the next chunk begins; empty: the first */
	struct items items;
	struct arena scratch;   /* of the object being read */
	int64_t began;          /* of the request, monotonic ms */
	int64_t objects;        /* of it */
	int broken;             /* its answer makes no sense: see last */
	enum kube_outcome told; /* by an ERROR event, when broken */
};

/* Begin the request that is due: append its path, with its query. */
void reflect_ask(struct reflect *, struct buf *path, int64_t now);

/* Bytes of a good answer.  Returns -1 when there is no use in more. */
int reflect_feed(struct reflect *, const char *, size_t n);

/* The answer has ended so. */
void reflect_end(struct reflect *, const struct kube_reply *, int64_t now);

/* Forget the request that was running, and list. */
void reflect_again(struct reflect *);

/* Give the memory back. */
void reflect_fini(struct reflect *);

#endif
