/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "outlet.h"
#include "status.h"

size_t
outlet_pending(const struct outlet *o)
{
	return o->b.len - o->at;
}

int
outlet_write(struct outlet *o, struct err *e)
{
	size_t n = outlet_pending(o);
	ssize_t w;

	/* A pipe that polls writable takes this much without waiting. */
	if (n > PIPE_BUF)
		n = PIPE_BUF;
	w = write(STDOUT_FILENO, o->b.data + o->at, n);
	if (w == -1 && errno != EINTR && errno != EAGAIN)
		return err_sys(e, ST_RETRY, "stdout");
	if (w > 0)
		o->at += (size_t)w;
	if (o->at == o->b.len) {
		buf_reset(&o->b);
		o->at = 0;
	}
	return 0;
}

void
outlet_cut(struct outlet *o)
{
	const char *end;

	if (outlet_pending(o) == 0)
		return;
	if (o->at == 0 || o->b.data[o->at - 1] == '\n') {
		o->b.len = o->at;
		return;
	}
	end = memchr(o->b.data + o->at, '\n', outlet_pending(o));
	o->b.len = (size_t)(end - o->b.data) + 1;
}
