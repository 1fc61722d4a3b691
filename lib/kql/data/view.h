/* SPDX-License-Identifier: MIT */
#ifndef KQL_VIEW_H
#define KQL_VIEW_H

#include "buf.h"
#include "err.h"
#include "gz.h"

/*
 * The part of a file that a reader of records has in view: it asks for more
 * until a record is whole, and moves head behind what it has taken.  A record
 * is at most IO_LINE_MAX bytes.
 */
struct view {
	struct gz *in;    /* borrowed */
	const char *name; /* of the file, for messages; borrowed */
	struct buf data;
	size_t head; /* the first byte not yet taken */
	int begun;   /* something was read */
	int eof;     /* nothing is left to read */
};

/* Begin at the file's first byte; in and name stay the caller's. */
void view_init(struct view *, struct gz *in, const char *name);

/* Give the memory back. */
void view_fini(struct view *);

/*
 * Read more behind what is in view, what was taken is dropped; a byte order
 * mark in front of the file is too.  line is where the record begins.  Returns
 * 0, or -1 with e.
 */
int view_more(struct view *, long line, struct err *e);

#endif
