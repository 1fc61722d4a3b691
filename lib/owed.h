/* SPDX-License-Identifier: MIT */
#ifndef OWED_H
#define OWED_H

#include <stddef.h>
#include <stdint.h>

#include "arena.h"
#include "err.h"
#include "json.h"
#include "receipt.h"
#include "when.h"

/*
 * What each destination of one resource (or rule) is still owed: the status,
 * the only memory of the pipeline (kqlpipe-streams(5)).  A destination is owed
 * every window from `next` on, and the late windows that carry its name.  The
 * functions are pure: a receipt in, the next status out.
 */
#define OWED_BACKLOG_MAX 100 /* entries; at it nothing more is passed over */

/* How the last attempts went. */
struct owed_tries {
	int64_t attempts;       /* failed since the last success */
	ticks first;            /* of them, 0 when none */
	ticks last;             /* of them, 0 when none */
	struct end_error error; /* of the last; stage NULL when none */
};

struct owed_dest {
	const char *name;
	ticks next; /* start of the window that it is owed next */
	int entry;  /* it has an entry in the backlog: it failed, and has not
	               caught up with the others since */
	ticks end;  /* of the window that failed, when entry */
	struct owed_tries tries;
	int fresh; /* put on the list while we looked, and has not answered */
};

/* A window that was passed over; it changes nothing in what else is owed. */
struct owed_late {
	const char *name; /* of the destination */
	ticks start;
	ticks end;
	struct owed_tries tries;
};

/* All zero is a resource without status.  Everything lives in its arena. */
struct owed {
	struct arena arena;
	int founded;        /* there is a status */
	ticks last;         /* lastSuccessfulExecution: what a destination
	                       without an entry is owed next, after a restart */
	int64_t generation; /* that the list of destinations comes from, or
	                       was last seen when there is no list yet */
	int listed;         /* dests are all; else only those with an entry */
	ticks listed_at;    /* when that list was set, 0 when not said */
	struct owed_dest *dests;
	size_t ndests;
	struct owed_late *lates;
	size_t nlates;
	size_t live; /* bytes of the arena when it was last tidied */
};

/* What a receipt has done. */
enum owed_effect {
	OWED_NOTHING, /* no change: held, begun, an earlier window, not ours */
	OWED_MOVED,   /* its destination was moved on, or a late window went */
	OWED_FAILED,  /* a failed attempt was counted */
	OWED_PASSED,  /* it failed and became a late window */
};

/*
 * Read a status object (NULL or empty: none yet) into o, which is reset.  Of
 * the condition .../Backlog, the fields, and upstream's cursor the first that
 * is there counts; a later cursor of upstream's moves destinations on.
 * Anything that cannot be understood is -1 with ST_DATA, never "new".
 */
int owed_read(struct owed *o, const struct json *status, struct err *e);

/*
 * What a status object says of its summary rules: a list of objects, each with
 * a name, of which owed_read takes one as a status; NULL: of none.  Read from
 * the condition .../Backlog, else from `rules`.  Lives in the arena and the
 * status.  -1 with ST_DATA for what cannot be understood.
 */
int owed_rules(struct arena *, const struct json *status,
    const struct json **rules, struct err *e);

/* The same of one rule: *part is NULL when there is nothing of it yet. */
int owed_rule(struct arena *, const struct json *status, const char *rule,
    const struct json **part, struct err *e);

/*
 * Set lastSuccessfulExecution and backlog in a status object; other members
 * stay.  Destinations that are owed the same share an entry.  Error messages
 * are cut to message bytes.
 */
void owed_write(
    struct arena *, const struct owed *, struct json *status, size_t message);

/*
 * Apply a receipt.  The first one founds the status; a receipt whose window is
 * not the one owed next changes nothing when earlier and makes the windows
 * between late when later.  Strings are copied.
 */
enum owed_effect owed_apply(struct owed *, const struct receipt *);

/*
 * Another exporter has exported what lies before its cursor: nobody is owed
 * that any more.  What is read of a status has it already; one in memory is
 * moved rather than read again, since a status does not say how far those have
 * come that are ahead of `last`.
 */
void owed_move(struct owed *, ticks cursor);

/* The destination by name, or NULL: then it is owed from `last` on. */
const struct owed_dest *owed_find(const struct owed *, const char *name);

/* Start of the oldest window that any destination is owed, late ones apart. */
ticks owed_oldest(const struct owed *);

/* Entries of the backlog as written. */
size_t owed_entries(const struct owed *);

/*
 * Whether the written status says all there is in o: no destination has gone
 * ahead of `last`, so that o may be dropped and read again.
 */
int owed_is_plain(const struct owed *);

void owed_fini(struct owed *);

#endif
