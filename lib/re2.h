/* SPDX-License-Identifier: MIT */
#ifndef RE2_H
#define RE2_H

#include <stddef.h>

#include "buf.h"
#include "err.h"

/*
 * Append a pattern of RE2's as PCRE2 is to read it.  What PCRE2 alone knows
 * is refused: looking around, references back, groups that keep what they
 * have, recursion.  Returns 0, or -1 with e (ST_DATA): what, and where.
 */
int re2_translate(struct buf *, const char *, size_t n, struct err *e);

#endif
