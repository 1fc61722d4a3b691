/* SPDX-License-Identifier: MIT */
#ifndef VIEW_H
#define VIEW_H

#include <stddef.h>
#include <sys/types.h>

#include "metrics.h"
#include "store.h"

/*
 * The page of one moment.  It borrows the text of blocks, which it holds, and
 * is shared by those who ask at that moment; it is counted.
 */
struct view;

/* The newest views of a store. */
struct views;

/* hidden counts the series that the newest page leaves out. */
struct views *views_new(struct store *, struct metric *hidden);
void views_free(struct views *);

/* The page as it is now; drop it. */
struct view *views_get(struct views *);
void view_drop(struct view *);

/* Its bytes. */
size_t view_len(const struct view *);

/* Where a reader of a view is; all zero is at its start. */
struct view_at {
	size_t piece, off;
};

/* Copy up to max bytes and move on; 0 at the end. */
size_t view_read(const struct view *, struct view_at *, char *out, size_t max);

#endif
