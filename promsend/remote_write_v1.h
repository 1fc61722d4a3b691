/* SPDX-License-Identifier: MIT */
#ifndef REMOTE_WRITE_V1_H
#define REMOTE_WRITE_V1_H

#include <stddef.h>

#include "remote_write.h"
#include "sample.h"

/* Pack v[0..n) into r->raw as a prometheus.WriteRequest (remote write 1.0). */
void remote_v1_pack(struct remote *r, const struct sample *v, size_t n);

#endif
