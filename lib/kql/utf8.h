/* SPDX-License-Identifier: MIT */
#ifndef KQL_UTF8_H
#define KQL_UTF8_H

#include <stddef.h>

/* 1 if all n bytes are UTF-8 (no surrogates, nothing overlong), else 0. */
int utf8_valid(const char *s, size_t n);

/* Code points in n bytes of valid UTF-8. */
size_t utf8_count(const char *s, size_t n);

/* The byte offset of code point number k, at most n. */
size_t utf8_offset(const char *s, size_t n, size_t k);

#endif
