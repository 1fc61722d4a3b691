/* SPDX-License-Identifier: MIT */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>

#include "../../kqlrun/frames.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

/* A response is judged alike however it was cut into pieces. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct frames whole = { 0 }, cut = { 0 };
	struct err e;

	frames_init(&whole);
	frames_init(&cut);
	frames_add(&whole, (const char *)data, n);
	for (size_t i = 0; i < n; i++)
		frames_add(&cut, (const char *)data + i, 1);
	assert(frames_end(&whole, &e) == frames_end(&cut, &e));
	assert(whole.rows == cut.rows);
	frames_fini(&whole);
	frames_fini(&cut);
	return 0;
}
