/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "ahead.h"
#include "control.h"
#include "log.h"
#include "status.h"

#define FRONT     (128 << 10) /* bytes in memory at the front of the queue */
#define BACK      (64 << 10)  /* and at its end, before they go to the file */
#define SLACK     (16 << 20)  /* of the file for control lines */
#define LIMIT_MIN 16          /* bytes; with none nothing would ever be read */
#define PATIENCE  1000        /* ms that memory may be full before the file */

void
ahead_init(struct ahead *a, int fd, size_t limit, const char *stage)
{
	limit = limit > LIMIT_MIN ? limit : LIMIT_MIN;
	*a = (struct ahead){ .limit = limit,
		.stage = stage,
		.fd = -1,
		.ring = (uint64_t)limit + SLACK };
	io_init(&a->in, fd, "stdin");
}

void
ahead_fini(struct ahead *a)
{
	io_fini(&a->in);
	buf_fini(&a->front);
	buf_fini(&a->back);
	if (a->fd != -1)
		close(a->fd);
}

size_t
ahead_size(const struct ahead *a)
{
	return (size_t)(a->in_total - a->out_total);
}

/* All that is queued belongs to what is being taken. */
static int
is_alone(const struct ahead *a)
{
	return !a->open || a->out_total >= a->window_at;
}

int
ahead_wants(struct ahead *a, int64_t now)
{
	size_t size = ahead_size(a);

	if (a->in.eof || (size >= a->limit && is_alone(a)))
		return 0;
	if (size < FRONT / 2)
		a->since = 0;
	if (size < FRONT && size < a->limit)
		return 1;
	if (a->since == 0)
		a->since = now;
	return now - a->since >= PATIENCE;
}

/* Read or write n bytes of the ring at a position that only grows. */
static int
ring_io(struct ahead *a, int write, char *p, size_t n, uint64_t at)
{
	while (n > 0) {
		uint64_t off = at % a->ring;
		size_t part = n < a->ring - off ? n : (size_t)(a->ring - off);
		ssize_t done = write ? pwrite(a->fd, p, part, (off_t)off)
				     : pread(a->fd, p, part, (off_t)off);

		if (done == -1 && errno == EINTR)
			continue;
		if (done <= 0)
			return -1;
		p += done;
		at += (uint64_t)done;
		n -= (size_t)done;
	}
	return 0;
}

/* Move the back to the file.  What fails stays in memory, said once. */
static void
spill(struct ahead *a)
{
	struct err e;

	if (a->no_disk || a->file_in - a->file_out + a->back.len > a->ring)
		return;
	if (a->fd == -1 && (a->fd = io_tmpfile(NULL, &e)) == -1)
		a->no_disk = 1;
	else if (ring_io(a, 1, a->back.data, a->back.len, a->file_in) == -1) {
		err_sys(&e, ST_RETRY, "read-ahead file in %s", io_tmpdir());
		a->no_disk = 1;
	}
	if (a->no_disk) {
		log_warn("cannot read ahead to a file", KV_S("reason", e.msg));
		a->limit = a->limit < FRONT ? a->limit : FRONT;
		return;
	}
	a->file_in += a->back.len;
	buf_reset(&a->back);
}

static void
append(struct ahead *a, const char *p, size_t n)
{
	int behind = a->file_in > a->file_out || a->back.len > 0;

	a->in_total += n;
	if (!behind && a->front.len - a->head + n <= FRONT) {
		if (a->head > 0 && a->front.len + n > FRONT) {
			buf_drop(&a->front, a->head);
			a->head = 0;
		}
		buf_add(&a->front, p, n);
		return;
	}
	buf_add(&a->back, p, n);
	if (a->back.len >= BACK)
		spill(a);
}

