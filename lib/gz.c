/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <limits.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <zlib.h>

#include "gz.h"
#include "mem.h"
#include "status.h"

#define GZ_BUFFER (128 << 10)
#define GZ_CHUNK  (1 << 30) /* zlib counts in unsigned int */

struct gz {
	gzFile in;
	char path[];
};

struct gz *
gz_open(const char *path, struct err *e)
{
	size_t n = strlen(path) + 1;
	struct gz *g = malloc(sizeof(*g) + n);

	if (g == NULL) {
		err_sys(e, ST_RETRY, "%s", path);
		return NULL;
	}
	memcpy(g->path, path, n);
	if ((g->in = gzopen(path, "re")) == NULL) {
		err_sys(e, ST_CONFIG, "%s", path);
		free(g);
		return NULL;
	}
	gzbuffer(g->in, GZ_BUFFER);
	return g;
}

/* What zlib says about the last read, as our error. */
static int
gz_fail(struct gz *g, struct err *e)
{
	int code;
	const char *why = gzerror(g->in, &code);

	if (code == Z_ERRNO)
		return err_sys(e, ST_RETRY, "%s", g->path);
	if (code == Z_MEM_ERROR)
		return err_set(e, ST_RETRY, "%s: out of memory", g->path);
	return err_set(e, ST_DATA, "%s: bad gzip: %s", g->path, why);
}

int
gz_read(struct gz *g, void *p, size_t n, size_t *got, struct err *e)
{
	int code, r;

	*got = 0;
	r = gzread(g->in, p, n > GZ_CHUNK ? GZ_CHUNK : (unsigned)n);
	if (r < 0)
		return gz_fail(g, e);
	/* a file cut inside a member reads as a short one, with this sign */
	gzerror(g->in, &code);
	if (code == Z_BUF_ERROR)
		return err_set(e, ST_DATA, "%s: gzip ends too early", g->path);
	*got = (size_t)r;
	return 0;
}

void
gz_close(struct gz *g)
{
	if (g == NULL)
		return;
	gzclose_r(g->in);
	free(g);
}

/* zlib asks for gzip by 16 on top of the bits of its window. */
static int
window(enum gz_form form)
{
	return form == GZ_GZIP ? 15 + 16 : 15;
}

int
gz_pack(struct buf *b, const char *s, size_t n, enum gz_form form, int level)
{
	z_stream z = { 0 };
	size_t room;
	int r;

	if (n > INT_MAX / 2 ||
	    deflateInit2(&z, level, Z_DEFLATED, window(form), 8,
		Z_DEFAULT_STRATEGY) != Z_OK)
		return -1;
	room = deflateBound(&z, n);
	z.next_in = (Bytef *)(uintptr_t)s;
	z.avail_in = (uInt)n;
	z.next_out = (Bytef *)buf_reserve(b, room);
	z.avail_out = (uInt)room;
	r = deflate(&z, Z_FINISH);
	b->len += z.total_out;
	deflateEnd(&z);
	return r == Z_STREAM_END ? 0 : -1;
}

#define PIECE 65536

struct gz_packer {
	z_stream z;
};

struct gz_packer *
gz_packer_new(int level)
{
	struct gz_packer *p = mem_new(1, sizeof(*p));

	if (deflateInit2(&p->z, level, Z_DEFLATED, window(GZ_GZIP), 8,
		Z_DEFAULT_STRATEGY) == Z_OK)
		return p;
	free(p);
	return mem_need(NULL);
}

void
gz_packer_free(struct gz_packer *p)
{
	if (p == NULL)
		return;
	deflateEnd(&p->z);
	free(p);
}

void
gz_packer_add(
    struct gz_packer *p, struct buf *b, const char *s, size_t n, int last)
{
	do {
		uInt part = n < PIECE ? (uInt)n : PIECE;
		int end = last && part == n;

		p->z.next_in = (Bytef *)(uintptr_t)s;
		p->z.avail_in = part;
		s += part;
		n -= part;
		do {
			p->z.next_out = (Bytef *)buf_reserve(b, PIECE);
			p->z.avail_out = PIECE;
			deflate(&p->z, end ? Z_FINISH : Z_NO_FLUSH);
			b->len += PIECE - p->z.avail_out;
		} while (p->z.avail_out == 0);
	} while (n > 0);
}

int
gz_unpack(struct buf *b, const char *s, size_t n, enum gz_form form, size_t max)
{
	z_stream z = { 0 };
	size_t from = b->len;
	int r = Z_OK;

	if (n > INT_MAX || inflateInit2(&z, window(form)) != Z_OK)
		return -1;
	z.next_in = (Bytef *)(uintptr_t)s;
	z.avail_in = (uInt)n;
	while (r == Z_OK && b->len - from <= max) {
		z.next_out = (Bytef *)buf_reserve(b, PIECE);
		z.avail_out = PIECE;
		r = inflate(&z, Z_NO_FLUSH);
		b->len += PIECE - z.avail_out;
	}
	inflateEnd(&z);
	return r == Z_STREAM_END && b->len - from <= max ? 0 : -1;
}
