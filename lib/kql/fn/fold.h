/* SPDX-License-Identifier: MIT */
#ifndef KQL_FOLD_H
#define KQL_FOLD_H

#include <stddef.h>

#include "buf.h"
#include "err.h"

/*
 * Letters of every script: their cases, and where terms begin and end.  What
 * the system knows of them is loaded once and held.
 */
struct fold;

/* Returns NULL with e (ST_CONFIG) when the system lacks its UTF-8 locale. */
struct fold *fold_new(struct err *e);
void fold_free(struct fold *);

/* Append s in lower or upper case. */
void fold_case(
    const struct fold *, struct buf *, const char *s, size_t n, int upper);

/*
 * Does a term, a run of letters and digits, begin or end before byte i of s,
 * or is there none on one side?  Also true at both ends of s.
 */
int fold_is_edge(const struct fold *, const char *s, size_t n, size_t i);

#endif
