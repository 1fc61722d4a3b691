/* SPDX-License-Identifier: MIT */
#ifndef BACKOFF_H
#define BACKOFF_H

#include <stdint.h>

/*
 * How long to wait before try n (from 1): min doubled n - 1 times, at most
 * max, and up to a tenth more by seed, so that many who failed together do not
 * come back together.  All in ms.  The wait never shrinks but by that tenth.
 */
int64_t backoff_ms(int64_t min, int64_t max, int64_t n, uint64_t seed);

#endif
