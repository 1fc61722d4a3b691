/* SPDX-License-Identifier: MIT */
#ifndef OBJECT_H
#define OBJECT_H

#include <stdint.h>

#include "arena.h"
#include "criteria.h"
#include "err.h"
#include "json.h"
#include "labels.h"
#include "shard.h"
#include "store.h"
#include "strs.h"

/* What this instance is, for judging which resources it must run. */
struct judge {
	struct labels labels;
	enum criteria_mode mode;
	struct strs destinations; /* that resources may name; none: any */
	struct shard shard;       /* of all resources */
};

/*
 * Judge a MetricsExporter of a file, make it the object that events show
 * (namespace and generation set; uid, status and what only the API server
 * says dropped), and put both into d.  One of an API (path NULL) is shown as
 * it is, and its text is the caller's to set.  Returns its key in the arena,
 * or NULL with e set when not even its name is known.
 */
const char *object_take(struct arena *, struct json *object, const char *path,
    const struct judge *, struct doc *d, struct err *);

#endif
