/* SPDX-License-Identifier: MIT */
#ifndef GZ_H
#define GZ_H

#include <stddef.h>

#include "buf.h"
#include "err.h"

/* The bytes of a file, unpacked when it is gzip (told by its first bytes). */
struct gz;

/* Open a file to read.  Returns NULL with e set (ST_CONFIG), path named. */
struct gz *gz_open(const char *path, struct err *e);

/*
 * Read up to n bytes, fewer only at the end; *got is 0 there.  Returns 0, or
 * -1 with e set: ST_RETRY for a read error, ST_DATA for a torn or bad gzip.
 */
int gz_read(struct gz *, void *, size_t n, size_t *got, struct err *e);

/* Close it; NULL is allowed. */
void gz_close(struct gz *);

/* Bytes in memory: with zlib's own header, or as gzip. */
enum gz_form {
	GZ_ZLIB,
	GZ_GZIP,
};

/* Append n bytes packed; level 0 stores them, 9 packs best.  Returns 0, or
 * -1: they are too many. */
int gz_pack(struct buf *, const char *, size_t n, enum gz_form, int level);

/* The same piece by piece, as gzip. */
struct gz_packer *gz_packer_new(int level);
void gz_packer_free(struct gz_packer *);

/* Append what there is of the packed form of n more bytes; all of it when they
 * are the last. */
void gz_packer_add(
    struct gz_packer *, struct buf *, const char *, size_t n, int last);

/* Append what n bytes unpack to.  Returns 0, or -1: they are not of the form,
 * torn, or come to more than max bytes. */
int gz_unpack(struct buf *, const char *, size_t n, enum gz_form, size_t max);

#endif
