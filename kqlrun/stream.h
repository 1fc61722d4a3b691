/* SPDX-License-Identifier: MIT */
#ifndef STREAM_H
#define STREAM_H

#include "err.h"
#include "settings.h"

/*
 * Read watch events from stdin and write windows to stdout until end of file,
 * and as long as --once or a backfill has more to run.  Returns an exit
 * status, or -1 with e.
 */
int stream_run(struct settings *, struct err *);

#endif
