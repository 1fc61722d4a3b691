/* SPDX-License-Identifier: MIT */
#ifndef FILES_H
#define FILES_H

#include <stdint.h>

#include "err.h"
#include "keeper.h"
#include "state.h"

/* A keeper that has statuses in files: many share a write, but the first after
 * a pause does not wait. */
struct files {
	struct keeper keeper;
	struct states states;
	int64_t next; /* when to write again, ms */
};

/* Open the directory.  Fails as states_open does; fini it all the same. */
int files_open(
    struct files *, const char *dir, struct metric *metrics, struct err *e);
void files_fini(struct files *);

#endif
