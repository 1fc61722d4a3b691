/* SPDX-License-Identifier: MIT */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "json.h"

/*
 * The JSON reader.  What it takes is written and read again as the same; the
 * stream takes what the tree takes, whole and in pieces.
 */
int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static const struct json_events none;

/* Feed pieces of that size.  Whether the stream took them. */
static int
streamed(const char *text, size_t n, size_t piece)
{
	struct json_stream *s = json_stream_new(&none, NULL);
	struct err e;
	int r = 0;

	for (size_t at = 0; r == 0 && at < n; at += piece)
		r = json_stream_feed(
		    s, text + at, n - at < piece ? n - at : piece, &e);
	if (r == 0)
		r = json_stream_end(s, &e);
	json_stream_free(s);
	return r == 0;
}

static void
check_again(struct arena *a, const struct json *v)
{
	struct buf b = { 0 }, again = { 0 };
	struct json *second;
	struct err e;

	json_write(&b, v);
	second = json_parse(a, b.data, b.len, &e);
	assert(second != NULL);
	json_write(&again, second);
	assert(b.len == again.len && memcmp(b.data, again.data, b.len) == 0);
	buf_fini(&b);
	buf_fini(&again);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	const char *text = (const char *)data;
	struct arena a = { 0 };
	struct err e;
	struct json *v = json_parse(&a, text, n, &e);
	int whole = streamed(text, n, n + 1);

	assert(v == NULL || whole);
	assert(streamed(text, n, 1) == whole);
	assert(streamed(text, n, 3) == whole);
	if (v != NULL)
		check_again(&a, v);
	arena_fini(&a);
	return 0;
}
