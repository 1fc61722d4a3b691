/* SPDX-License-Identifier: MIT */
#ifndef ESCAPE_H
#define ESCAPE_H

#include "buf.h"

/* How names are written for those who know classic names alone: Prometheus's
 * escaping schemes. */
enum escape {
	ESCAPE_UNDERSCORES,
	ESCAPE_NONE, /* "allow-utf-8": in quotes where they need them */
	ESCAPE_DOTS,
	ESCAPE_VALUES,
};
#define ESCAPES 4

/* Append a name (UTF-8, not empty) of a metric (colons may stay) or label. */
void escape_name(struct buf *, const char *name, enum escape, int metric);

/* The scheme's name, as the headers have it. */
const char *escape_word(enum escape);

#endif
