/* SPDX-License-Identifier: MIT */
#ifndef OTLP_MESSAGE_H
#define OTLP_MESSAGE_H

#include <stddef.h>

#include "arena.h"
#include "control.h"
#include "labels.h"
#include "otlp.pb-c.h"
#include "sample.h"

/* What is said of each request beside its samples. */
struct otlp_source {
	struct labels resource;  /* attributes of the resource */
	struct arena a;          /* of the description */
	const char *description; /* of each metric: whose window it is */
};

/* Say whose samples come; the unnamed window's have no description. */
void otlp_source_window(struct otlp_source *, const struct window *);

void otlp_source_fini(struct otlp_source *);

/*
 * The message for v[0..n): one resource, one scope, a gauge for each name of a
 * metric, its points series by series as they stand in v.  It lives in the
 * arena and borrows the texts of v.  Times must not be before 1970.
 */
Otlp__Request *otlp_message(struct arena *, const struct otlp_source *,
    const struct sample *v, size_t n);

#endif
