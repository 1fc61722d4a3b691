/* SPDX-License-Identifier: MIT */
#ifndef BLOCK_H
#define BLOCK_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include "arena.h"
#include "buf.h"
#include "err.h"
#include "map.h"
#include "metadata.h"
#include "out.h"
#include "sample.h"

/* What TYPE says of a metric that is served. */
enum block_type {
	BLOCK_GAUGE, /* also when nothing was said */
	BLOCK_COUNTER,
	BLOCK_UNTYPED,
};

/* The series of one metric. */
struct block_group {
	const char *name; /* as it is, any UTF-8 */
	const char *help; /* plain; NULL: not known */
	enum block_type type;
	size_t from, to; /* of the block's text: whole lines */
	int odd;         /* there are names that need quotes */
};

/*
 * The latest points of a window's series as Prometheus text, by name.  It is
 * never changed, and counted: what is served may be older than what is kept.
 */
struct block {
	atomic_int users;
	struct arena a; /* of names */
	struct block_group *v;
	size_t n;
	char *text;
	size_t len;
	size_t series;
	int stamps; /* lines have times */
};

/* Add a user; take one away, and free it with the last. */
struct block *block_hold(struct block *);
void block_drop(struct block *);

/*
 * Lines on their way to a block: the newest point of each series.  All zero is
 * empty; points need about the memory of their text.
 */
struct builder {
	struct buf keys; /* the text of series, one behind the other */
	struct builder_point *v;
	size_t n, cap;
	uint32_t *slots; /* of v, by key, from 1 */
	size_t nslots;
	struct arena a;
	struct map names; /* of metrics, to groups */
	struct builder_group **groups;
	size_t ngroups, groups_cap;
	struct buf key; /* of the point in hand */
};

/* Add a point of a series; value is its text.  Returns 1 if the series and time
 * were there (the newer line stays), else 0. */
int builder_add(struct builder *, const struct sample_label *, size_t nlabels,
    const char *value, size_t n, int64_t ms);

/* Make the block; metadata may tell of metrics, who (NULL: nobody) is in the
 * HELP of those that have none. */
struct block *builder_seal(
    struct builder *, const struct metadata *, const char *who, int stamps);

/* Write the points with their times, by metric.  -1 with e set. */
int builder_write(
    struct builder *, const struct metadata *, struct out *, struct err *e);

void builder_fini(struct builder *);

/* The bytes of a series at the start of a line of a block. */
size_t block_key(const char *line, size_t n, int stamps);

#endif
