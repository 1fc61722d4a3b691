/* SPDX-License-Identifier: MIT */
#ifndef REMOTE_WRITE_V2_H
#define REMOTE_WRITE_V2_H

#include <stddef.h>

#include "remote_write.h"
#include "sample.h"

/* Pack v[0..n) into r->raw as an io.prometheus.write.v2.Request (remote write
 * 2.0). */
void remote_v2_pack(struct remote *r, const struct sample *v, size_t n);

#endif
