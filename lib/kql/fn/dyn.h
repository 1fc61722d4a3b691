/* SPDX-License-Identifier: MIT */
#ifndef KQL_DYN_H
#define KQL_DYN_H

#include <stddef.h>

#include "buf.h"
#include "when.h"

/*
 * Values of type dynamic, in place: compact JSON that is valid, but that the
 * values of types that JSON lacks are strings with a letter in front, DTGM for
 * datetime, timespan, guid and decimal: D"2024-05-01T00:00:00.0000000Z".  Who
 * writes JSON out leaves the letter out: dyn_json().  Looking for a member
 * builds no tree.  Text that is no JSON gives nonsense, no harm.
 */
enum dyn_kind {
	DYN_NULL,
	DYN_BOOL,
	DYN_LONG,
	DYN_REAL,
	DYN_STRING,
	DYN_DATETIME,
	DYN_TIMESPAN,
	DYN_GUID,
	DYN_DECIMAL,
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

/* Append the text of a string or of what is written as one, which stands with
 * its quotes. */
void dyn_text(struct buf *, struct dyn);

/* Append the JSON of it for the world outside, without letters. */
void dyn_json(struct buf *, struct dyn);

/* Append it without the blanks between its parts. */
void dyn_compact(struct buf *, struct dyn);

/* Append a value.  A NaN or an infinity is a string. */
void dyn_put_real(struct buf *, double);
void dyn_put_datetime(struct buf *, ticks);
void dyn_put_timespan(struct buf *, ticks);

/* Append text as a guid or a decimal (kind). */
void dyn_put_as(struct buf *, enum dyn_kind, const char *, size_t n);

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

/*
 * Append the elements of an array, as struct dyn, to a buf; they point into
 * its text.  Returns their number, or -1 when it is no array.
 */
ptrdiff_t dyn_elements(struct buf *, struct dyn);

/* Append an element to an array that is being written; n counts them. */
void dyn_add(struct buf *, size_t *n, struct dyn);

/* Two values as one of the other's kind, by value where both are numbers. */
int dyn_same(struct dyn, struct dyn);

/* Is the key, as it stands in the text, this name? */
int dyn_key_is(struct dyn key, const char *name, size_t n);

/* Append text as the compact JSON in it.  Returns 0, or -1 if it is none. */
int dyn_parse(struct buf *, const char *, size_t n);

#endif
