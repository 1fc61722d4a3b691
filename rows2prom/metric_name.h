/* SPDX-License-Identifier: MIT */
#ifndef METRIC_NAME_H
#define METRIC_NAME_H

#include "buf.h"

/*
 * Names by the rule of valueColumns: each part normalised, joined by _.
 * aB and ABc are split, letters lower-cased, all but a-z and 0-9 become one _,
 * none at either end; a leading digit gets a _ in front.
 */

/* Append name's normal form.  Returns -1 if nothing is left of it. */
int metric_normalise(struct buf *, const char *name, size_t n);

/*
 * Append [prefix_]base_column, or base_column when prefix is ""; an empty base
 * is left out.  Returns -1 if nothing is left of a part that is not empty, or
 * if column is.
 */
int metric_name(struct buf *, const char *prefix, const char *base,
    size_t base_len, const char *column);

#endif
