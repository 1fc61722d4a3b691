/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "aside.h"
#include "log.h"

#define LETTER_BYTES (1 << 20)

void
aside_init(struct aside *a)
{
	*a = (struct aside){ 0 };
	spool_init(&a->text, NULL);
}

void
aside_add(struct aside *a, const char *line, size_t len)
{
	struct err e;

	a->n++;
	if (spool_add(&a->text, line, len, &e) == -1 ||
	    spool_add(&a->text, "\n", 1, &e) == -1)
		log_error("sample not put aside", KV_S("reason", e.msg));
}

static int64_t
count_lines(const char *s, size_t n)
{
	int64_t lines = 0;

	for (const char *end = s + n; (s = memchr(s, '\n', (size_t)(end - s)));
	     s++)
		lines++;
	return lines;
}

/* Write the whole lines of b, and keep what begins another. */
static void
bury(struct buf *b, struct dead *d, const struct dead_why *why)
{
	const char *last = b->len > 0 ? memrchr(b->data, '\n', b->len) : NULL;
	size_t n = last != NULL ? (size_t)(last + 1 - b->data) : 0;

	if (n == 0)
		return;
	dead_lines(d, why, b->data, n, count_lines(b->data, n));
	buf_drop(b, n);
}

void
aside_bury(struct aside *a, struct dead *d, const struct dead_why *why)
{
	struct buf b = { 0 };
	struct err e;
	ssize_t got = 1;

	while (d != NULL && a->n > 0 && got > 0) {
		buf_reserve(&b, LETTER_BYTES);
		got = spool_next(
		    &a->text, b.data + b.len, LETTER_BYTES - b.len, &e);
		if (got > 0)
			b.len += (size_t)got;
		if (got <= 0 || b.len >= LETTER_BYTES)
			bury(&b, d, why);
	}
	if (got == -1)
		log_error("samples put aside are lost", KV_S("reason", e.msg));
	buf_fini(&b);
	aside_drop(a);
}

void
aside_drop(struct aside *a)
{
	spool_reset(&a->text);
	a->n = 0;
}

void
aside_fini(struct aside *a)
{
	spool_fini(&a->text);
}
