/* SPDX-License-Identifier: MIT */
#ifndef QUERY_TEXT_H
#define QUERY_TEXT_H

#include <stddef.h>

#include "arena.h"
#include "buf.h"
#include "err.h"
#include "when.h"

/* A name that queries may use and the text it stands for: _region, eastus. */
struct placeholder {
	const char *name;
	const char *value;
};

/* The cluster labels as placeholders, in the order of their names. */
struct placeholders {
	struct placeholder *v;
	size_t n;
};

/*
 * Add a cluster label: its name gets a leading underscore unless it has one,
 * and characters that no KQL identifier has become underscores.  Copies live
 * in the arena.  Two labels of one name, or one named as the window's own
 * _startTime and _endTime, are ST_USAGE.
 */
int placeholder_add(struct arena *, struct placeholders *, const char *label,
    const char *value, struct err *);

/* Where the body's lines are found in the text that is sent. */
struct query_text {
	int before; /* lines up to and with the last let statement */
	int prolog; /* of these, lines of the body that stay in front */
	int added;  /* how much further down the rest of the body is */
};

/*
 * Append the text that is sent for a window [start, end): the body behind the
 * let statements of the placeholders, _endTime one tick before end because
 * between takes both ends; a string literal that is exactly one placeholder
 * has its value.
 */
struct query_text query_text_build(struct buf *, const char *body, ticks start,
    ticks end, const struct placeholders *);

/* The line of the body for a line of the text; 0 when it is none. */
int query_text_line(const struct query_text *, int line);

#endif
