/* SPDX-License-Identifier: MIT */
#ifndef ADHOC_H
#define ADHOC_H

#include "err.h"
#include "settings.h"

/*
 * The query of the command line: check it, explain it, or run it and write
 * its frames to stdout.  Returns an exit status, what is wrong being logged,
 * or -1 with e.
 */
int adhoc_run(struct settings *, struct err *);

#endif
