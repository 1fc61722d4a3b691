/* SPDX-License-Identifier: MIT */
#include <fcntl.h>
#include <unistd.h>

#include "io.h"
#include "out.h"

#define PIPE_SIZE (4 * OUT_SIZE)

void
out_init(struct out *o, int fd)
{
	*o = (struct out){ .fd = fd };
	/* What is no pipe, or may have no more, stays as it is. */
	(void)fcntl(fd, F_SETPIPE_SZ, PIPE_SIZE);
}

int
out_flush(struct out *o, struct err *e)
{
	int bad = 0;

	if (o->b.len > 0)
		bad = io_write(o->fd, o->b.data, o->b.len, e);
	buf_reset(&o->b);
	if (bad == -1 && o->fd == STDOUT_FILENO)
		err_wrap(e, "stdout");
	return bad;
}

void
out_fini(struct out *o)
{
	buf_fini(&o->b);
}
