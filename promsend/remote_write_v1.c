/* SPDX-License-Identifier: MIT */
#include <assert.h>

#include <protobuf-c/protobuf-c.h>
#include <snappy-c.h>

#include "remote.pb-c.h"
#include "remote_write_v1.h"

static const char *const headers[] = {
	"Content-Encoding: snappy",
	"Content-Type: application/x-protobuf",
	"X-Prometheus-Remote-Write-Version: 0.1.0",
	NULL,
};

static Prometheus__Label **
labels_of(struct arena *a, const struct series *s)
{
	Prometheus__Label **list = arena_alloc(a, s->nlabels * sizeof(*list));
	Prometheus__Label *all = arena_alloc(a, s->nlabels * sizeof(*all));

	for (size_t i = 0; i < s->nlabels; i++) {
		prometheus__label__init(&all[i]);
		all[i].name = (char *)s->labels[i].name;
		all[i].value = (char *)s->labels[i].value;
		list[i] = &all[i];
	}
	return list;
}

/* The messages of the samples v[0..n) of one series. */
static Prometheus__TimeSeries *
time_series(struct arena *a, const struct sample *v, size_t n)
{
	Prometheus__TimeSeries *t = arena_alloc(a, sizeof(*t));
	Prometheus__Sample *all = arena_alloc(a, n * sizeof(*all));

	prometheus__time_series__init(t);
	t->n_labels = v->series->nlabels;
	t->labels = labels_of(a, v->series);
	t->n_samples = n;
	t->samples = arena_alloc(a, n * sizeof(*t->samples));
	for (size_t i = 0; i < n; i++) {
		prometheus__sample__init(&all[i]);
		all[i].value = v[i].value;
		all[i].timestamp = v[i].ms;
		t->samples[i] = &all[i];
	}
	return t;
}

static void
compress(const struct buf *raw, struct buf *body)
{
	size_t len = snappy_max_compressed_length(raw->len);
	snappy_status rc;

	buf_reset(body);
	buf_reserve(body, len);
	rc = snappy_compress(raw->data, raw->len, body->data, &len);
	assert(rc == SNAPPY_OK);
	body->len = len;
}

static void
encode(void *ctx, const struct sample *v, size_t n, struct message *m)
{
	struct remote_v1 *r = ctx;
	Prometheus__WriteRequest rq = PROMETHEUS__WRITE_REQUEST__INIT;
	size_t from = 0, size;

	arena_reset(&r->a);
	rq.timeseries = arena_alloc(&r->a, n * sizeof(*rq.timeseries));
	for (size_t i = 1; i <= n; i++)
		if (i == n || v[i].series != v[from].series) {
			rq.timeseries[rq.n_timeseries++] =
			    time_series(&r->a, v + from, i - from);
			from = i;
		}
	size = prometheus__write_request__get_packed_size(&rq);
	buf_reset(&r->raw);
	buf_reserve(&r->raw, size);
	r->raw.len =
	    prometheus__write_request__pack(&rq, (uint8_t *)r->raw.data);
	compress(&r->raw, &m->body);
	m->url = r->url;
	m->headers = headers;
}

/* By HTTP alone: 1.0 has no other way to answer. */
static void
judge(void *ctx, const struct message *m, const struct http_reply *r,
    struct verdict_query *q, struct judgement *j)
{
	(void)ctx, (void)m, (void)r, (void)q, (void)j;
}

struct codec
remote_v1_codec(struct remote_v1 *r)
{
	return (struct codec){ r, encode, judge };
}

void
remote_v1_fini(struct remote_v1 *r)
{
	arena_fini(&r->a);
	buf_fini(&r->raw);
}
