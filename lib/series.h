/* SPDX-License-Identifier: MIT */
#ifndef SERIES_H
#define SERIES_H

#include <stddef.h>
#include <stdint.h>

#include "arena.h"
#include "err.h"
#include "sample.h"

/*
 * Read the text of a series as it stands, labels in the arena in the order
 * that struct series has them.  Sets *len to the text's length.  Returns their
 * count, or 0 with e set: ST_DATA.
 */
size_t series_labels(struct arena *, const char *line, size_t n, size_t *len,
    struct sample_label **labels, struct err *e);

/* How the text of a series becomes the series that is sent. */
struct series_rules {
	int utf8; /* keep other characters in names; else each becomes _ */
	const struct sample_label
	    *extra; /* labels to add where a series lacks them */
	size_t nextra;
};

/*
 * Series by their text, so that each is read once.  It holds all it has seen:
 * who uses it drops it when it has grown and begins another.
 */
struct series_set;

/* A set; the rules are borrowed.  Sets are counted: hold adds a user, drop
 * takes one away and frees with the last.  new has one user. */
struct series_set *series_new(const struct series_rules *);
struct series_set *series_hold(struct series_set *);
void series_drop(struct series_set *);

/* A number that no earlier call gave, for series' marks. */
uint32_t series_mark(struct series_set *);

/* Bytes that it holds. */
size_t series_size(const struct series_set *);

/*
 * The series whose text begins a line.  Sets *len to that text's length.
 * Texts with the same labels are one series.  Returns NULL with e set: ST_DATA
 * for text that is not valid and a label name that comes twice, ST_SKIP where
 * names come twice only as the rules write them.  The series is good as long
 * as the set.
 */
struct series *series_find(struct series_set *, const char *line, size_t n,
    size_t *len, struct err *e);

#endif
