/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <zlib.h>

#include "gz.h"
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
