/* SPDX-License-Identifier: MIT */
#ifndef EVENT_H
#define EVENT_H

#include "buf.h"
#include "derive.h"
#include "state.h"
#include "store.h"

/*
 * Look at the next queued resource and append the event that says how it
 * differs from what was said before, if it does.  What is derived from it is
 * queued.  Returns 0 when none is queued, else 1.
 */
int event_next(
    struct store *, struct derive *, const struct state *, struct buf *out);

#endif
