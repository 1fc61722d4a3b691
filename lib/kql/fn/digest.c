/* SPDX-License-Identifier: MIT */
#include <math.h>
#include <string.h>

#include "kql/fn/digest.h"

/* The three of them take 64 bytes at a time into a few words. */
typedef void take_block(uint32_t *words, const uint32_t in[16]);

static uint32_t
left(uint32_t x, unsigned n)
{
	return x << n | x >> (32 - n);
}

static uint32_t
right(uint32_t x, unsigned n)
{
	return left(x, 32 - n);
}

/* 64 bytes as words, the first byte lowest or highest. */
static void
read_block(uint32_t in[16], const unsigned char *s, int big)
{
	for (int i = 0; i < 16; i++, s += 4)
		in[i] = big ? (uint32_t)s[0] << 24 | (uint32_t)s[1] << 16 |
			(uint32_t)s[2] << 8 | s[3]
			    : (uint32_t)s[3] << 24 | (uint32_t)s[2] << 16 |
			(uint32_t)s[1] << 8 | s[0];
}

/* All blocks, and behind them a bit, zeros and the length in bits. */
static void
take_all(uint32_t *words, const void *p, size_t n, int big, take_block *take)
{
	const unsigned char *s = p;
	unsigned char last[128] = { 0 };
	uint64_t bits = (uint64_t)n * 8;
	size_t rest = n % 64, room = rest < 56 ? 64 : 128;
	uint32_t in[16];

	for (size_t i = 0; i + 64 <= n; i += 64) {
		read_block(in, s + i, big);
		take(words, in);
	}
	if (rest > 0)
		memcpy(last, s + n - rest, rest);
	last[rest] = 0x80;
	for (int i = 0; i < 8; i++)
		last[room - 8 + (size_t)i] =
		    (unsigned char)(bits >> 8 * (big ? 7 - i : i));
	for (size_t i = 0; i < room; i += 64) {
		read_block(in, last + i, big);
		take(words, in);
	}
}

static void
write_words(unsigned char *out, const uint32_t *words, int n, int big)
{
	for (int i = 0; i < 4 * n; i++)
		out[i] = (unsigned char)(words[i / 4] >>
		    8 * (big ? 3 - i % 4 : i % 4));
}

static void
md5_block(uint32_t *h, const uint32_t in[16])
{
	static const unsigned turns[4][4] = { { 7, 12, 17, 22 },
		{ 5, 9, 14, 20 }, { 4, 11, 16, 23 }, { 6, 10, 15, 21 } };
	static const unsigned times[4] = { 1, 5, 3, 7 },
			      plus[4] = { 0, 1, 5, 0 };
	uint32_t a = h[0], b = h[1], c = h[2], d = h[3], f, next;

	for (unsigned i = 0; i < 64; i++) {
		unsigned round = i / 16;

		f = round == 0   ? (b & c) | (~b & d)
		    : round == 1 ? (d & b) | (~d & c)
		    : round == 2 ? b ^ c ^ d
				 : c ^ (b | ~d);
		/* The table of RFC 1321: 2^32 times the sine of i + 1. */
		f += a + (uint32_t)(int64_t)floor(ldexp(fabs(sin(i + 1)), 32)) +
		    in[(times[round] * i + plus[round]) % 16];
		next = b + left(f, turns[round][i % 4]);
		a = d;
		d = c;
		c = b;
		b = next;
	}
	h[0] += a;
	h[1] += b;
	h[2] += c;
	h[3] += d;
}

void
digest_md5(const void *p, size_t n, unsigned char out[DIGEST_MD5])
{
	uint32_t h[4] = { 0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476 };

	take_all(h, p, n, 0, md5_block);
	write_words(out, h, 4, 0);
}

static void
sha1_block(uint32_t *h, const uint32_t in[16])
{
	static const uint32_t k[4] = { 0x5a827999, 0x6ed9eba1, 0x8f1bbcdc,
		0xca62c1d6 };
	uint32_t w[80], a = h[0], b = h[1], c = h[2], d = h[3], e = h[4], f;

	memcpy(w, in, 64);
	for (int i = 16; i < 80; i++)
		w[i] = left(w[i - 3] ^ w[i - 8] ^ w[i - 14] ^ w[i - 16], 1);
	for (int i = 0; i < 80; i++) {
		f = i < 20       ? (b & c) | (~b & d)
		    : i / 20 % 2 ? b ^ c ^ d
				 : (b & c) | (b & d) | (c & d);
		f += left(a, 5) + e + k[i / 20] + w[i];
		e = d;
		d = c;
		c = left(b, 30);
		b = a;
		a = f;
	}
	h[0] += a;
	h[1] += b;
	h[2] += c;
	h[3] += d;
	h[4] += e;
}

