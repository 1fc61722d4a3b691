/* SPDX-License-Identifier: MIT */
#include <assert.h>
#include <ctype.h>
#include <stdint.h>
#include <string.h>

#include "entra_try.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static const int statuses[] = { 200, 200, 302, 400, 401, 429, 500 };

/* A token that fits into a header, and for how long it holds. */
static void
check_token(const struct entra_answer *a)
{
	size_t n = strnlen(a->token, sizeof(a->token));

	assert(n > 0 && n < sizeof(a->token));
	for (size_t i = 0; i < n; i++)
		assert(isgraph((unsigned char)a->token[i]));
	assert(a->life_ms > 0 && a->refresh_ms >= 0);
	assert(a->refresh_ms <= a->life_ms);
}

/* Words for a log: one line, and never the secret that was sent. */
static void
check_words(const struct entra_try *t)
{
	assert(t->why[0] != '\0');
	assert(memchr(t->why, '\0', sizeof(t->why)) != NULL);
	assert(strstr(t->why, t->secret) == NULL);
	for (const char *c = t->why; *c != '\0'; c++)
		assert((unsigned char)*c >= ' ');
}

/* The first byte is the status, the rest an answer to a request for a token. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct entra_answer a;
	struct entra_try t = { .out = &a, .secret = "hush" };
	struct http_reply r = { 0 };
	struct buf body = { 0 };

	if (size == 0 || size > 65536)
		return 0;
	buf_add(&body, data + 1, size - 1);
	r.status = statuses[data[0] % (sizeof(statuses) / sizeof(*statuses))];
	r.body = buf_str(&body);
	r.body_len = body.len;
	if (entra_read(&t, &r) == ENTRA_GOT)
		check_token(&a);
	else
		check_words(&t);
	buf_fini(&body);
	return 0;
}
