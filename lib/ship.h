/* SPDX-License-Identifier: MIT */
#ifndef SHIP_H
#define SHIP_H

#include <stddef.h>
#include <stdint.h>

#include "batch.h"
#include "codec.h"
#include "http.h"
#include "verdict.h"

/*
 * One batch on its way to a receiver: a request, tried again with backoff
 * while that may help, cut in halves when it is refused.  It is a machine that
 * its owner moves: with answers, with the clock.
 */

/* What is known of the receiver, for all batches that go there. */
struct ship_peer {
	struct http *http;
	struct codec codec;
	const char *const *headers; /* who we are; may change */
	int64_t timeout_ms;         /* that one request may take */
	int64_t retry_ms;           /* failures for so long open the breaker */
	int64_t failed_at;  /* ms: when this run of failures began; 0: none */
	int64_t tries;      /* failures in a row */
	int64_t not_before; /* ms: no request earlier */
	int open;           /* the breaker: one try at a time */
	uint64_t seed;      /* of the jitter */
	char reason[512];   /* of the last failure */
};

/* What became of samples, of all batches of a window. */
struct ship_count {
	int64_t taken;
	int64_t had;
	int64_t rejected;
	int64_t bytes; /* of bodies */
	int64_t requests;
	int64_t extra;  /* requests left for cutting in halves */
	int64_t logged; /* rejected samples that the log showed */
	int http;       /* the last status that refused or failed; 0: none */
	enum http_error error; /* why the last had no answer */
	char reason[512];      /* in words */
};

enum ship_state {
	SHIP_IDLE,   /* no batch */
	SHIP_READY,  /* to be sent as soon as the clock allows */
	SHIP_ASKED,  /* waits for the answer */
	SHIP_DONE,   /* each sample is counted */
	SHIP_FAILED, /* owed: see count for the reason */
};

struct ship {
	enum ship_state state;
	struct batch *batch; /* sealed; borrowed until idle again */
	struct ship_count *count;
	struct message *message; /* of the range in hand */
	struct ship_range {
		size_t from, to;
	} ranges[64]; /* still to go, the last first */
	size_t nranges;
	int64_t retries; /* of the range in hand */
	int again, late; /* the window's */
	int unsure;      /* an earlier try may have been taken */
	int once;        /* do not try again */
	size_t too_many; /* samples of the least request that was too big */
};

/* Begin with a sealed batch that is encoded. */
void ship_begin(
    struct ship *, struct batch *, struct message *, struct ship_count *);

/* Send if it is time, now in ms.  Returns -1 with e set when it cannot. */
int ship_go(struct ship *, struct ship_peer *, int64_t now, struct err *e);

/* Take the answer that http_take gave. */
void ship_answer(
    struct ship *, struct ship_peer *, const struct http_reply *, int64_t now);

#endif