void
digest_sha1(const void *p, size_t n, unsigned char out[DIGEST_SHA1])
{
	uint32_t h[5] = { 0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476,
		0xc3d2e1f0 };

	take_all(h, p, n, 1, sha1_block);
	write_words(out, h, 5, 1);
}

static const uint32_t sha256_k[64] = { 0x428a2f98, 0x71374491, 0xb5c0fbcf,
	0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5, 0xd807aa98,
	0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7,
	0xc19bf174, 0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f,
	0x4a7484aa, 0x5cb0a9dc, 0x76f988da, 0x983e5152, 0xa831c66d, 0xb00327c8,
	0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967, 0x27b70a85,
	0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e,
	0x92722c85, 0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819,
	0xd6990624, 0xf40e3585, 0x106aa070, 0x19a4c116, 0x1e376c08, 0x2748774c,
	0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3, 0x748f82ee,
	0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7,
	0xc67178f2 };

static void
sha256_block(uint32_t *h, const uint32_t in[16])
{
	uint32_t w[64], v[8], x, y;

	memcpy(w, in, 64);
	memcpy(v, h, sizeof(v));
	for (int i = 16; i < 64; i++) {
		x = w[i - 15];
		y = w[i - 2];
		w[i] = w[i - 16] + (right(x, 7) ^ right(x, 18) ^ x >> 3) +
		    w[i - 7] + (right(y, 17) ^ right(y, 19) ^ y >> 10);
	}
	for (int i = 0; i < 64; i++) {
		x = v[7] +
		    (right(v[4], 6) ^ right(v[4], 11) ^ right(v[4], 25)) +
		    ((v[4] & v[5]) ^ (~v[4] & v[6])) + sha256_k[i] + w[i];
		y = (right(v[0], 2) ^ right(v[0], 13) ^ right(v[0], 22)) +
		    ((v[0] & v[1]) ^ (v[0] & v[2]) ^ (v[1] & v[2]));
		memmove(v + 1, v, 7 * sizeof(*v));
		v[4] += x;
		v[0] = x + y;
	}
	for (int i = 0; i < 8; i++)
		h[i] += v[i];
}

void
digest_sha256(const void *p, size_t n, unsigned char out[DIGEST_SHA256])
{
	uint32_t h[8] = { 0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
		0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19 };

	take_all(h, p, n, 1, sha256_block);
	write_words(out, h, 8, 1);
}

#define P1 UINT64_C(11400714785074694791)
#define P2 UINT64_C(14029467366897019727)
#define P3 UINT64_C(1609587929392839161)
#define P4 UINT64_C(9650029242287828579)
#define P5 UINT64_C(2870177450012600261)

static uint64_t
turn(uint64_t x, unsigned n)
{
	return x << n | x >> (64 - n);
}

/* n bytes, the first one lowest. */
static uint64_t
word(const unsigned char *s, int n)
{
	uint64_t x = 0;

	while (n-- > 0)
		x = x << 8 | s[n];
	return x;
}

static uint64_t
mix(uint64_t sum, uint64_t x)
{
	return turn(sum + x * P2, 31) * P1;
}

/* The first blocks of 32 bytes, of which there is one at least. */
static uint64_t
xxh64_blocks(const unsigned char *s, size_t n)
{
	uint64_t v[4] = { P1 + P2, P2, 0, 0 - P1 }, h;

	for (; n >= 32; n -= 32)
		for (int i = 0; i < 4; i++, s += 8)
			v[i] = mix(v[i], word(s, 8));
	h = turn(v[0], 1) + turn(v[1], 7) + turn(v[2], 12) + turn(v[3], 18);
	for (int i = 0; i < 4; i++)
		h = (h ^ mix(0, v[i])) * P1 + P4;
	return h;
}

uint64_t
digest_xxh64(const void *p, size_t n)
{
	const unsigned char *s = p, *end = s + n;
	uint64_t h = n >= 32 ? xxh64_blocks(s, n) : P5;

	h += n;
	s += n - n % 32;
	for (; end - s >= 8; s += 8)
		h = turn(h ^ mix(0, word(s, 8)), 27) * P1 + P4;
	if (end - s >= 4) {
		h = turn(h ^ word(s, 4) * P1, 23) * P2 + P3;
		s += 4;
	}
	for (; s < end; s++)
		h = turn(h ^ *s * P5, 11) * P1;
	h = (h ^ h >> 33) * P2;
	h = (h ^ h >> 29) * P3;
	return h ^ h >> 32;
}
