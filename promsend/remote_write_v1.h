/* SPDX-License-Identifier: MIT */
#ifndef REMOTE_WRITE_V1_H
#define REMOTE_WRITE_V1_H

#include <stddef.h>

#include "arena.h"
#include "buf.h"
#include "sample.h"

/* Remote write 1.0: what it needs between requests.  All zero is ready. */
struct remote_v1 {
	struct arena a; /* one request's message */
	struct buf raw; /* packed, not yet compressed */
};

/* The headers that tell a receiver what the body is; NULL ends. */
extern const char *const remote_v1_headers[];

/*
 * Replace body with the request for v[0..n): samples of one series must stand
 * together, in order of time.  ctx is a struct remote_v1.
 */
void remote_v1_encode(
    void *ctx, const struct sample *v, size_t n, struct buf *body);

void remote_v1_fini(struct remote_v1 *);

#endif
