/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "io.h"
#include "kql/data/view.h"
#include "status.h"
#include "utf8.h"

#define VIEW_CHUNK (256 << 10)

void
view_init(struct view *v, struct gz *in, const char *name)
{
	memset(v, 0, sizeof(*v));
	buf_reserve(&v->data, 1);
	v->in = in;
	v->name = name;
}

void
view_fini(struct view *v)
{
	buf_fini(&v->data);
}

int
view_more(struct view *v, long line, struct err *e)
{
	size_t got;

	buf_drop(&v->data, v->head);
	v->head = 0;
	if (v->data.len > IO_LINE_MAX)
		return err_set(e, ST_DATA, "%s:%ld: record over %d MiB",
		    v->name, line, IO_LINE_MAX >> 20);
	buf_reserve(&v->data, VIEW_CHUNK);
	if (gz_read(v->in, v->data.data + v->data.len, VIEW_CHUNK, &got, e) ==
	    -1)
		return -1;
	v->data.len += got;
	v->eof = got == 0;
	if (!v->begun)
		v->head = utf8_mark(v->data.data, v->data.len);
	v->begun = 1;
	return 0;
}
