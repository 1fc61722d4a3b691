/* SPDX-License-Identifier: MIT */
#ifndef PAGE_H
#define PAGE_H

#include <stddef.h>
#include <stdint.h>

#include "arena.h"
#include "block.h"
#include "rewrite.h"
#include "store.h"

/* Text to be sent as it stands. */
struct piece {
	const char *at;
	size_t len;
};

/*
 * A whole page, of all resources, metric by metric.  Most of its text is that
 * of the blocks, which it holds.
 */
struct page {
	struct block **blocks;
	size_t nblocks;
	struct arena a; /* text of its own */
	struct piece *v;
	size_t n, cap;
	size_t len; /* of all pieces */
	struct form form;
	unsigned long version; /* of the store */
	int64_t hidden;        /* series that are left out */
	const char *example;   /* the line of one of them */
	int64_t clashes;       /* metrics of which two types were said */
	const char *clash;     /* one of them */
};

/* Make the page of what is in the store now. */
void page_make(struct page *, struct store *, struct form);
void page_fini(struct page *);

#endif
