/* SPDX-License-Identifier: MIT */
#ifndef CONTROL_H
#define CONTROL_H

#include <stddef.h>
#include <stdint.h>

#include "arena.h"
#include "buf.h"
#include "err.h"
#include "json.h"
#include "when.h"

/*
 * Control lines travel with the data so that the end of the pipe knows which
 * window a sample came from (kqlpipe-streams(5)).  A stage passes each on with
 * the members it does not know: it edits the tree and writes the tree.
 */
enum control_kind {
	CONTROL_NONE, /* a data line */
	CONTROL_WINDOW,
	CONTROL_END,
	CONTROL_CONDITION,
};

/* A line of JSON rows or frames, or of Prometheus text. */
enum control_form {
	CONTROL_JSON, /* {"@window":{...}} */
	CONTROL_PROM, /* # @window {...} */
};

/* Which kind a line is, by its first bytes alone; cheap enough for each. */
enum control_kind control_peek(const char *line, size_t n, enum control_form);

/*
 * Read a control line: the object behind the key.  Returns NULL with ST_DATA.
 * It lives in the arena.
 */
struct json *control_parse(struct arena *, enum control_kind, const char *line,
    size_t n, enum control_form, struct err *);

/* Append a control line, newline included. */
void control_write(
    struct buf *, enum control_kind, const struct json *, enum control_form);

/* The members of a @window that stages act on.  All borrowed from the tree. */
struct window {
	const char *id;
	const char *namespace;
	const char *name;
	const char *rule; /* "" when none */
	const char *uid;
	int64_t generation;
	ticks start; /* whole seconds */
	ticks end;   /* exclusive; equal to start for the window that founds
	                a status */
	int64_t attempt;
	int again;             /* may have been sent before */
	int late;              /* newer windows may have gone before it */
	int pass_over;         /* its failure makes it a late window */
	ticks since;           /* first failed attempt, 0 when none */
	ticks settled;         /* nothing before it is owed to any of `to`, by
	                          the status; 0 when not said */
	ticks listed;          /* when its destinations were seen to be these;
	                          a later time has the newer list; 0 when not
	                          said */
	const struct json *to; /* array of names, or NULL: all */
	const struct json *destinations; /* array of names, or NULL */
	const struct json *transform;    /* object, or NULL */
	const struct json *tree;         /* the whole */
};

/* Fill w from the object of a @window.  Times must be whole seconds. */
int window_read(const struct json *, struct window *w, struct err *);

/* Whether a sender of that name (NULL: one with no --name) takes w. */
int window_is_for(const struct window *w, const char *destination);

/*
 * The error of an @end (kqlpipe-streams(5)); strings borrowed.  stage NULL
 * means there is none.
 */
struct end_error {
	const char *stage;
	const char *code;
	const char *message;
	int permanent;
	int64_t http;           /* status of the exchange; 0 when none */
	const char *request_id; /* NULL when none */
};

/* Read the "error" member of an @end; returns 1 if there is one, else 0. */
int end_error_read(const struct json *end, struct end_error *);

/* Set the "error" member of an @end, unless one is there already. */
void end_error_set(struct arena *, struct json *end, const char *stage,
    const char *code, const char *message, int permanent);

#endif
