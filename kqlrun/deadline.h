/* SPDX-License-Identifier: MIT */
#ifndef DEADLINE_H
#define DEADLINE_H

#include "when.h"

/*
 * A query that is read in this process, not in one of its own, must end in
 * time too: past the deadline the process says so and exits ST_RETRY.
 */
void deadline_start(ticks timeout);

/* It is done. */
void deadline_stop(void);

#endif
