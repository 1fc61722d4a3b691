/* SPDX-License-Identifier: MIT */
#ifndef JSONW_H
#define JSONW_H

#include <stddef.h>
#include <stdint.h>

#include "buf.h"

#define JSONW_DEPTH 64

/*
 * Writes compact JSON and places the commas.  key is NULL inside an array and
 * at the top.  Set b and zero the rest to begin.
 */
struct jsonw {
	struct buf *b;
	int depth;
	unsigned char some[JSONW_DEPTH]; /* this level has a value already */
};

/* Open and close objects and arrays, and write one value; text is escaped. */
void jsonw_object(struct jsonw *, const char *key);
void jsonw_array(struct jsonw *, const char *key);
void jsonw_end_object(struct jsonw *);
void jsonw_end_array(struct jsonw *);
void jsonw_str(struct jsonw *, const char *key, const char *);
void jsonw_strn(struct jsonw *, const char *key, const char *, size_t n);
void jsonw_int(struct jsonw *, const char *key, int64_t);
void jsonw_bool(struct jsonw *, const char *key, int);

/* Text that is valid JSON already (a number's digits, a packed value). */
void jsonw_raw(struct jsonw *, const char *key, const char *, size_t n);

#endif
