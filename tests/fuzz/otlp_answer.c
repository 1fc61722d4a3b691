/* SPDX-License-Identifier: MIT */
#include <stddef.h>
#include <stdint.h>

#include "../../otlpsend/otlp_answer.h"
#include "../../otlpsend/otlp_grpc.h"

#define UNPACKED_MAX 65536

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

/* An answer of a receiver: its first byte says of which kind. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	const char *body = (const char *)data + 1, *at;
	struct arena a = { 0 };
	struct buf unpacked = { 0 };
	struct otlp_said said;
	size_t len;

	if (n == 0)
		return 0;
	switch (data[0] % 5) {
	case 0:
	case 1:
		otlp_answer_success(&a, body, n - 1, data[0] % 5, &said);
		break;
	case 2:
	case 3:
		otlp_answer_status(&a, body, n - 1, data[0] % 5 - 2, &said);
		break;
	default:
		if (otlp_grpc_message(
			body, n - 1, UNPACKED_MAX, &at, &len, &unpacked) == 0)
			otlp_answer_success(&a, at, len, 0, &said);
	}
	arena_fini(&a);
	buf_fini(&unpacked);
	return 0;
}
