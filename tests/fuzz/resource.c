/* SPDX-License-Identifier: MIT */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "resource.h"
#include "yaml.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

/* What is accepted keeps its promises; what is not says why, and where. */
static void
check_object(struct arena *a, const struct json *o)
{
	struct resource r;
	struct err e = { 0 };

	if (resource_read(a, o, "fuzz", &r, &e) == -1) {
		assert(strncmp(e.msg, "fuzz:", 5) == 0);
		return;
	}
	assert(r.name != NULL && strchr(r.name, '/') == NULL);
	assert(strchr(resource_key(a, &r), '/') != NULL);
	assert(r.interval >= WHEN_SEC && r.interval % WHEN_SEC == 0);
	assert(r.ingestion_delay >= 0);
	assert(r.selector != NULL || (r.database != NULL && r.body != NULL));
	assert((r.transform.value_column != NULL) !=
	    (r.transform.value_columns.n > 0));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct yaml *y = yaml_open("fuzz", (const char *)data, n);
	struct arena a = { 0 };
	struct json *doc;
	struct err e;

	while (yaml_next(y, &a, &doc, &e) == 1)
		check_object(&a, doc);
	yaml_close(y);
	arena_fini(&a);
	return 0;
}
