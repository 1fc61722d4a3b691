/* SPDX-License-Identifier: MIT */
#ifndef SHARD_H
#define SHARD_H

#include <stdint.h>

#include "err.h"

/* One of several parts of all resources; of 0: there is but one. */
struct shard {
	int64_t number, of; /* the first is 0 */
};

/* Read "I/N", N at most 65536.  Returns -1 with ST_USAGE. */
int shard_parse(struct shard *, const char *, struct err *);

/*
 * Whether a resource is of this part.  All instances, of whatever version,
 * must agree, so how it is found does not change.
 */
int shard_has(const struct shard *, const char *space, const char *name);

#endif