/* Forget what was queued behind position to. */
static void
truncate_to(struct ahead *a, uint64_t to)
{
	uint64_t drop = a->in_total - to, part;

	a->in_total = to;
	part = drop < a->back.len ? drop : a->back.len;
	a->back.len -= part;
	drop -= part;
	part = a->file_in - a->file_out;
	part = drop < part ? drop : part;
	a->file_in -= part;
	a->front.len -= drop - part;
}

static void
put_samples(struct ahead *a, const char *p, size_t n)
{
	if (a->full || n == 0)
		return;
	if (ahead_size(a) + n > a->limit && !is_alone(a)) {
		a->full = 1;
		truncate_to(a, a->samples_at);
		return;
	}
	append(a, p, n);
}

static void
put_full_end(struct ahead *a)
{
	struct buf b = { 0 };

	buf_printf(&b,
	    "# @end {\"error\":{\"stage\":\"%s\",\"code\":\"Full\","
	    "\"message\":\"no room for it in the read-ahead buffer of %zu "
	    "bytes\",\"permanent\":false}}\n",
	    a->stage, a->limit);
	append(a, b.data, b.len);
	buf_fini(&b);
}

static void
put_control(struct ahead *a, enum control_kind kind, const char *p, size_t n)
{
	if (kind == CONTROL_WINDOW) {
		a->window_at = a->in_total;
		a->open = 1;
		a->full = 0;
	}
	if (kind == CONTROL_END && a->full)
		put_full_end(a);
	else
		append(a, p, n);
	if (kind == CONTROL_WINDOW)
		a->samples_at = a->in_total;
	if (kind == CONTROL_END)
		a->open = a->full = 0;
}

/* Queue whole lines: runs of samples, and each control line by itself. */
static void
put_lines(struct ahead *a, const char *p, size_t n)
{
	const char *at = p, *end = p + n, *hash, *nl;
	enum control_kind kind;

	while ((hash = memchr(at, '#', (size_t)(end - at))) != NULL) {
		at = hash + 1;
		if (hash > p && hash[-1] != '\n')
			continue;
		kind = control_peek(hash, (size_t)(end - hash), CONTROL_PROM);
		if (kind == CONTROL_NONE)
			continue;
		nl = memchr(hash, '\n', (size_t)(end - hash));
		put_samples(a, p, (size_t)(hash - p));
		put_control(a, kind, hash, (size_t)(nl + 1 - hash));
		p = at = nl + 1;
	}
	put_samples(a, p, (size_t)(end - p));
}

int
ahead_read(struct ahead *a, struct err *e)
{
	int more = io_fill(&a->in, e);
	size_t n;
	char *p;

	if ((p = io_take_lines(&a->in, &n)) != NULL)
		put_lines(a, p, n);
	return more;
}

/* More bytes to the front, from the file or the back.  0: there are none. */
static int
refill(struct ahead *a, struct err *e)
{
	uint64_t n = a->file_in - a->file_out;

	buf_drop(&a->front, a->head);
	a->head = 0;
	if (n > 0) {
		n = n < FRONT ? n : FRONT;
		buf_reserve(&a->front, n);
		if (ring_io(a, 0, a->front.data + a->front.len, n,
			a->file_out) == -1)
			return err_sys(e, ST_RETRY, "read-ahead file");
		a->front.len += n;
		a->file_out += n;
		return 1;
	}
	if (a->back.len == 0)
		return 0;
	buf_add(&a->front, a->back.data, a->back.len);
	buf_reset(&a->back);
	return 1;
}

char *
ahead_take(struct ahead *a, size_t *len, struct err *e)
{
	char *at, *nl;
	int more;

	for (;;) {
		size_t have = a->front.len - a->head;

		at = a->front.data + a->head;
		nl = have > 0 ? memchr(at, '\n', have) : NULL;
		if (nl != NULL)
			break;
		if ((more = refill(a, e)) != 1) {
			*len = more == -1;
			return NULL;
		}
	}
	*len = (size_t)(nl - at);
	*nl = '\0';
	a->head += *len + 1;
	a->out_total += *len + 1;
	return at;
}
