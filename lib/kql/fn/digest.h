/* SPDX-License-Identifier: MIT */
#ifndef KQL_DIGEST_H
#define KQL_DIGEST_H

#include <stddef.h>
#include <stdint.h>

/* Bytes of digests, as RFC 1321 (MD5) and FIPS 180-4 (SHA) lay them down. */
#define DIGEST_MD5    16
#define DIGEST_SHA1   20
#define DIGEST_SHA256 32

/* The digest of n bytes. */
void digest_md5(const void *, size_t n, unsigned char out[DIGEST_MD5]);
void digest_sha1(const void *, size_t n, unsigned char out[DIGEST_SHA1]);
void digest_sha256(const void *, size_t n, unsigned char out[DIGEST_SHA256]);

/* XXH64 of n bytes with seed 0. */
uint64_t digest_xxh64(const void *, size_t n);

#endif
