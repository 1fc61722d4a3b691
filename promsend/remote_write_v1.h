/* SPDX-License-Identifier: MIT */
#ifndef REMOTE_WRITE_V1_H
#define REMOTE_WRITE_V1_H

#include "arena.h"
#include "buf.h"
#include "codec.h"

/* Remote write 1.0: what it needs between requests.  All zero but for url is
 * ready. */
struct remote_v1 {
	const char *url; /* borrowed */
	struct arena a;  /* one request's message */
	struct buf raw;  /* packed, not yet compressed */
};

/* The codec; it borrows r. */
struct codec remote_v1_codec(struct remote_v1 *r);

void remote_v1_fini(struct remote_v1 *);

#endif
