/* SPDX-License-Identifier: MIT */
#ifndef SAMPLE_H
#define SAMPLE_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define SAMPLE_NAME "__name__" /* the label that holds the metric's name */

/* A label of a series; both texts end in NUL and hold none. */
struct sample_label {
	const char *name;
	const char *value;
};

/*
 * A series as senders know it: sorted by label name byte by byte, no name
 * twice, no empty value, the metric's name among them as SAMPLE_NAME.
 */
struct series {
	const struct sample_label *labels;
	size_t nlabels;
	size_t bytes;  /* of all names and values */
	uint32_t slot; /* a batch's own: its place in the batch */
	uint32_t mark; /* a batch's own: which batch slot is of */
};

/* The one in-memory sample. */
struct sample {
	struct series *series;
	double value;
	int64_t ms; /* since 1970, UTC */
};

/*
 * A value of its own that says that a series has ended: a NaN that Prometheus
 * and remote write know by its bits, and text by a word of ours.
 */
#define SAMPLE_STALE "StaleNaN"

static inline double
sample_stale(void)
{
	uint64_t bits = 0x7ff0000000000002;
	double v;

	memcpy(&v, &bits, sizeof(v));
	return v;
}

static inline int
sample_is_stale(double v)
{
	double stale = sample_stale();

	return memcmp(&v, &stale, sizeof(v)) == 0;
}

/*
 * A byte of a plain name, one that needs no quotes: a letter, _ and, but for
 * the first one, a digit; names of metrics may have colons.
 */
static inline int
sample_plain_char(char c, int first, int colon)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
	    (colon && c == ':') || (!first && c >= '0' && c <= '9');
}

/* Whether n bytes are a plain name of a metric (colon) or a label. */
static inline int
sample_plain_name(const char *s, size_t n, int colon)
{
	for (size_t i = 0; i < n; i++)
		if (!sample_plain_char(s[i], i == 0, colon))
			return 0;
	return n > 0;
}

#endif
