/* SPDX-License-Identifier: MIT */
#ifndef LINES_H
#define LINES_H

#include <stdint.h>

#include "buf.h"
#include "jsonw.h"
#include "query_error.h"
#include "schedule.h"
#include "unit.h"

/* Append a @condition line of status False. */
void lines_condition(struct buf *, const struct unit *, const char *type,
    const char *reason, const char *message);

/* Write the members of a window. */
void lines_window_members(
    struct jsonw *, const struct unit *, const struct sched_plan *);

/* Append a @window line. */
void lines_window(struct buf *, const struct unit *, const struct sched_plan *);

/*
 * Append the @end line of a window: its rows, or what went wrong if err has a
 * code.  id is that of lines_id, NULL for a response that stands alone.
 */
void lines_end(
    struct buf *, const char *id, int64_t rows, const struct query_error *err);

/* Append the id of a window, NAMESPACE/NAME@START: for people, in logs. */
void lines_id(struct buf *, const struct unit *, const struct sched_plan *);

#endif
