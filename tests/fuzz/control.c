/* SPDX-License-Identifier: MIT */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "control.h"

/*
 * Control lines.  One that is taken is passed on in either form, and read there
 * as the same.
 */
int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
look(struct arena *a, enum control_kind kind, struct json *o)
{
	struct end_error error;
	struct window w;
	struct err e;

	if (kind == CONTROL_WINDOW && window_read(o, &w, &e) == 0) {
		assert(w.start <= w.end && w.tree == o);
		window_is_for(&w, "prometheus");
		window_is_for(&w, NULL);
	}
	if (kind == CONTROL_END && end_error_read(o, &error) == 0) {
		end_error_set(a, o, "promsend", "Died", "m", 1);
		assert(end_error_read(o, &error) == 1 && error.permanent);
	}
}

/* Write o in that form, and read it there. */
static void
pass_on(struct arena *a, enum control_kind kind, const struct json *o,
    enum control_form form)
{
	struct buf line = { 0 }, again = { 0 };
	struct json *read;
	struct err e;

	control_write(&line, kind, o, form);
	assert(memchr(line.data, '\n', line.len) == line.data + line.len - 1);
	assert(control_peek(line.data, line.len - 1, form) == kind);
	read = control_parse(a, kind, line.data, line.len - 1, form, &e);
	assert(read != NULL);
	control_write(&again, kind, read, form);
	assert(line.len == again.len &&
	    memcmp(line.data, again.data, line.len) == 0);
	buf_fini(&line);
	buf_fini(&again);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	const char *line = (const char *)data;
	struct arena a = { 0 };
	struct err e;

	for (int form = CONTROL_JSON; form <= CONTROL_PROM; form++) {
		enum control_kind kind = control_peek(line, n, form);
		struct json *o;

		if (kind == CONTROL_NONE ||
		    (o = control_parse(&a, kind, line, n, form, &e)) == NULL)
			continue;
		pass_on(&a, kind, o, CONTROL_JSON);
		pass_on(&a, kind, o, CONTROL_PROM);
		look(&a, kind, o);
	}
	arena_fini(&a);
	return 0;
}
