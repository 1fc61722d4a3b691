/* SPDX-License-Identifier: MIT */
#include "backoff.h"

#define JITTER 10 /* a tenth */

/* Bits of x stirred well enough to spread what differs by one. */
static uint64_t
stir(uint64_t x)
{
	x ^= x >> 31;
	x *= UINT64_C(0x9e3779b97f4a7c15);
	x ^= x >> 29;
	x *= UINT64_C(0xd6e8feb86659fd93);
	return x ^ x >> 32;
}

int64_t
backoff_ms(int64_t min, int64_t max, int64_t n, uint64_t seed)
{
	int64_t wait = min > 0 ? min : 1;

	while (n-- > 1 && wait < max)
		wait *= 2;
	if (wait > max)
		wait = max;
	return wait + (int64_t)(stir(seed) % (uint64_t)(wait / JITTER + 1));
}
