/* SPDX-License-Identifier: MIT */
#ifndef JOURNAL_H
#define JOURNAL_H

#include <stddef.h>

#include "buf.h"

/*
 * The receipts and conditions of one resource since its status was written,
 * to be applied again to a status that somebody else has changed.  What says
 * the same together as one is made one, so it stays small however long that
 * is.
 */
struct journal {
	struct buf b;   /* for each its mark, its line and a newline */
	size_t sent;    /* bytes that a write on its way says */
	size_t applied; /* bytes that what is known has in it */
	size_t fold_at; /* bytes at which to make it small */
};

/* What an entry is, by its first byte. */
enum journal_mark {
	JOURNAL_NEW = '?',    /* a receipt whose effect is not known yet */
	JOURNAL_MOVED = 'm',  /* a receipt, and what it did */
	JOURNAL_FAILED = 'f', /* ... */
	JOURNAL_PASSED = 'p', /* ... */
	JOURNAL_CONDITION = 'c',
};

struct journal_entry {
	enum journal_mark mark;
	const char *line;
	size_t n;
};

/* Put an entry behind the others; it is applied unless its mark is NEW. */
void journal_add(
    struct journal *, enum journal_mark, const char *line, size_t n);

/* The entry at *at, which moves on to the next; 0 when *at is `to`. */
int journal_next(
    const struct journal *, size_t *at, size_t to, struct journal_entry *);

/* Forget what was sent: it is written. */
void journal_drop_sent(struct journal *);

/* Forget all from that byte on. */
void journal_cut(struct journal *, size_t from);

void journal_fini(struct journal *);

#endif
