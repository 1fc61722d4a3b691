/* SPDX-License-Identifier: MIT */
#include <stddef.h>
#include <stdint.h>

#include "../../kqlrun/watch_event.h"
#include "resource.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

/* A line of stdin: whatever it is, it is an event or an error. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct arena a = { 0 };
	struct watch_event w;
	struct resource r;
	struct err e;

	if (watch_event_read(&a, (const char *)data, n, &w, &e) == 0 &&
	    w.type != WATCH_PASS)
		resource_identify(&a, w.object, NULL, &r, &e);
	arena_fini(&a);
	return 0;
}
