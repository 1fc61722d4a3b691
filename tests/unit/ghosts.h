/* SPDX-License-Identifier: MIT */
#ifndef GHOSTS_H
#define GHOSTS_H

#include "../../kqlrun/schedule.h"

/*
 * Other resources of a made-up world, which share a destination with its own:
 * so that a destination's breaker opens, tries and closes.  What is planned of
 * them is answered at once, and shown soon.
 */
#define GHOSTS 6

struct ghosts {
	int n; /* 0: there are none */
	int dest;
	struct ghost {
		int next;     /* second at which the window owed next starts */
		int attempts; /* failed, of that */
		ticks first, last; /* of them */
		int shows;         /* when its status comes; 0: it has come */
	} v[GHOSTS];
};

struct world;

/* All share that destination, and are owed windows from now on. */
void ghosts_init(struct ghosts *, int dest);

/* The schedule was started: it gets to know them. */
void ghosts_boot(struct world *);

/* Whether a plan is of one of them; then it has been seen to. */
int ghosts_take(struct world *, const struct sched_plan *);

/* Show what has become of them. */
void ghosts_step(struct world *);

/* Whether all that was due a minute ago has gone. */
int ghosts_are_settled(const struct world *);

#endif
