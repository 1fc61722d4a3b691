/* SPDX-License-Identifier: MIT */
#ifndef SHIP_H
#define SHIP_H

#include <stddef.h>
#include <stdint.h>

#include "codec.h"
#include "creds.h"
#include "dead.h"
#include "http.h"
#include "verdict.h"

/*
 * Samples on their way to a receiver: one request after the other, tried again
 * with backoff while that may help, cut in halves when it is refused.  It is a
 * machine that its owner moves: with answers, with the clock.
 */
#define SHIP_PIECES 40 /* requests that one may be asked to make */

/* What is known of the receiver, for all batches that go there. */
struct ship_peer {
	struct http *http;
	struct creds *creds;
	struct dead *dead; /* for what is refused; NULL: nowhere */
	struct codec codec;
	const char *const *headers; /* who we are; NULL: not known yet */
	int64_t timeout_ms;         /* that one request may take */
	int64_t retry_ms;           /* failures for so long open the breaker */
	int64_t failed_at;  /* ms: when this run of failures began; 0: none */
	int64_t tries;      /* failures in a row */
	int64_t round;      /* failures ever */
	int64_t not_before; /* ms: no request earlier */
	int open;           /* the breaker: one try at a time */
	int asked;          /* requests on their way */
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
	SHIP_IDLE,   /* nothing to carry */
	SHIP_READY,  /* to be sent as soon as the clock allows */
	SHIP_ASKED,  /* waits for the answer */
	SHIP_DONE,   /* each sample is counted */
	SHIP_FAILED, /* owed: see count for the reason */
};

/* What it carries: samples of one window, a series' together and in order. */
struct ship_cargo {
	const struct sample *v; /* borrowed until it is idle again */
	size_t n;
	struct ship_count *count;
	const struct window *w;
};

struct ship {
	enum ship_state state;
	struct ship_cargo cargo;
	struct message message; /* of the range in hand */
	struct ship_range {
		size_t from, to;
		int unsure; /* an earlier try may have been taken */
	} ranges[64];       /* still to go, the last first */
	size_t nranges;
	int64_t retries;    /* of the range in hand */
	int64_t round;      /* of the peer when it was sent */
	int64_t not_before; /* ms: no request earlier */
	int once;           /* do not try again */
	int renewed;        /* other credentials were asked for, for this try */
	size_t too_many;    /* samples of the least request that was too big */
};

/* Begin with a cargo, in so many requests. */
void ship_begin(struct ship *, struct ship_peer *, const struct ship_cargo *,
    size_t requests);

/* Whether it waits for the clock alone, and till when (ms). */
int ship_may_go(const struct ship *, const struct ship_peer *);
int64_t ship_when(const struct ship *, const struct ship_peer *);

/* Send if it is time, now in ms.  Returns -1 with e set when it cannot. */
int ship_go(struct ship *, struct ship_peer *, int64_t now, struct err *e);

/* It could not be sent, which counts as a failure. */
void ship_fail(struct ship *, struct ship_peer *, const char *why, int64_t now);

/* Take the answer that http_take gave: its ctx is the ship. */
void ship_answer(
    struct ship *, struct ship_peer *, const struct http_reply *, int64_t now);

#endif
