/* SPDX-License-Identifier: MIT */
#include <stdalign.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "arena.h"
#include "log.h"
#include "status.h"

#define BLOCK_MIN 4096  /* bytes of the first block */
#define BLOCK_MAX 65536 /* blocks double up to here */

struct arena_block {
	struct arena_block *prev;
	size_t cap;
	alignas(max_align_t) char data[];
};

static struct arena_block *
block_new(struct arena_block *prev, size_t need)
{
	size_t cap = prev == NULL ? BLOCK_MIN : prev->cap * 2;
	struct arena_block *b;

	if (cap > BLOCK_MAX)
		cap = BLOCK_MAX;
	if (cap < need)
		cap = need;
	if ((b = malloc(sizeof(*b) + cap)) == NULL) {
		log_error("out of memory", KV_I("bytes", (int64_t)cap));
		exit(ST_RETRY);
	}
	b->prev = prev;
	b->cap = cap;
	return b;
}

void *
arena_alloc(struct arena *a, size_t n)
{
	const size_t al = alignof(max_align_t);
	void *p;

	n = (n + al - 1) / al * al;
	if (a->head == NULL || a->head->cap - a->used < n) {
		a->head = block_new(a->head, n);
		a->used = 0;
	}
	p = a->head->data + a->used;
	a->used += n;
	return p;
}

void *
arena_zalloc(struct arena *a, size_t n)
{
	return memset(arena_alloc(a, n), 0, n);
}

char *
arena_strndup(struct arena *a, const char *s, size_t n)
{
	char *p = arena_alloc(a, n + 1);

	memcpy(p, s, n);
	p[n] = '\0';
	return p;
}

char *
arena_strdup(struct arena *a, const char *s)
{
	return arena_strndup(a, s, strlen(s));
}

char *
arena_printf(struct arena *a, const char *fmt, ...)
{
	va_list ap;
	char *p;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	p = arena_alloc(a, (size_t)n + 1);
	va_start(ap, fmt);
	vsnprintf(p, (size_t)n + 1, fmt, ap);
	va_end(ap);
	return p;
}

void
arena_reset(struct arena *a)
{
	struct arena_block *b, *prev;

	if (a->head == NULL)
		return;
	/* Keep the newest block, unless one huge record made it. */
	if (a->head->cap > BLOCK_MAX) {
		arena_fini(a);
		return;
	}
	for (b = a->head->prev; b != NULL; b = prev) {
		prev = b->prev;
		free(b);
	}
	a->head->prev = NULL;
	a->used = 0;
}

size_t
arena_size(const struct arena *a)
{
	size_t n = 0;

	for (const struct arena_block *b = a->head; b != NULL; b = b->prev)
		n += b->cap;
	return n;
}

void
arena_fini(struct arena *a)
{
	struct arena_block *b, *prev;

	for (b = a->head; b != NULL; b = prev) {
		prev = b->prev;
		free(b);
	}
	a->head = NULL;
	a->used = 0;
}
