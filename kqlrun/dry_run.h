/* SPDX-License-Identifier: MIT */
#ifndef DRY_RUN_H
#define DRY_RUN_H

#include "buf.h"
#include "fleet.h"
#include "schedule.h"
#include "settings.h"

/* Append what would be sent for a window, one JSON object and a newline. */
void dry_run_write(struct buf *, const struct settings *, const struct unit *,
    const struct sched_plan *);

#endif
