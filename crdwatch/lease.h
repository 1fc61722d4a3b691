/* SPDX-License-Identifier: MIT */
#ifndef LEASE_H
#define LEASE_H

#include <stddef.h>
#include <stdint.h>

#include "buf.h"
#include "kube.h"
#include "when.h"

/*
 * Leader election on a Lease (coordination.k8s.io/v1) as client-go does it: a
 * machine that is told the time and the answers, and says what to ask.  Only
 * clocks of one machine are compared: a holder's lease runs from when its last
 * renewal was seen here.  All times are monotonic ms.
 */
struct lease {
	/* Set by the user, the rest zero. */
	const char *name, *space, *id; /* of the Lease; who we are; borrowed */
	int64_t duration, deadline, retry;
	uint64_t seed; /* for the jitter */

	enum {
		LEASE_LOOK, /* read it next */
		LEASE_MAKE, /* there is none */
		LEASE_TAKE, /* it was read just now, and is to be had */
		LEASE_KEEP  /* we hold it, and know it as it is */
	} step;
	int asked;         /* a request is on its way */
	int led, lost;     /* it was ours; it is no more, for good */
	int64_t begun;     /* of the last request */
	int64_t renewed;   /* begun of the last write that was taken */
	int64_t next;      /* no request before */
	struct buf object; /* as last read or written */
	struct buf spec;   /* its spec alone: another one is a renewal */
	int64_t seen;      /* when that spec was first seen */
	struct buf holder; /* of it */
	int64_t runs;      /* how long it holds from seen on */
};

#define LEASE_DURATION INT64_C(15000)
#define LEASE_DEADLINE INT64_C(10000)
#define LEASE_RETRY    INT64_C(2000)

/* What to ask the API server for now. */
enum lease_ask {
	LEASE_REST,
	LEASE_GET,
	LEASE_POST,
	LEASE_PUT,
};

/*
 * The next request, which is then on its way: answer it before the next call.
 * For a write the object is added to body, now in real time for its members.
 */
enum lease_ask lease_next(
    struct lease *, int64_t now, ticks wall, struct buf *body);

/* The answer to it, and its body when it was good. */
void lease_answer(
    struct lease *, enum kube_outcome, const char *body, size_t n, int64_t now);

/* Whether it is ours, and so whether to go on; once lost, it stays so. */
int lease_leads(struct lease *, int64_t now);
int lease_lost(struct lease *, int64_t now);

/* When to look at it again though nothing has come. */
int64_t lease_due(const struct lease *);

/* How long the request on its way may take. */
int64_t lease_patience(const struct lease *, int64_t now);

void lease_fini(struct lease *);

#endif
