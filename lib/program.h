/* SPDX-License-Identifier: MIT */
#ifndef PROGRAM_H
#define PROGRAM_H

#include <stddef.h>
#include <stdint.h>

#include "buf.h"
#include "err.h"

/*
 * Run a program of PATH without a shell, its input empty, and wait for it:
 * for processes that may block.  What it writes is added to out and says, of
 * which each takes max bytes; one that writes more, or takes longer than
 * timeout_ms, is ended.  Returns its exit status; -1 with e: ST_CONFIG when it
 * is not there or ends with 127, which says the same, else ST_RETRY.
 */
int program_run(const char *const argv[], int64_t timeout_ms, size_t max,
    struct buf *out, struct buf *says, struct err *);

#endif
