/* SPDX-License-Identifier: MIT */
#ifndef UTF8_H
#define UTF8_H

#include <stddef.h>
#include <stdint.h>

#include "buf.h"

/* 1 if all n bytes are UTF-8 (no surrogates, nothing overlong), else 0. */
int utf8_valid(const char *s, size_t n);

/* Bytes of the mark that some programs put in front of a text: 3, or 0. */
size_t utf8_mark(const char *s, size_t n);

/* The code point at s.  Returns its bytes, or 0 if they are no UTF-8. */
size_t utf8_decode(const char *s, size_t n, uint32_t *c);

/* The bytes of a code point.  Returns how many. */
size_t utf8_encode(char out[4], uint32_t c);

/* Bytes of s, at most max, that end no code point in its middle. */
size_t utf8_cut(const char *s, size_t n, size_t max);

/* Code points in n bytes of valid UTF-8. */
size_t utf8_count(const char *s, size_t n);

/* The byte offset of code point number k, at most n. */
size_t utf8_offset(const char *s, size_t n, size_t k);

/* Append n bytes of foreign text, with "?" for each that is no UTF-8. */
void utf8_mend(struct buf *, const char *s, size_t n);

/*
 * Make a text from elsewhere fit for a message, in place: bytes that are no
 * UTF-8 become ?, control characters blanks, and none are left at its end.
 */
void utf8_clean(char *);

#endif
