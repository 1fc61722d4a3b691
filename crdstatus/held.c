/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "held.h"
#include "io.h"

#define PART 65536 /* bytes read at a time */

void
held_init(struct held *h)
{
	*h = (struct held){ 0 };
	spool_init(&h->in, NULL);
	spool_init(&h->out, NULL);
}

int
held_add(struct held *h, const char *line, size_t n, struct err *e)
{
	if (spool_add(&h->in, line, n, e) == -1 ||
	    spool_add(&h->in, "\n", 1, e) == -1)
		return -1;
	h->added++;
	h->size += n + 1;
	return 0;
}

/* Read on; when all of out was read, in takes its place. */
static int
read_part(struct held *h, struct err *e)
{
	char *to = buf_reserve(&h->part, PART);
	ssize_t n = spool_next(&h->out, to, PART, e);

	if (n == 0) {
		struct spool empty = h->out;

		spool_reset(&empty);
		h->out = h->in;
		h->in = empty;
		n = spool_next(&h->out, to, PART, e);
	}
	if (n > 0)
		h->part.len += (size_t)n;
	return n < 0 ? -1 : 0;
}

/* Bytes of the part's lines up to that number; counts them as passed. */
static size_t
take_lines(struct held *h, uint64_t upto)
{
	const char *at = buf_str(&h->part), *end = at + h->part.len, *nl;

	while (h->passed < upto &&
	    (nl = memchr(at, '\n', (size_t)(end - at))) != NULL) {
		at = nl + 1;
		h->passed++;
	}
	return (size_t)(at - buf_str(&h->part));
}

int
held_pass(struct held *h, uint64_t upto, int fd, struct err *e)
{
	if (upto > h->added)
		upto = h->added;
	while (h->passed < upto) {
		size_t n = take_lines(h, upto);

		if (n == 0 && read_part(h, e) == -1)
			return -1;
		if (n > 0 && io_write(fd, h->part.data, n, e) == -1)
			return err_wrap(e, "stdout");
		buf_drop(&h->part, n);
		h->size -= n;
	}
	return 0;
}

void
held_fini(struct held *h)
{
	spool_fini(&h->in);
	spool_fini(&h->out);
	buf_fini(&h->part);
}
