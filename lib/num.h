/* SPDX-License-Identifier: MIT */
#ifndef NUM_H
#define NUM_H

#include <stddef.h>
#include <stdint.h>

#include "err.h"

#define NUM_MAX 32 /* bytes that any number needs as text, NUL included */

/*
 * The shortest text that reads back as v, as Prometheus writes it: 1e-07, 0.1,
 * NaN, +Inf, -Inf.  Returns its length.
 */
size_t num_double(char out[NUM_MAX], double v);

/* Digits of v.  Returns their length. */
size_t num_int(char out[NUM_MAX], int64_t v);

/*
 * Read all n bytes of s as a number: decimal text, correctly rounded, or NaN,
 * Inf, Infinity in any case with a sign.  No hex, no blanks.  Returns 0 or -1.
 */
int num_parse_double(const char *s, size_t n, double *v);

/* Read all n bytes of s as a decimal integer.  Returns 0, or -1 (overflow). */
int num_parse_int(const char *s, size_t n, int64_t *v);

/* Read an option's value between min and max; the error names the option. */
int num_arg(const char *option, const char *s, int64_t min, int64_t max,
    int64_t *v, struct err *e);

/* Read 64k, 256M, 2G (powers of 1,024) or plain bytes. */
int num_size(const char *option, const char *s, int64_t *bytes, struct err *e);

#endif
