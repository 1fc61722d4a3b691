/* SPDX-License-Identifier: MIT */
#ifndef KUBE_CONTROL_H
#define KUBE_CONTROL_H

#include "kube_ask.h"
#include "kube_fault.h"
#include "kube_watch.h"

/*
 * What a test asks of the server itself:
 *
 *	POST /control/apply     create or change the objects of the YAML, their
 *	                        status too
 *	POST /control/fault     have that go wrong (kube_fault.h)
 *	POST /control/clear     and no more
 *	POST /control/compact   forget what was: older versions get 410
 *	POST /control/bookmark  send one to every watch
 *	POST /control/cut       end the watches; ?hard=1: without an end
 *	POST /control/raw       send these bytes to every watch
 *	POST /control/restart   nobody listens for ?ms=N (default 200)
 *	POST /control/objects   the resources there are: NAMESPACE/NAME VERSION
 *	GET  /control/state     {"revision":N,"watches":N,"requests":N}
 */
struct kube_control {
	struct kube_set *set;
	struct kube_watches *watches;
	struct kube_faults *faults;
	int upstream; /* prune what upstream's schema does not know */
	int requests;
	int restart_ms; /* set by a restart: the main thread's to do */
};

/* Answer such a request.  The lock is held. */
void kube_control(struct kube_control *, struct kube_ask *);

#endif
