/* SPDX-License-Identifier: MIT */
#ifndef FILES_H
#define FILES_H

#include <stdint.h>

#include "arena.h"
#include "buf.h"
#include "err.h"
#include "map.h"
#include "object.h"
#include "store.h"

/* The files that were read, and what each of them brought to the store. */
struct files {
	struct arena mem; /* of what is known of each */
	struct map by_path;
	struct file *free_files;
	struct store *store;
	struct store *rules; /* SummaryRules (rule.h) */
	const struct judge *judge;
	struct arena scratch; /* of the document being read */
	struct buf text;
	int64_t wrong; /* files that could not be read whole, as of now */
};

/*
 * Read a file again if it has changed, or in any case when forced, and bring
 * the store up to date.  A file that is gone takes its resources away.  What
 * cannot be read is logged; the resources that it had until then stay, with a
 * problem that says so.
 */
void files_refresh(struct files *, const char *path, int forced);

/* Read standard input or another stream to its end.  Returns -1 with e set. */
int files_stream(struct files *, int fd, const char *name, struct err *e);

/* Refresh the known files in dir; those that are gone take theirs away. */
void files_refresh_in(struct files *, const char *dir);

/* Give the memory back; before store_fini. */
void files_fini(struct files *);

#endif
