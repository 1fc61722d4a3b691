/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "batch.h"
#include "log.h"
#include "status.h"

#define SAMPLE_BYTES 20 /* of a sample in a body, about */
#define LABEL_BYTES  6  /* around the texts of a label */

static void *
alloc(size_t n, size_t size)
{
	void *p = malloc(n * size);

	if (p == NULL) {
		log_error("out of memory", KV_I("bytes", (int64_t)(n * size)));
		exit(ST_RETRY);
	}
	return p;
}

void
batch_init(struct batch *b, size_t max_samples, size_t max_bytes)
{
	*b = (struct batch){ .max_samples = max_samples,
		.max_bytes = max_bytes };
	b->v = alloc(max_samples, sizeof(*b->v));
	b->spare = alloc(max_samples, sizeof(*b->spare));
	b->starts = alloc(max_samples + 1, sizeof(*b->starts));
}

void
batch_fini(struct batch *b)
{
	batch_reset(b);
	free(b->v);
	free(b->spare);
	free(b->starts);
}

/* Marks tell a series' slot in this batch from those in earlier ones. */
static void
begin(struct batch *b, struct series_set *set)
{
	b->set = series_hold(set);
	b->mark = series_mark(set);
}

size_t
batch_bytes(const struct series *x)
{
	if (x == NULL)
		return SAMPLE_BYTES;
	return SAMPLE_BYTES + x->bytes + x->nlabels * LABEL_BYTES;
}

int
batch_add(struct batch *b, struct series_set *set, const struct sample *s)
{
	struct series *x = s->series;

	if (b->n == 0)
		begin(b, set);
	if (x->mark != b->mark) {
		x->mark = b->mark;
		x->slot = (uint32_t)b->nseries++;
		b->bytes += batch_bytes(x) - batch_bytes(NULL);
	}
	b->v[b->n++] = *s;
	b->bytes += batch_bytes(NULL);
	return b->n >= b->max_samples || b->bytes >= b->max_bytes;
}

void
batch_limit(struct batch *b, size_t n)
{
	if (b->max_samples > n)
		b->max_samples = n;
}

/* Bring the samples of each series together, in the order they came. */
static void
group(struct batch *b)
{
	uint32_t *starts = b->starts, sum = 0;
	struct sample *sorted = b->spare;

	memset(starts, 0, (b->nseries + 1) * sizeof(*starts));
	for (size_t i = 0; i < b->n; i++)
		starts[b->v[i].series->slot]++;
	for (size_t i = 0; i <= b->nseries; i++) {
		uint32_t count = starts[i];

		starts[i] = sum;
		sum += count;
	}
	for (size_t i = 0; i < b->n; i++)
		sorted[starts[b->v[i].series->slot]++] = b->v[i];
	b->spare = b->v;
	b->v = sorted;
}

static int
is_ordered(const struct sample *v, size_t n)
{
	for (size_t i = 1; i < n; i++)
		if (v[i - 1].ms > v[i].ms)
			return 0;
	return 1;
}

/* Sort one series by time, what came first first; few need it. */
static void
by_time(struct sample *v, size_t n, struct sample *spare)
{
	size_t half = n / 2, a = 0, b = half;

	if (is_ordered(v, n))
		return;
	by_time(v, half, spare);
	by_time(v + half, n - half, spare);
	for (size_t i = 0; i < n; i++)
		spare[i] = b == n || (a < half && v[a].ms <= v[b].ms) ? v[a++]
								      : v[b++];
	memcpy(v, spare, n * sizeof(*v));
}

/* Of samples of one series and time keep the last. */
static void
drop_doubles(struct batch *b)
{
	size_t kept = 0;

	for (size_t i = 0; i < b->n; i++) {
		if (kept > 0 && b->v[kept - 1].series == b->v[i].series &&
		    b->v[kept - 1].ms == b->v[i].ms) {
			b->v[kept - 1] = b->v[i];
			b->doubles++;
		} else {
			b->v[kept++] = b->v[i];
		}
	}
	b->n = kept;
}

void
batch_seal(struct batch *b)
{
	size_t from = 0;

	group(b);
	for (size_t i = 1; i <= b->n; i++)
		if (i == b->n || b->v[i].series != b->v[from].series) {
			by_time(b->v + from, i - from, b->spare);
			from = i;
		}
	drop_doubles(b);
}

void
batch_reset(struct batch *b)
{
	series_drop(b->set);
	b->set = NULL;
	b->n = 0;
	b->bytes = 0;
	b->nseries = 0;
	b->doubles = 0;
}
