/* SPDX-License-Identifier: MIT */
#ifndef KQL_SLOT_H
#define KQL_SLOT_H

#include "err.h"

struct sqlite3;

/*
 * A slot: a SQLite database in a temporary file without a name, known by its
 * descriptor.  It is filled once, by this process or one forked from it, and
 * then only read; processes that share the descriptor share what is in it.
 */
#define SLOT_URI 80 /* bytes of its URI */

/* A new slot, to be closed with close(2).  Returns its descriptor or -1. */
int slot_new(struct err *e);

/* 1 if it has been filled. */
int slot_filled(int fd);

/* Puts a database together; returns 0, or -1 with e. */
typedef int slot_filler(void *ctx, struct sqlite3 *, struct err *e);

/*
 * Fill the slot unless it is.  Of the processes that ask one fills, the others
 * wait; when it fails or dies the next one starts afresh.  Returns 0 or -1.
 */
int slot_fill(int fd, slot_filler *, void *ctx, struct err *e);

/* The URI by which a connection opens or attaches a slot that is filled. */
void slot_uri(int fd, char uri[SLOT_URI]);

/* Open a filled slot read-only, to be closed with sqlite3_close; or NULL. */
struct sqlite3 *slot_open(int fd, struct err *e);

#endif
