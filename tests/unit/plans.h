/* SPDX-License-Identifier: MIT */
#ifndef PLANS_H
#define PLANS_H

#include "../../kqlrun/schedule.h"
#include "arena.h"
#include "when.h"

/*
 * A schedule at work, for tests: status and clock in, windows out.  Times are
 * minutes of one day; a plan reads "12:00-12:05 a,b #1".
 */
extern struct plans {
	struct arena a;
	struct sched *s;
	struct sched_spec spec; /* of m/n: 5 minutes, to a and b */
	struct sched_plan plan; /* the last one */
	ticks wake;
	ticks now; /* of that */
} plans;

/* HH:MM. */
ticks plans_at(const char *);

/* A new schedule. */
void plans_start(const char *now, struct sched_opts);

/* The next plan in short, or "-" and when to ask again; the same, and put on
 * the pipe; and what became of the last. */
const char *plans_next(const char *now);
const char *plans_run(const char *now);
void plans_done(int good);

/* An entry of a backlog: destinations, start, attempts, more. */
const char *plans_entry(const char *names, const char *from, const char *to,
    int attempts, const char *last, const char *more);

/* The status of the resource comes. */
void plans_show(const char *now, const char *last, const char *backlog);

/* Give everything back. */
void plans_fini(void);

#endif
