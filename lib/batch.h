/* SPDX-License-Identifier: MIT */
#ifndef BATCH_H
#define BATCH_H

#include <stddef.h>
#include <stdint.h>

#include "sample.h"
#include "series.h"

/*
 * The samples of one request.  They are added as they come; batch_seal puts
 * the samples of a series together in order of time.  A batch that was set up
 * with batch_init is empty; it is used again after batch_reset.
 */
struct batch {
	size_t max_samples;
	size_t max_bytes; /* of the body, before compression, by estimate */
	struct series_set *set; /* held while there are samples */
	struct sample *v;
	size_t n;
	size_t bytes; /* estimate so far */
	size_t nseries;
	size_t doubles; /* series and time twice: the last stayed (seal) */
	uint32_t mark;
	struct sample *spare; /* for sorting */
	uint32_t *starts;     /* for sorting: by slot */
};

/* An empty batch with its limits; free it and its samples. */
void batch_init(struct batch *, size_t max_samples, size_t max_bytes);
void batch_fini(struct batch *);

/* Lower max_samples to n unless it is lower. */
void batch_limit(struct batch *, size_t n);

/* The bytes of a body that a sample takes, about: with its series, or behind
 * another sample of it (NULL). */
size_t batch_bytes(const struct series *);

/* Add a sample of a series of that set.  Returns 1 when the batch is full. */
int batch_add(struct batch *, struct series_set *, const struct sample *);

/* Order the samples: v[0..n) is then series by series, each in order of time,
 * no time twice. */
void batch_seal(struct batch *);

/* Empty it and let go of its set. */
void batch_reset(struct batch *);

#endif
