/* SPDX-License-Identifier: MIT */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "arena.h"
#include "buf.h"
#include "kql/data/schema.h"
#include "kql/fn/dyn.h"
#include "kql/value.h"
#include "when.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

/* A time that is read must print as one that reads as the same. */
static void
check_values(const char *s, size_t n)
{
	char text[WHEN_TEXT], guid[37];
	ticks t, u;

	if (value_datetime(s, n, &t) == 0) {
		assert(t >= 0 && t <= WHEN_MAX);
		assert(value_datetime(text, when_format(text, t), &u) == 0);
		assert(t == u);
	}
	if (value_timespan(s, n, &t) == 0) {
		assert(
		    value_timespan(text, when_format_span(text, t), &u) == 0);
		assert(t == u);
	}
	if (value_guid(s, n, guid) == 0)
		assert(strlen(guid) == 36);
}

/* Values that are no JSON may give nonsense, but stay within their bytes. */
static void
check_dyn(struct dyn d, int depth)
{
	struct dyn_walk w;
	struct buf b = { 0 };

	dyn_walk(&w, d);
	while (dyn_next(&w)) {
		assert(w.value.s >= d.s && w.value.s + w.value.n <= d.s + d.n);
		if (w.bag)
			dyn_key_is(w.key, "a", 1);
		if (depth < 50)
			check_dyn(w.value, depth + 1);
	}
	if (dyn_kind(d) == DYN_STRING)
		dyn_text(&b, d);
	buf_fini(&b);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct arena a = { 0 };
	struct buf copy = { 0 };
	struct schema t;
	struct err e;

	check_values((const char *)data, n);
	check_dyn((struct dyn){ (const char *)data, n }, 0);
	buf_add(&copy, data, n);
	if (schema_parse(&t, "fuzz", buf_str(&copy), &a, &e) == 0)
		for (size_t i = 0; i < t.n; i++)
			assert(t.columns[i].type != KT_NONE &&
			    t.columns[i].sql != NULL);
	else
		assert(strncmp(e.msg, "fuzz:", 5) == 0);
	buf_fini(&copy);
	arena_fini(&a);
	return 0;
}
