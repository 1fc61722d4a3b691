/* SPDX-License-Identifier: MIT */
#ifndef CHANCE_H
#define CHANCE_H

#include <stdint.h>

/* Chance that a seed repeats, for tests that make up a world. */

/* A number from 0 to n - 1. */
int chance_roll(uint64_t *random, int n);

#define OUTAGES 16

/* Times, in seconds, in which something does not work. */
struct outages {
	struct {
		int from, to;
	} v[OUTAGES];
	int n;
};

/* Some in the first four fifths of `until`, of up to about `longest` each. */
void outages_plan(struct outages *, uint64_t *random, int until, int longest);

/* Is it in one of them? */
int outages_at(const struct outages *, int now);

#endif
