/* SPDX-License-Identifier: MIT */
#ifndef KUSTO_OUT_H
#define KUSTO_OUT_H

#include <stddef.h>

#include <zlib.h>

/*
 * A query's process writes its answer to a pipe: a line "STATUS TYPE ENCODING"
 * (TYPE json or text, ENCODING gzip or plain), then the body as it goes over
 * the wire.  What cannot be written ends the process: nobody reads it.
 */
struct kusto_out {
	int fd;
	int gzip;
	z_stream z;
	unsigned char bytes[64 << 10];
	size_t n;
};

/* Begin with the line; gzip says how the body is packed. */
void kusto_out_begin(
    struct kusto_out *, int fd, int status, const char *type, int gzip);

/* More of the body; and its end. */
void kusto_out_add(struct kusto_out *, const char *, size_t n);
void kusto_out_end(struct kusto_out *);

#endif
