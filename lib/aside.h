/* SPDX-License-Identifier: MIT */
#ifndef ASIDE_H
#define ASIDE_H

#include <stddef.h>
#include <stdint.h>

#include "dead.h"
#include "spool.h"

/*
 * Lines of samples that may become dead letters, put aside until it is known:
 * in memory while they are few, then in an unlinked file.
 */
struct aside {
	struct spool text;
	int64_t n; /* lines */
};

/* Nothing is put aside yet. */
void aside_init(struct aside *);

/* Put a line aside.  It is counted even when the disk is full, so that it is
 * known to be missing. */
void aside_add(struct aside *, const char *line, size_t len);

/* Make dead letters of what was put aside, none larger than about a MiB, and
 * forget it. */
void aside_bury(struct aside *, struct dead *, const struct dead_why *);

/* Forget it. */
void aside_drop(struct aside *);

void aside_fini(struct aside *);

#endif
