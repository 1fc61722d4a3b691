/* SPDX-License-Identifier: MIT */
#ifndef BASE64_H
#define BASE64_H

#include <stddef.h>

#include "buf.h"

/* Base64 as of RFC 4648 section 4, with its padding. */

/* Append n bytes as base64. */
void base64_write(struct buf *, const void *, size_t n);

/* Append what text stands for; blanks and ends of lines in it mean nothing.
 * Returns 0, or -1: it is none. */
int base64_read(struct buf *, const char *text, size_t n);

#endif
