/* SPDX-License-Identifier: MIT */
#ifndef MAP_H
#define MAP_H

#include <stddef.h>

/*
 * A map from strings to pointers.  Keys are copied, values are the caller's.
 * A map that is all zero is empty and ready.  Running out of memory ends the
 * process with ST_RETRY.
 */
struct map {
	struct map_entry *slots;
	size_t cap;
	size_t len; /* entries */
};

/* The value at key, or NULL. */
void *map_get(const struct map *, const char *key);

/* Set key to value (not NULL); returns the value it replaced, or NULL. */
void *map_put(struct map *, const char *key, void *value);

/* Remove key; returns its value, or NULL. */
void *map_del(struct map *, const char *key);

/*
 * Walk: start with *at = 0; returns each value in no order, its key by keyp
 * when that is not NULL, and NULL at the end.  No put or del while walking.
 */
void *map_next(const struct map *, size_t *at, const char **keyp);

/* Give the memory back, leaving values alone. */
void map_fini(struct map *);

#endif
