/* SPDX-License-Identifier: MIT */
#ifndef VIEW_H
#define VIEW_H

#include <stddef.h>
#include <stdint.h>

#include "metrics.h"
#include "rewrite.h"
#include "store.h"

/*
 * The page of one moment in one form, shared by all who ask for it then.  It
 * is counted, and each reader has a place of its own in it.
 */
struct view;

/* The newest views of a store. */
struct views;

/* hidden is set to the number of series that the newest page leaves out. */
struct views *views_new(struct store *, struct metric *hidden);
void views_free(struct views *);

/*
 * The page as it is now; drop it.  While many old ones are still being read by
 * slow clients it may be older, so that they cannot fill the memory.
 */
struct view *views_get(struct views *, struct form);
void view_drop(struct view *);

/* Its bytes. */
size_t view_len(const struct view *);

/* Where a reader of a view is; all zero is at its start. */
struct view_at {
	size_t piece, off;
};

/* Copy up to max bytes and move on; 0 at the end. */
size_t view_read(const struct view *, struct view_at *, char *out, size_t max);

/* Copy up to max bytes of its gzip form from a place on; 0 at the end.  It is
 * packed once for all, as far as somebody has read. */
size_t view_read_gzip(struct view *, uint64_t from, char *out, size_t max);

#endif
