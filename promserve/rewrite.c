/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "arena.h"
#include "block.h"
#include "expo_read.h"
#include "expo_write.h"
#include "num.h"
#include "rewrite.h"

/* The labels with their names escaped and in order.  -1: two are the same. */
static int
escape_labels(
    struct arena *a, struct sample_label *v, size_t n, enum escape how)
{
	struct buf b = { 0 };

	for (size_t i = 1; i < n; i++) {
		struct sample_label x = v[i];
		size_t k = i;

		buf_reset(&b);
		escape_name(&b, x.name, how, 0);
		x.name = arena_strdup(a, b.data);
		for (; k > 1 && strcmp(v[k - 1].name, x.name) > 0; k--)
			v[k] = v[k - 1];
		v[k] = x;
	}
	buf_fini(&b);
	for (size_t i = 2; i < n; i++)
		if (strcmp(v[i - 1].name, v[i].name) == 0)
			return -1;
	return 0;
}

/* Append a series; v[0] is its name.  -1: it cannot be said. */
static int
put_series(
    struct buf *b, struct arena *a, const char *text, size_t n, enum escape how)
{
	struct sample_label *v;
	struct buf name = { 0 };
	struct err e;
	int more;

	n = expo_read_series(a, text, n, &v, &e);
	if (n == 0 || escape_labels(a, v, n, how) == -1)
		return -1;
	escape_name(&name, v[0].value, how, 1);
	more = !sample_plain_name(name.data, name.len, 1);
	expo_head(b, name.data, name.len);
	for (size_t i = 1; i < n; i++) {
		buf_putc(b, more ? ',' : '{');
		expo_pair(b, v[i].name, v[i].value);
		more = 1;
	}
	if (more)
		buf_putc(b, '}');
	buf_fini(&name);
	return 0;
}

/* Append milliseconds as seconds. */
static void
put_seconds(struct buf *b, const char *text, size_t n)
{
	int64_t ms = 0;
	uint64_t size;

	num_parse_int(text, n, &ms);
	size = ms < 0 ? -(uint64_t)ms : (uint64_t)ms;
	buf_printf(b, "%s%llu.%03u", ms < 0 ? "-" : "",
	    (unsigned long long)(size / 1000), (unsigned)(size % 1000));
}

/* Append the value, and the time if there is one: what is behind a series. */
static void
put_point(struct buf *b, const char *at, const char *end, int stamps,
    struct form form)
{
	const char *time;

	if (!stamps || !form.openmetrics) {
		buf_add(b, at, (size_t)(end - at));
		return;
	}
	time = (const char *)memrchr(at, ' ', (size_t)(end - at)) + 1;
	buf_add(b, at, (size_t)(time - at));
	put_seconds(b, time, (size_t)(end - time));
}

int64_t
rewrite_lines(struct buf *b, const char *lines, size_t n, int stamps,
    struct form form, const char **example)
{
	struct arena a = { 0 };
	const char *end = lines + n, *nl;
	int64_t lost = 0;

	for (; lines < end; lines = nl + 1) {
		size_t key, from = b->len;

		nl = memchr(lines, '\n', (size_t)(end - lines));
		key = block_key(lines, (size_t)(nl - lines), stamps);
		arena_reset(&a);
		if (put_series(b, &a, lines, key, form.escape) == -1) {
			b->len = from;
			if (lost++ == 0 && *example == NULL)
				*example = lines;
			continue;
		}
		put_point(b, lines + key, nl, stamps, form);
		buf_putc(b, '\n');
	}
	arena_fini(&a);
	return lost;
}
