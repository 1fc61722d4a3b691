/* SPDX-License-Identifier: MIT */
#ifndef ACCOUNT_H
#define ACCOUNT_H

#include "owed.h"

/*
 * What became of every sample of a made-up world, and the promise of the
 * protocol: for every destination, every window from the first to what it is
 * owed next was delivered, is a late entry, is a dead letter, or was dropped
 * by --max-catchup, which a condition says.
 */
#define DESTS         3
#define ACCOUNT_STEP  5     /* seconds between samples */
#define ACCOUNT_FIRST -6000 /* second of the first */
#define ACCOUNT_UNITS 4400

enum fate {
	FATE_DELIVERED = 1,
	FATE_DEAD = 2,
	FATE_DROPPED = 4,
	FATE_ELSEWHERE = 8, /* another exporter says that it did it */
};

struct account {
	char fate[DESTS][ACCOUNT_UNITS]; /* bits of each sample */
	struct account_dest {
		int counts; /* `from` is known */
		ticks from; /* its first window starts here */
		int sure;   /* samples before it are accounted for */
	} dests[DESTS], saved[DESTS];
};

extern const char *const account_names[DESTS]; /* a, b, c */

/* Second 0 is a multiple of every interval used. */
ticks account_time(int second);

/* The first sample at or after t. */
int account_unit(ticks t);

/* Second of a sample. */
int account_second(int unit);

/* Note a fate of the samples of [start, end). */
void account_note(
    struct account *, int dest, ticks start, ticks end, enum fate);

/*
 * Whether the promise holds by a status, for the destinations whose bit is set;
 * prints the first sample that is lost.  A destination that is new to the
 * list counts from what it is owed when the status has taken that up.
 */
int account_holds(struct account *, const struct owed *, unsigned listed);

/* The status has been written; and all that came after that is forgotten. */
void account_save(struct account *);
void account_restore(struct account *);

/* The status says that all are owed what starts there. */
void account_start(struct account *, ticks start);

#endif
