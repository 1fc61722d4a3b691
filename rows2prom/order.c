/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "io.h"
#include "mem.h"
#include "order.h"
#include "status.h"

#define LINES_MAX (1 << 16) /* lines in memory */
#define RUNS_MAX  256       /* merged at once */
#define MERGE_MAX (2 << 20) /* bytes of all runs' buffers while merging */
#define HEAD      sizeof(struct head)

/* A line in memory. */
struct order_line {
	int64_t ms;
	uint32_t from;
	uint32_t len;
};

/* In front of each line in the file. */
struct head {
	int64_t ms;
	uint64_t len;
};

/* A piece of the file that is in order. */
struct order_run {
	int64_t at; /* in the file: read so far */
	int64_t end;
	int64_t last;     /* time of its last line */
	struct buf data;  /* while merging: bytes read */
	size_t taken;     /* of them */
	struct head head; /* of the line at taken */
};

void
order_init(struct order *o, size_t memory)
{
	*o = (struct order){ .memory = memory, .fd = -1, .sorted = 1 };
	o->lines = mem_need(malloc(LINES_MAX * sizeof(*o->lines)));
	o->runs = mem_need(malloc(RUNS_MAX * sizeof(*o->runs)));
}

void
order_reset(struct order *o)
{
	if (o->fd != -1)
		close(o->fd);
	o->fd = -1;
	o->size = 0;
	o->n = o->nruns = 0;
	o->sorted = 1;
	buf_reset(&o->text);
}

void
order_fini(struct order *o)
{
	order_reset(o);
	buf_fini(&o->text);
	free(o->lines);
	free(o->runs);
}

static int
by_time(const void *a, const void *b)
{
	const struct order_line *x = a, *y = b;

	if (x->ms != y->ms)
		return x->ms < y->ms ? -1 : 1;
	return x->from < y->from ? -1 : x->from > y->from;
}

static void
sort(struct order *o)
{
	if (!o->sorted)
		qsort(o->lines, o->n, sizeof(*o->lines), by_time);
	o->sorted = 1;
}

/* The file takes lines by way of an out, which makes the writes big. */
static int
put(struct out *f, struct order *o, const struct order_line *l, struct err *e)
{
	struct head h = { .ms = l->ms, .len = l->len };

	buf_add(&f->b, &h, HEAD);
	buf_add(&f->b, o->text.data + l->from, l->len);
	o->size += (int64_t)(HEAD + l->len);
	return out_spare(f, e);
}

/* Note that what follows in the file from `from` to `end` is in order. */
static void
add_run(struct order *o, int64_t first, int64_t last, int64_t from)
{
	struct order_run *r = &o->runs[o->nruns];

	if (o->nruns > 0 && r[-1].last <= first && r[-1].end == from) {
		r[-1].end = o->size;
		r[-1].last = last;
		return;
	}
	*r = (struct order_run){ .at = from, .end = o->size, .last = last };
	o->nruns++;
}

/* Read on in a run until n bytes are there.  Returns 1, 0 at its end, -1. */
static int
fetch(struct order *o, struct order_run *r, size_t n, struct err *e)
{
	size_t have = r->data.len - r->taken, ask = o->ask;
	ssize_t got;

	if (have >= n)
		return 1;
	if (r->at == r->end)
		return 0;
	buf_drop(&r->data, r->taken);
	r->taken = 0;
	if (ask < n - have)
		ask = n - have;
	if ((int64_t)ask > r->end - r->at)
		ask = (size_t)(r->end - r->at);
	buf_reserve(&r->data, ask);
	while (ask > 0) {
		got = pread(o->fd, r->data.data + r->data.len, ask, r->at);
		if (got == -1 && errno == EINTR)
			continue;
		if (got <= 0)
			return err_sys(e, ST_RETRY, "sort file");
		r->data.len += (size_t)got;
		r->at += got;
		ask -= (size_t)got;
	}
	return fetch(o, r, n, e);
}

/* Go to the next line of a run.  Returns 1, 0 at its end, -1 with e set. */
static int
next_line(struct order *o, struct order_run *r, struct err *e)
{
	int got = fetch(o, r, HEAD, e);

	if (got != 1)
		return got;
	memcpy(&r->head, r->data.data + r->taken, HEAD);
	return fetch(o, r, HEAD + r->head.len, e);
}

/* Runs with a line, the one with the earliest on top. */
struct heap {
	struct order_run *runs[RUNS_MAX];
	size_t n;
};

/* Runs are in the order in which their lines came. */
static int
before(const struct order_run *x, const struct order_run *y)
{
	return x->head.ms != y->head.ms ? x->head.ms < y->head.ms : x < y;
}

static void
sink(struct heap *h, size_t i)
{
	for (size_t k; (k = 2 * i + 1) < h->n; i = k) {
		struct order_run *r = h->runs[i];

		if (k + 1 < h->n && before(h->runs[k + 1], h->runs[k]))
			k++;
		if (!before(h->runs[k], r))
			return;
		h->runs[i] = h->runs[k];
		h->runs[k] = r;
	}
}

