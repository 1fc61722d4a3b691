/* SPDX-License-Identifier: MIT */
#ifndef WRITER_H
#define WRITER_H

#include <stddef.h>

#include "buf.h"
#include "err.h"
#include "spool.h"

/*
 * Standard output that is never waited for: what does not fit the pipe now is
 * written when poll says so.  A window goes out whole before anything else.
 */
struct writer {
	int fd;
	int flags;          /* of fd before O_NONBLOCK, or -1 */
	struct buf text;    /* goes first */
	size_t done;        /* bytes of it written */
	struct spool *body; /* goes behind text, or NULL; borrowed */
	struct buf tail;    /* goes behind body */
	struct buf later;   /* lines that came while a window goes out */
};

/* Take over fd: where its reader can make a writer wait, it no longer does. */
void writer_init(struct writer *, int fd);

/* Gives fd its flags back. */
void writer_fini(struct writer *);

/* Where control lines may be added, windows apart. */
struct buf *writer_lines(struct writer *);

/* Whether writer_window may be called. */
int writer_ready(const struct writer *);

/* Send head, body (may be NULL) and tail; the body until writer_ready again. */
void writer_window(struct writer *, const struct buf *head, struct spool *body,
    const struct buf *tail);

/* Whether anything waits to be written. */
int writer_waits(const struct writer *);

/* Write what can be written now, a megabyte at most.  -1 with ST_RETRY. */
int writer_pump(struct writer *, struct err *);

#endif
