/* SPDX-License-Identifier: MIT */
#ifndef LOCAL_ENGINE_H
#define LOCAL_ENGINE_H

#include <sys/types.h>

#include "endpoints.h"
#include "err.h"
#include "kql/kql.h"

/* The embedded engine over all endpoints that are here, not at a service.
 * Returns NULL with ST_CONFIG. */
struct kql *local_open(const struct endpoints *, struct err *);

/*
 * Run a query in a process of its own, so that a crash or a limit is this
 * query's error.  Frames come from the descriptor *fd until end of file; what
 * became of it is in *said then, which is shared memory: the code is "" when
 * it went well.  Returns the process, or -1 with ST_RETRY.
 */
pid_t local_start(struct kql *, const struct kql_request *,
    struct kql_error *said, int *fd, struct err *);

#endif
