/* SPDX-License-Identifier: MIT */
#ifndef GATE_H
#define GATE_H

#include <stddef.h>
#include <stdint.h>

#include "breaker.h"
#include "buf.h"
#include "map.h"
#include "when.h"

/* What answers the queries of many resources: one endpoint. */
struct gate {
	struct breaker breaker;
	int64_t running; /* queries planned and not done */
	ticks lag;       /* how far our clock is ahead of its own */
	ticks rest;      /* it wants to be left alone until then */
	struct progress *first, *last; /* the schedule's: who waits for room */
};

/* All of them; all zero but for jobs there is none yet. */
struct gates {
	int64_t jobs; /* queries at once of one endpoint; 0: any */
	struct map byname;
	struct buf running; /* struct query, of all of them */
};

/* What an endpoint says of itself with an answer. */
struct gate_news {
	int dated;   /* it tells the time */
	ticks ahead; /* how far our clock is ahead of its own; may be < 0 */
	ticks rest;  /* how long it wants to be left alone; 0: not said */
};

void gates_fini(struct gates *);

/* The gate of an endpoint, new when it was not asked for before; it stays
 * where it is until gates_fini. */
struct gate *gates_find(struct gates *, const char *endpoint);

/* Walk all, as map_next does. */
struct gate *gates_next(const struct gates *, size_t *at);

/* How many queries more an endpoint may have. */
int64_t gates_room(const struct gates *, const struct gate *);

/* A query is on its way under this ticket, which no other one has. */
void gates_enter(struct gates *, struct gate *, uint64_t ticket);

/* It is done, whatever became of who wanted it; unknown tickets are no
 * error. */
void gates_leave(struct gates *, uint64_t ticket);

/* Take what an endpoint says.  Returns 1 when windows may be due by that which
 * were not before. */
int gate_hear(struct gate *, const struct gate_news *, ticks now);

/* The clock was set back by `by`. */
void gates_step_back(struct gates *, ticks by);

#endif
