/* SPDX-License-Identifier: MIT */
#ifndef ARENA_H
#define ARENA_H

#include <stddef.h>

/*
 * The memory of one record: allocated piece by piece, dropped at once.
 * An arena that is all zero is ready for use.  Running out of memory ends the
 * process with ST_RETRY, so nothing here returns NULL.
 */
struct arena {
	struct arena_block *head; /* the block in use, older ones behind */
	size_t used;              /* bytes taken of head */
};

/* Memory for n bytes, aligned for any type; alloc leaves it unset. */
void *arena_alloc(struct arena *, size_t n);
void *arena_zalloc(struct arena *, size_t n);

/* Copies that live in the arena.  strndup and memdup end with a NUL. */
char *arena_strdup(struct arena *, const char *);
char *arena_strndup(struct arena *, const char *, size_t n);
char *arena_printf(struct arena *, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* Drop all that was allocated but keep one block for what comes. */
void arena_reset(struct arena *);

/* Bytes held from the system, to notice an arena that has grown. */
size_t arena_size(const struct arena *);

/* Give everything back; the arena is all zero again. */
void arena_fini(struct arena *);

#endif