/* Give the line on top to out, with its head if it goes to a file. */
static int
give(const struct order_run *r, struct out *out, int heads, struct err *e)
{
	const char *at = r->data.data + r->taken;

	buf_add(
	    &out->b, heads ? at : at + HEAD, r->head.len + (heads ? HEAD : 0));
	return out_spare(out, e);
}

static int
merge_heap(
    struct order *o, struct heap *h, struct out *out, int heads, struct err *e)
{
	while (h->n > 0) {
		struct order_run *r = h->runs[0];
		int more;

		if (give(r, out, heads, e) == -1)
			return -1;
		r->taken += HEAD + r->head.len;
		if ((more = next_line(o, r, e)) == -1)
			return -1;
		if (more == 0)
			h->runs[0] = h->runs[--h->n];
		sink(h, 0);
	}
	return 0;
}

/* All runs become one, in out. */
static int
merge(struct order *o, struct out *out, int heads, struct err *e)
{
	struct heap h = { .n = 0 };
	int more = 1, bad;

	o->ask = MERGE_MAX / o->nruns;
	if (o->ask > OUT_SIZE)
		o->ask = OUT_SIZE;
	for (size_t i = 0; i < o->nruns && more != -1; i++) {
		o->runs[i].data = (struct buf){ 0 };
		o->runs[i].taken = 0;
	}
	for (size_t i = 0; i < o->nruns && more != -1; i++)
		if ((more = next_line(o, &o->runs[i], e)) == 1)
			h.runs[h.n++] = &o->runs[i];
	for (size_t i = h.n; more != -1 && i-- > 0;)
		sink(&h, i);
	bad = more == -1 ? -1 : merge_heap(o, &h, out, heads, e);
	for (size_t i = 0; i < o->nruns; i++)
		buf_fini(&o->runs[i].data);
	return bad;
}

/* There is no room for another run: make one of all, in a new file. */
static int
merge_to_file(struct order *o, struct err *e)
{
	int64_t last = INT64_MIN;
	struct out f = { 0 };
	int bad;

	if ((f.fd = io_tmpfile(NULL, e)) == -1)
		return -1;
	for (size_t i = 0; i < o->nruns; i++)
		if (o->runs[i].last > last)
			last = o->runs[i].last;
	bad = merge(o, &f, 1, e);
	if (bad == 0)
		bad = out_flush(&f, e);
	out_fini(&f);
	close(o->fd);
	o->fd = f.fd;
	o->nruns = 1;
	o->runs[0] = (struct order_run){ .end = o->size, .last = last };
	return bad;
}

/* Put the lines in memory into the file, as a run. */
static int
spill(struct order *o, struct err *e)
{
	int64_t from = o->size, first, last;
	struct out f = { 0 };
	int bad = 0;

	if (o->n == 0)
		return 0;
	if (o->fd == -1 && (o->fd = io_tmpfile(NULL, e)) == -1)
		return -1;
	if (o->nruns == RUNS_MAX && merge_to_file(o, e) == -1)
		return -1;
	f.fd = o->fd;
	sort(o);
	first = o->lines[0].ms;
	last = o->lines[o->n - 1].ms;
	for (size_t i = 0; i < o->n && bad == 0; i++)
		bad = put(&f, o, &o->lines[i], e);
	if (bad == 0)
		bad = out_flush(&f, e);
	out_fini(&f);
	add_run(o, first, last, from);
	o->n = 0;
	buf_reset(&o->text);
	return bad == -1 ? err_wrap(e, "sort file in %s", io_tmpdir()) : 0;
}

int
order_add(struct order *o, size_t from, int64_t ms, struct err *e)
{
	struct order_line *l = &o->lines[o->n];

	if (o->n > 0 && ms < l[-1].ms)
		o->sorted = 0;
	*l = (struct order_line){ .ms = ms,
		.from = (uint32_t)from,
		.len = (uint32_t)(o->text.len - from) };
	o->n++;
	if (o->n < LINES_MAX && o->text.len < o->memory)
		return 0;
	return spill(o, e);
}

/* All is in memory. */
static int
write_lines(struct order *o, struct out *out, struct err *e)
{
	sort(o);
	for (size_t i = 0; i < o->n; i++) {
		const struct order_line *l = &o->lines[i];

		buf_add(&out->b, o->text.data + l->from, l->len);
		if (out_spare(out, e) == -1)
			return -1;
	}
	return 0;
}

int
order_end(struct order *o, struct err *e)
{
	return o->nruns == 0 ? 0 : spill(o, e);
}

int
order_write(struct order *o, struct out *out, struct err *e)
{
	int bad;

	if (o->nruns == 0)
		bad = write_lines(o, out, e);
	else
		bad = merge(o, out, 0, e);
	order_reset(o);
	return bad;
}
