/* SPDX-License-Identifier: MIT */
#ifndef TRANSFORM_H
#define TRANSFORM_H

#include "arena.h"
#include "err.h"
#include "fields.h"
#include "json.h"

/*
 * How rows become samples: the "transform" of a resource and of a @window.
 * Strings are borrowed from the tree it was read from, and NULL when not given
 * (or given as "").
 */
struct transform {
	const char *value_column;  /* exactly one of this ... */
	struct strs value_columns; /* ... and this, each name once */
	const char *metric_name_column;
	const char *default_metric_name;
	const char *metric_name_prefix;
	const char *timestamp_column; /* NULL: the window's end */
	struct strs label_columns;    /* each name once */
};

/*
 * Read and check an object; place says where it stands ("spec.transform").
 * Returns -1 with ST_DATA and the member that is wrong.
 */
int transform_read(struct arena *, const struct json *, const struct place *,
    struct transform *, struct err *);

/* Check one filled by hand: the same rules, the object being v (or NULL). */
int transform_check(struct transform *, const struct json *v,
    const struct place *, struct err *);

#endif
