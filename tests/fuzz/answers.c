/* SPDX-License-Identifier: MIT */
#include <assert.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>

#include "../../kql2rows/reply.h"
#include "json.h"
#include "log.h"
#include "status.h"

/*
 * Kusto answers, in two pieces.  The first byte says where they are cut.  What
 * comes out is rows: each line a JSON object, whatever came in.
 */
int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
check_rows(const struct buf *b)
{
	const char *at = buf_str(b), *end = at + b->len, *nl;
	struct arena a = { 0 };
	struct json *j;
	struct err e;

	for (; at < end; at = nl + 1) {
		nl = memchr(at, '\n', (size_t)(end - at));
		assert(nl != NULL);
		arena_reset(&a);
		j = json_parse(&a, at, (size_t)(nl - at), &e);
		assert(j != NULL && j->type == JSON_OBJECT);
	}
	arena_fini(&a);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *s = (const char *)data + 1;
	size_t cut, n = size - 1;
	struct reply r;
	struct out out;
	struct err e;
	int bad;

	if (size == 0 || size > 60000)
		return 0;
	log_init("fuzz", LV_ERROR, 0);
	cut = n * data[0] / 255;
	out = (struct out){ .fd = -1 };
	reply_init(&r, &out, NULL, NULL);
	bad = reply_feed(&r, s, cut, &e);
	if (bad == 0)
		bad = reply_feed(&r, s + cut, n - cut, &e);
	if (bad == 0)
		bad = reply_end(&r, &e);
	assert(bad == 0 || e.code != ST_DATA || *r.fault.code != '\0');
	if (out.b.len > 0)
		check_rows(&out.b);
	reply_reset(&r);
	reply_fini(&r);
	out_fini(&out);
	return 0;
}
