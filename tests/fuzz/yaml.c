/* SPDX-License-Identifier: MIT */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "arena.h"
#include "buf.h"
#include "yaml.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

/* Every document that is read must come out as JSON that reads back. */
static void
check_document(struct arena *a, const struct json *doc)
{
	struct buf b = { 0 };
	struct err e;

	json_write(&b, doc);
	assert(json_parse(a, buf_str(&b), b.len, &e) != NULL);
	buf_fini(&b);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct yaml *y = yaml_open("fuzz", (const char *)data, n);
	struct arena a = { 0 };
	struct json *doc;
	struct err e;
	int status;

	while ((status = yaml_next(y, &a, &doc, &e)) == 1) {
		check_document(&a, doc);
		arena_reset(&a);
	}
	if (status == -1)
		assert(strncmp(e.msg, "fuzz:", 5) == 0);
	yaml_close(y);
	arena_fini(&a);
	return 0;
}
