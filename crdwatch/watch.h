/* SPDX-License-Identifier: MIT */
#ifndef WATCH_H
#define WATCH_H

#include <stdint.h>

#include "derive.h"
#include "elect.h"
#include "err.h"
#include "files.h"
#include "kube_source.h"
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
	M_LISTS,
	M_FAILS,
	M_LEADS,
	M_READY,
};

/* All that a run holds.  Zero it, set the first of its members. */
struct watch {
	struct judge judge;
	int once;               /* print what there is and end */
	int stop_fd;            /* end when its other end closes; -1: none */
	const char *lease;      /* run only while we hold it; NULL: always */
	struct metric *metrics; /* by the numbers above */

	struct store store;
	struct store rules; /* SummaryRules */
	struct derive derive;
	struct kube_source kube; /* unless there are files */
	int api;                 /* kube is open */
	struct elect elect;
	struct err lost; /* of the lease; code 0: it is not */
	struct files files;
	struct sources sources;
	struct state state;
	struct outlet out;
	int signals;      /* a descriptor; or -1 */
	int stops;        /* signals that asked to end */
	int64_t settled;  /* when to look at what is queued, monotonic ms */
	int64_t look_for; /* when to scan again; 0: no need */
};

/*
 * Open the state directory (NULL: none), and inotify unless once is set.
 * Then paths are added to sources.  Returns -1 with e set.
 */
int watch_open_files(struct watch *, const char *state_dir, struct err *);

/* Or find the Kubernetes API, as kube_source_open. */
int watch_open_api(struct watch *, const char *kubeconfig, const char *context,
    const char *namespace, struct err *);

/*
 * Print events until a signal, the closing of stop_fd, or, with once, the
 * end.  Returns 0, or -1 with e set.
 */
int watch_run(struct watch *, struct err *);

/* Close and free everything; good after any failure. */
void watch_fini(struct watch *);

#endif
