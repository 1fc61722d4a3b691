/* SPDX-License-Identifier: MIT */
#ifndef WORLD_H
#define WORLD_H

#include "../../kqlrun/schedule.h"
#include "account.h"
#include "chance.h"
#include "ghosts.h"
#include "hold.h"
#include "owed.h"

/*
 * The pipeline of one resource in a made-up world: the real schedule, hold
 * rule, judgement and status, and around them pipes, outages, kills, edits and
 * a clock that is set.
 */
#define PIPE  3 /* windows that a pipe holds */
#define JOBS  2 /* queries at once */
#define QUEUE 4096
#define OLD   64
#define BADS  8

/* A window on its way. */
struct message {
	struct window w;
	int to[DESTS];
	int life;   /* of the resource */
	int failed; /* its query did */
	int down;   /* as there was nobody to answer it */
	int probe;  /* nobody gets it */
	int drop;   /* it is too old for --max-catchup */
	int ready;  /* when its query answers */
	uint64_t ticket;
};

struct sender {
	struct hold hold;
	struct message pipe[PIPE];
	int npipe;
	int busy; /* with pipe[0] */
	int since;
	int tried; /* without an answer */
};

/* A receipt on its way to the status; or a status to the schedule. */
struct mail {
	int at;
	struct receipt r;
	char *text;
};

/* What goes wrong in a history. */
struct troubles {
	int until; /* seconds; then all is well */
	struct outages down[DESTS], queries, disk;
	struct {
		int from, to, until; /* queries of these samples fail so long */
	} bad[BADS];
	int nbad;
	int deadly;   /* seconds between kills, about; 0: there are none */
	int edits;    /* the same, of edits */
	int steps;    /* of the clock being set */
	int rebirths; /* of the resource being deleted, and made anew */
	int servers;  /* of the clock of what answers queries being set */
	int others;   /* of another exporter saying how far it has come */
	int deaf;     /* of the answer to a write of the status being lost */
	int leaks;    /* windows may vanish on their way to a sender */
	int repeats;  /* receipts may come again */
	int slow;     /* receipts may take long */
	int ghosts;   /* other resources share a destination (ghosts.h) */
};

struct world {
	uint64_t random;
	int now;  /* seconds */
	int skew; /* of our clock */
	struct troubles trouble;

	/* The resource. */
	int ndests;
	unsigned listed; /* destinations that it names now, a bit each */
	int interval, delay;
	int by_rule, until; /* a rule has summarised so far */
	int64_t generation;
	int has_uid;
	int life;  /* counts objects of that name, made one after the other */
	int gone;  /* it is deleted until then; 0: it is there */
	int packs; /* its status has but conditions */

	/* kqlrun. */
	struct sched_opts opts;
	struct sched *sched;
	int known;       /* the life that it has seen */
	int seen;        /* of that, a status */
	int known_until; /* how far its rule has come */
	int probed;      /* and a window behind one that fails has answered */
	int rest;        /* the endpoint wants that until then, by our clock */
	ticks shown[DESTS]; /* what each is owed next, by the newest status */
	ticks shown_last;
	struct message jobs[JOBS];
	int njobs;
	int server;     /* skew of what answers queries */
	int lag;        /* how far our clock was ahead of that */
	size_t backlog; /* entries that it was shown last */
	struct ghosts ghosts;

	/* The senders, and how far each receiver has come. */
	struct sender senders[DESTS];
	struct receipt begun[DESTS];
	int newest[DESTS];

	/* crdstatus, and mail to it and from it. */
	struct mail receipts[QUEUE], views[QUEUE];
	int nreceipts, nviews;
	struct receipt old[OLD]; /* to come again */
	int nold;
	struct owed owed;
	int dirty;                    /* when it became so, or -1 */
	struct receipt unsaid[QUEUE]; /* since it was written */
	int nunsaid, sent; /* of these by a write without an answer */
	int stale;         /* somebody else has written it since */
	ticks cursor;      /* of that */
	int moves;         /* that moves what is known, else it is read again */
	char *file;
	ticks last; /* lastSuccessfulExecution as last written */

	struct account account;
	int broken; /* a claim was wrong */
	int tells;  /* its story (tell.h) */
};

/* What has to be so; the first that is not is printed, and breaks the world. */
#define CLAIM_TEXT(line) #line
#define CLAIM_LINE(line) CLAIM_TEXT(line)
#define CLAIM(w, cond) \
	world_claim((w), (cond), #cond, __FILE__ ":" CLAIM_LINE(__LINE__))
void world_claim(struct world *, int ok, const char *what, const char *where);

extern struct arena world_scratch;

/* What all worlds came to. */
extern struct world_total {
	int windows, dead, needless, passed, dropped, checks;
	int others, conflicts, full;
} world_total;

/* A world by its seed, that tells its story or not; and give it back. */
struct world *world_new(uint64_t seed, int tells);
void world_free(struct world *);

/* Start all stages: what they had in memory is gone. */
void world_boot(struct world *);

/* Let a second pass, trouble included. */
void world_step(struct world *);

/* Whether all has been done that may be. */
int world_is_settled(const struct world *);

/* A number from 0 to n - 1. */
int world_roll(struct world *, int n);

/* The time by our clock. */
ticks world_clock(const struct world *);

/* Is it out now? */
int world_is_out(const struct world *, const struct outages *);

/* About once in so many seconds, while there is trouble. */
int world_happens(struct world *, int seconds);

/* kqlrun forgets the resource. */
void world_unsee(struct world *);

/* Forget the statuses on their way. */
void world_drop_views(struct world *);

/* Somebody sees the status as it is written, soon. */
void world_mail(struct world *);

/* The generation of the spec as it is now. */
void world_set_generation(struct world *);

/* The status comes back to the schedule; NULL: there is none. */
void world_show(struct world *, const char *status);

/* Read a status as it was written. */
struct owed world_status(struct world *, const char *text);

/* A list of destinations, for good. */
const struct json *world_list(unsigned listed);

/* The uid of the resource in one of its lives. */
const char *world_uid(const struct world *, int life);

#endif
