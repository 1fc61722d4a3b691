/* SPDX-License-Identifier: MIT */
#ifndef CEL_TIME_H
#define CEL_TIME_H

#include "cel/value.h"

#define CEL_TIME_MAX 64 /* bytes that any time or span needs as text */

/* RFC 3339 with up to nine digits of a second's fraction.  Returns 0 or -1. */
int cel_read_timestamp(const char *s, size_t n, struct cel_value *out);

/* A Go duration: 1h30m, 1.5s.  Returns 0 or -1. */
int cel_read_duration(const char *s, size_t n, struct cel_value *out);

/* Write them; return the length.  Spans are in seconds: 90.5s. */
size_t cel_put_timestamp(char out[CEL_TIME_MAX], const struct cel_value *);
size_t cel_put_duration(char out[CEL_TIME_MAX], int64_t ns);

#endif
