/* SPDX-License-Identifier: MIT */
#ifndef SCAN_H
#define SCAN_H

#include <endian.h>
#include <stdint.h>
#include <string.h>

/*
 * Runs of bytes that need no care, eight at a time: most text that passes has
 * nothing to escape, and looking at each byte would cost more than all else.
 */
#define SCAN_EACH(byte) (UINT64_C(0x0101010101010101) * (byte))

/* The high bit of each zero byte of x; right up to the lowest of them. */
static inline uint64_t
scan_zeros(uint64_t x)
{
	return (x - SCAN_EACH(1)) & ~x & SCAN_EACH(0x80);
}

/*
 * Where in s the first quote, backslash or control character is, or byte that
 * has a bit of high (0x80 for what is not ASCII, else 0); end if there is
 * none.
 */
static inline const char *
scan_plain(const char *s, const char *end, unsigned char high)
{
	while (end - s >= 8) {
		uint64_t x, hit;

		memcpy(&x, s, 8);
		x = le64toh(x);
		hit = scan_zeros(x ^ SCAN_EACH('"')) |
		    scan_zeros(x ^ SCAN_EACH('\\')) |
		    ((x - SCAN_EACH(0x20)) & ~x & SCAN_EACH(0x80)) |
		    (x & SCAN_EACH(high));
		if (hit != 0)
			return s + __builtin_ctzll(hit) / 8;
		s += 8;
	}
	while (s < end && (unsigned char)*s >= 0x20 && *s != '"' &&
	    *s != '\\' && !(*s & high))
		s++;
	return s;
}

#endif
