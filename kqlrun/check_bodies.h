/* SPDX-License-Identifier: MIT */
#ifndef CHECK_BODIES_H
#define CHECK_BODIES_H

#include "err.h"
#include "settings.h"

/*
 * Check the query of each resource of the watch events on stdin.  Returns
 * ST_OK, or ST_DATA when one is refused or wrong, each logged; -1 with e.
 */
int check_run(struct settings *, struct err *);

#endif
