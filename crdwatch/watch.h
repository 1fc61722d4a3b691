/* SPDX-License-Identifier: MIT */
#ifndef WATCH_H
#define WATCH_H

#include <stdint.h>

#include "err.h"
#include "files.h"
#include "metrics.h"
#include "object.h"
#include "outlet.h"
#include "sources.h"
#include "state.h"
#include "store.h"

enum {
	M_RESOURCES,
	M_PROBLEMS,
	M_WRONG,
	M_LOOKS,
};

/* All that a run holds.  Zero it, set judge, once, metrics and stop_fd. */
struct watch {
	struct judge judge;
	int once;               /* print what there is and end */
	int stop_fd;            /* end when its other end closes; -1: none */
	struct metric *metrics; /* by the numbers above */

	struct store store;
	struct files files;
	struct sources sources;
	struct state state;
	struct outlet out;
	int64_t settled;  /* when to look at what is queued, monotonic ms */
	int64_t look_for; /* when to scan again; 0: no need */
};

/*
 * Open the state directory (NULL: none), and inotify unless once is set.
 * Then paths are added to sources.  Returns -1 with e set.
 */
int watch_open(struct watch *, const char *state_dir, struct err *);

/*
 * Print events until a signal, the closing of stop_fd, or, with once, the
 * end.  Returns 0, or -1 with e set.
 */
int watch_run(struct watch *, struct err *);

/* Close and free everything; good after any failure. */
void watch_fini(struct watch *);

#endif
