/* SPDX-License-Identifier: MIT */
#ifndef METADATA_H
#define METADATA_H

#include <stddef.h>

#include "map.h"

/* What TYPE, HELP and UNIT say of a family of metrics. */
struct family {
	int type;          /* a Metadata.MetricType; UNSPECIFIED: not said */
	char *help, *unit; /* NULL: not said */
};

/* The families that comments have told of.  All zero knows none. */
struct metadata {
	struct map families;
};

/* Read a comment; what is none of the three is read past. */
void metadata_read(struct metadata *, const char *line, size_t n);

/* The family of a metric: its own name's, or that of which it is the sum, the
 * count, a bucket or the total.  NULL: nothing was said of it. */
const struct family *metadata_of(const struct metadata *, const char *name);

void metadata_fini(struct metadata *);

#endif
