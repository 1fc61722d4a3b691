/* SPDX-License-Identifier: MIT */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "../../kqlrun/query_text.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static int
lines(const char *s)
{
	int n = 1;

	for (; *s != '\0'; s++)
		n += *s == '\n';
	return n;
}

/* A query's body: nothing is lost, and its last line is found again. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct placeholders p = { 0 };
	struct arena a = { 0 };
	struct query_text t;
	struct buf b = { 0 };
	const char *body;
	struct err e;

	placeholder_add(&a, &p, "region", "east\"us", &e);
	body = arena_strndup(&a, (const char *)data, n);
	t = query_text_build(&b, body, WHEN_EPOCH, WHEN_EPOCH + WHEN_SEC, &p);
	assert(strlen(b.data) == b.len);
	assert(query_text_line(&t, lines(b.data)) == lines(body));
	buf_fini(&b);
	arena_fini(&a);
	return 0;
}
