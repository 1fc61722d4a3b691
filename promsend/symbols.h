/* SPDX-License-Identifier: MIT */
#ifndef SYMBOLS_H
#define SYMBOLS_H

#include <stddef.h>
#include <stdint.h>

/*
 * The strings of one request of remote write 2.0, each once; the first is
 * empty.  All zero is ready for symbols_begin.
 */
struct symbols {
	const char **v; /* borrowed until the next begin */
	size_t n, cap;
	uint32_t *slots; /* places in v, by hash; 0: free */
	size_t nslots;   /* a power of two */
};

/* Forget all but the empty string. */
void symbols_begin(struct symbols *);

/* The place of a string, which is borrowed if it is new. */
uint32_t symbols_ref(struct symbols *, const char *);

void symbols_fini(struct symbols *);

#endif
