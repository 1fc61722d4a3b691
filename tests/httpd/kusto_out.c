/* SPDX-License-Identifier: MIT */
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "io.h"
#include "kusto_out.h"
#include "status.h"

static void
flush(struct kusto_out *o)
{
	struct err e;

	if (o->n > 0 && io_write(o->fd, o->bytes, o->n, &e) == -1)
		_exit(ST_RETRY);
	o->n = 0;
}

void
kusto_out_begin(
    struct kusto_out *o, int fd, int status, const char *type, int gzip)
{
	memset(o, 0, sizeof(*o));
	o->fd = fd;
	o->gzip = gzip;
	o->n = (size_t)snprintf((char *)o->bytes, sizeof(o->bytes),
	    "%d %s %s\n", status, type, gzip ? "gzip" : "plain");
	flush(o);
	/* 16 more than the window's bits: a gzip header and trailer. */
	if (gzip &&
	    deflateInit2(&o->z, Z_BEST_SPEED, Z_DEFLATED, MAX_WBITS + 16, 8,
		Z_DEFAULT_STRATEGY) != Z_OK)
		_exit(ST_RETRY);
}

static void
pack(struct kusto_out *o, const char *p, size_t n, int how)
{
	o->z.next_in = (Bytef *)(uintptr_t)p;
	o->z.avail_in = (uInt)n;
	do {
		o->z.next_out = o->bytes;
		o->z.avail_out = sizeof(o->bytes);
		deflate(&o->z, how);
		o->n = sizeof(o->bytes) - o->z.avail_out;
		flush(o);
	} while (o->z.avail_out == 0);
}

void
kusto_out_add(struct kusto_out *o, const char *p, size_t n)
{
	if (o->gzip) {
		pack(o, p, n, Z_NO_FLUSH);
		return;
	}
	while (n > 0) {
		size_t room = sizeof(o->bytes) - o->n;
		size_t part = n < room ? n : room;

		memcpy(o->bytes + o->n, p, part);
		o->n += part;
		p += part;
		n -= part;
		if (o->n == sizeof(o->bytes))
			flush(o);
	}
}

void
kusto_out_end(struct kusto_out *o)
{
	if (o->gzip) {
		pack(o, "", 0, Z_FINISH);
		deflateEnd(&o->z);
	}
	flush(o);
}
