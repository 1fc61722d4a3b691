/* SPDX-License-Identifier: MIT */
#ifndef HEALTH_H
#define HEALTH_H

#include "buf.h"

/* What a probe asks. */
enum health_probe {
	HEALTH_LIVE,  /* /healthz */
	HEALTH_READY, /* /readyz */
};

/*
 * Answer a probe: the text of the answer is added to body; returns the HTTP
 * status.  Called by the threads of the server.
 */
unsigned health_ask(enum health_probe, struct buf *body);

#endif
