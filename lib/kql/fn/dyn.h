/* SPDX-License-Identifier: MIT */
#ifndef KQL_DYN_H
#define KQL_DYN_H

#include <stddef.h>

#include "buf.h"

/*
 * Values of type dynamic, in place: compact JSON that is valid.  Looking for a
 * member builds no tree.  Text that is no JSON gives nonsense, no harm.
 */
enum dyn_kind {
	DYN_NULL,
	DYN_BOOL,
	DYN_LONG,
	DYN_REAL,
	DYN_STRING,
	DYN_ARRAY,
	DYN_BAG,
};

/* A part of the text. */
struct dyn {
	const char *s;
	size_t n;
};

/* What the text is, by its first byte. */
enum dyn_kind dyn_kind(struct dyn);

/* Append the text of a string, which stands with its quotes. */
void dyn_text(struct buf *, struct dyn);

/* A walk over the elements of an array or the members of a bag. */
struct dyn_walk {
	const char *at, *end;
	int bag;
	struct dyn key; /* with its quotes */
	struct dyn value;
};

/* Begin; a value that is neither has no elements. */
void dyn_walk(struct dyn_walk *, struct dyn);

/* Go to the next one.  Returns 1, or 0 at the end. */
int dyn_next(struct dyn_walk *);

/* Is the key, as it stands in the text, this name? */
int dyn_key_is(struct dyn key, const char *name, size_t n);

/* Append text as the compact JSON in it.  Returns 0, or -1 if it is none. */
int dyn_parse(struct buf *, const char *, size_t n);

#endif
