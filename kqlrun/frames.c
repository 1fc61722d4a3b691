/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "frames.h"
#include "json.h"
#include "status.h"

#define FRAME_MAX (1 << 20) /* bytes of a frame without rows */

static const char fragment[] = "{\"FrameType\":\"TableFragment\"";

void
frames_init(struct frames *f)
{
	f->skip = f->complete = 0;
	f->table = -1;
	f->rows = 0;
	buf_reset(&f->line);
	arena_reset(&f->arena);
}

static void
judge(struct frames *f, const struct json *frame)
{
	const char *type = json_get_str(frame, "FrameType", "");
	int64_t id = json_get_int(frame, "TableId", -1);
	int failed;

	if (strcmp(type, "TableHeader") == 0 && f->table == -1 &&
	    strcmp(json_get_str(frame, "TableKind", ""), "PrimaryResult") == 0)
		f->table = id;
	if (strcmp(type, "TableCompletion") == 0 && id == f->table)
		f->rows = json_get_int(frame, "RowCount", 0);
	failed = json_get_bool(frame, "HasErrors", 0) ||
	    json_get_bool(frame, "Cancelled", 0) ||
	    json_get(frame, "OneApiErrors") != NULL;
	if (failed)
		f->complete = -1;
	else if (strcmp(type, "DataSetCompletion") == 0 && f->complete == 0)
		f->complete = 1;
}

static void
end_line(struct frames *f)
{
	struct json *frame;
	struct err e;

	if (!f->skip) {
		frame =
		    json_parse(&f->arena, buf_str(&f->line), f->line.len, &e);
		if (frame != NULL)
			judge(f, frame);
		else
			f->complete = -1;
		arena_reset(&f->arena);
	}
	buf_reset(&f->line);
	f->skip = 0;
}

void
frames_add(struct frames *f, const char *p, size_t n)
{
	const char *eol, *end = p + n;

	for (; p < end; p = eol + 1) {
		eol = memchr(p, '\n', (size_t)(end - p));
		n = (size_t)((eol != NULL ? eol : end) - p);
		if (!f->skip)
			buf_add(&f->line, p, n);
		if (f->line.len > FRAME_MAX ||
		    (f->line.len >= sizeof(fragment) - 1 &&
			memcmp(f->line.data, fragment, sizeof(fragment) - 1) ==
			    0))
			f->skip = 1;
		if (eol == NULL)
			return;
		end_line(f);
	}
}

int
frames_end(struct frames *f, struct err *e)
{
	if (f->line.len > 0 || f->skip || f->complete == 0)
		return err_set(e, ST_DATA, "the response ends too early");
	if (f->complete == -1)
		return err_set(e, ST_DATA, "the response holds an error");
	return 0;
}

void
frames_fini(struct frames *f)
{
	buf_fini(&f->line);
	arena_fini(&f->arena);
}
