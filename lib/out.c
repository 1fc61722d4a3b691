/* SPDX-License-Identifier: MIT */
#include <unistd.h>

#include "io.h"
#include "out.h"

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
