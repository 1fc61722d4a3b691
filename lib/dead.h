/* SPDX-License-Identifier: MIT */
#ifndef DEAD_H
#define DEAD_H

#include <stddef.h>
#include <stdint.h>

#include "control.h"
#include "err.h"
#include "sample.h"

/*
 * Dead letters: what a receiver has refused for good, one file for each piece.
 * A file is Prometheus text, which a sender takes as it is; comments say which
 * window it was, who refused it and in which words.  The directory is bounded:
 * what would go beyond is counted and logged instead.
 */
struct dead;

struct dead_config {
	const char *dir;         /* made if it is missing; all borrowed */
	const char *tool;        /* that sends what is in the files again */
	const char *destination; /* that refused it */
	int64_t max_bytes;       /* of all files in dir */
	int64_t max_files;
};

/* Why samples are dead; all borrowed for the call. */
struct dead_why {
	const struct window *w; /* id "" : a plain stream's */
	int http;               /* status of the answer; 0: none */
	const char *said;       /* in the receiver's words, or ours */
	int64_t refused;        /* of those in the file, if not all; else 0 */
};

/* Returns NULL with e set (ST_CONFIG) when no file can be written there. */
struct dead *dead_new(const struct dead_config *, struct err *e);
void dead_free(struct dead *);

/*
 * Keep samples, or lines of text with n samples.  A dead that is NULL keeps
 * nothing.  When only some of the samples were refused and the words name
 * series, as Prometheus does, those of other series are left out.
 */
void dead_samples(
    struct dead *, const struct dead_why *, const struct sample *v, size_t n);
void dead_lines(struct dead *, const struct dead_why *, const char *text,
    size_t len, int64_t n);

/* Files written, and samples that found no room or could not be written. */
int64_t dead_files(const struct dead *);
int64_t dead_lost(const struct dead *);

#endif
