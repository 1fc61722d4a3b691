/* SPDX-License-Identifier: MIT */
#ifndef SEEN_H
#define SEEN_H

#include <stddef.h>
#include <stdint.h>

/* A set of texts, which are borrowed.  All zero is empty. */
struct seen {
	const char **slots;
	uint32_t *lens;
	size_t cap, n;
};

/* Add a text; returns 0 if it was there already. */
int seen_add(struct seen *, const char *text, size_t len);

void seen_fini(struct seen *);

#endif
