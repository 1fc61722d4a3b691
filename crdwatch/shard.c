/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "hash.h"
#include "shard.h"
#include "status.h"

#define PARTS_MAX 65536

int
shard_parse(struct shard *s, const char *text, struct err *e)
{
	char *end;
	size_t digits = strspn(text, "0123456789");

	s->number = strtoll(text, &end, 10);
	if (digits > 0 && digits < 6 && *end == '/') {
		digits = strspn(text = end + 1, "0123456789");
		s->of = strtoll(text, &end, 10);
		if (digits > 0 && digits < 6 && *end == '\0' &&
		    s->number < s->of && s->of <= PARTS_MAX)
			return 0;
	}
	return err_set(e, ST_USAGE,
	    "--shard must be I/N, I from 0 to N-1, N at most %d", PARTS_MAX);
}

int
shard_has(const struct shard *s, const char *space, const char *name)
{
	struct buf key = { 0 };
	uint64_t h;

	if (s->of == 0)
		return 1;
	buf_printf(&key, "%s/%s", space, name);
	h = hash_bytes(key.data, key.len);
	buf_fini(&key);
	/* Its low bits say little of the text; the high ones are mixed in. */
	h = (h ^ h >> 33) * UINT64_C(0xff51afd7ed558ccd);
	h ^= h >> 33;
	return (int64_t)(h % (uint64_t)s->of) == s->number;
}
