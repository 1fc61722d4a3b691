/* SPDX-License-Identifier: MIT */
#ifndef BUF_H
#define BUF_H

#include <stddef.h>

/*
 * Bytes that grow.  A buf that is all zero is empty and ready; data always has
 * room for, and ends in, a NUL that len does not count once anything was
 * added.  Running out of memory ends the process with ST_RETRY.
 */
struct buf {
	char *data;
	size_t len;
	size_t cap;
};

/* buf_reserve when there is no room. */
char *buf_grow(struct buf *, size_t n);

/* Make room for n more bytes and the NUL; returns where they go. */
static inline char *
buf_reserve(struct buf *b, size_t n)
{
	return b->len + n < b->cap ? b->data + b->len : buf_grow(b, n);
}

/* Add n bytes, a string, or formatted text at the end. */
void buf_add(struct buf *, const void *, size_t n);
void buf_puts(struct buf *, const char *);
void buf_printf(struct buf *, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

static inline void
buf_putc(struct buf *b, char c)
{
	if (b->len + 2 > b->cap)
		buf_reserve(b, 1);
	b->data[b->len++] = c;
	b->data[b->len] = '\0';
}

/* The bytes as a string, "" when nothing was added; good until the next add. */
const char *buf_str(const struct buf *);

/* Drop the first n bytes; the rest moves to the front. */
void buf_drop(struct buf *, size_t n);

/* Empty it, keeping its memory; or give the memory back. */
void buf_reset(struct buf *);
void buf_fini(struct buf *);

#endif
