/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "io.h"
#include "spool.h"
#include "status.h"

void
spool_init(struct spool *s, const char *dir)
{
	*s = (struct spool){ .dir = dir, .fd = -1 };
}

static int
to_file(struct spool *s, struct err *e)
{
	if (s->fd == -1 && (s->fd = io_tmpfile(s->dir, e)) == -1)
		return -1;
	if (io_write(s->fd, s->mem.data, s->mem.len, e) == -1)
		return err_wrap(e, "temporary file in %s",
		    s->dir != NULL ? s->dir : io_tmpdir());
	s->written += (int64_t)s->mem.len;
	buf_reset(&s->mem);
	return 0;
}

int
spool_add(struct spool *s, const void *p, size_t n, struct err *e)
{
	if (s->mem.len + n > SPOOL_MEMORY && s->mem.len > 0 &&
	    to_file(s, e) == -1)
		return -1;
	buf_add(&s->mem, p, n);
	return 0;
}

static ssize_t
read_file(struct spool *s, char *out, size_t n, struct err *e)
{
	ssize_t got;

	do
		got = pread(s->fd, out, n, s->read);
	while (got == -1 && errno == EINTR);
	if (got == -1)
		return err_sys(e, ST_RETRY, "spool");
	if (got == 0)
		return err_set(e, ST_RETRY, "spool: the file became shorter");
	s->read += got;
	return got;
}

ssize_t
spool_next(struct spool *s, char *out, size_t n, struct err *e)
{
	size_t at, left;

	if (s->read < s->written)
		return read_file(s, out,
		    (int64_t)n < s->written - s->read
			? n
			: (size_t)(s->written - s->read),
		    e);
	at = (size_t)(s->read - s->written);
	left = s->mem.len - at;
	if (n > left)
		n = left;
	if (n > 0)
		memcpy(out, s->mem.data + at, n);
	s->read += (int64_t)n;
	return (ssize_t)n;
}

void
spool_reset(struct spool *s)
{
	if (s->fd != -1)
		close(s->fd);
	s->fd = -1;
	s->written = s->read = 0;
	buf_reset(&s->mem);
}

void
spool_fini(struct spool *s)
{
	spool_reset(s);
	buf_fini(&s->mem);
}
