/* SPDX-License-Identifier: MIT */
#ifndef STORE_H
#define STORE_H

#include <stddef.h>

#include "block.h"
#include "when.h"

/*
 * What is served: the newest window of each resource (of each rule).  One
 * thread puts windows in, others look at them; all calls are safe from any.
 */
struct store;

/* An empty one. */
struct store *store_new(void);
void store_free(struct store *);

/* The end of the window that is kept at key, or 0: there is none. */
ticks store_end(struct store *, const char *key);

/* Series of all resources but the one at key. */
size_t store_others(struct store *, const char *key);

/* Keep a block, which becomes the store's, of that window. */
void store_put(
    struct store *, const char *key, struct block *, ticks start, ticks end);

/* There is news of the resource at key, if one is kept: it is not gone. */
void store_hear(struct store *, const char *key);

/*
 * Forget a resource of which nothing was heard for two of its windows and some
 * ms.  Returns its key, to be freed, or NULL: there is none.
 */
char *store_expire(struct store *, int64_t ms);

/* Forget the window at key.  Returns whether there was one. */
int store_forget(struct store *, const char *key);

/* All blocks at this moment, by key, each held for the caller; *v is to be
 * freed.  Returns their count; *version changes with what is kept. */
size_t store_blocks(struct store *, struct block ***v, unsigned long *version);

/* What changes with what is kept. */
unsigned long store_version(struct store *);

/* Series and bytes of text of all. */
void store_size(struct store *, size_t *series, size_t *bytes);

#endif
