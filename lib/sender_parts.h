/* SPDX-License-Identifier: MIT */
#ifndef SENDER_PARTS_H
#define SENDER_PARTS_H

#include <stddef.h>
#include <stdint.h>

#include "ahead.h"
#include "answer.h"
#include "aside.h"
#include "fleet.h"
#include "hold.h"
#include "parcels.h"
#include "sender.h"
#include "taken.h"

/* What sender.c and sender_lines.c share, and nobody else sees. */
#define SERIES_BYTES (5 << 18) /* a set that has grown so far is dropped */

/* What is done with the samples of the window in hand. */
enum plan {
	PLAN_SEND,
	PLAN_PASS,  /* another sender's: read past, say nothing */
	PLAN_COUNT, /* it will not be sent: count its samples */
};

struct sender {
	const struct sender_config *cf;
	struct metric *metrics;
	int out;
	struct ahead ahead;
	struct ship_peer peer;
	struct fleet fleet;
	struct parcels parcels;
	struct series_set *set;
	struct hold hold;
	struct answer win;
	enum plan plan;
	int held;         /* the window has to wait for an older one */
	int at_end;       /* it was read; what is on its way is awaited */
	int last;         /* it ends the run: take no more lines */
	int64_t line;     /* in the window, from 1 */
	int64_t first;    /* ms: when the batch got its first sample */
	int64_t now;      /* ms, monotonic */
	int64_t wall;     /* ms since 1970 */
	struct buf next;  /* a line to take once the window is answered */
	int skipped;      /* samples were rejected */
	struct err err;   /* code not ST_OK: why the run will not end well */
	const char *code; /* of err, for the window that it ends */
	struct taken taken;
	int hopeless;         /* the window is given up if it fails again */
	struct aside whole;   /* the lines of a hopeless one */
	struct aside refused; /* here, unsent */
	const char *refused_why;
};

/* Write the receipt of the window in hand. */
int sender_say(struct sender *, enum receipt_status, struct err *e);

/* Drop samples that will not be sent after all. */
void sender_drop(struct sender *);

/* Close the batch that is filled: it is to be sent. */
void sender_seal(struct sender *);

/* Make a dead letter of what was refused here. */
void sender_bury_refused(struct sender *);

/* The window was read: drop what must not be sent, send the rest. */
void sender_end_window(struct sender *);

/* Do what a line says.  Returns -1 with e set for one that makes no sense. */
int sender_line(struct sender *, const char *line, size_t n, struct err *e);

#endif
