/* SPDX-License-Identifier: MIT */
#include <math.h>

#include "remote.pb-c.h"
#include "remote_write_v1.h"

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
		if (v[i].value != 0 || signbit(v[i].value))
			all[i].has_case = PROMETHEUS__SAMPLE__HAS_VALUE;
		all[i].timestamp = v[i].ms;
		t->samples[i] = &all[i];
	}
	return t;
}

void
remote_v1_pack(struct remote *r, const struct sample *v, size_t n)
{
	Prometheus__WriteRequest rq = PROMETHEUS__WRITE_REQUEST__INIT;
	size_t from = 0;

	rq.timeseries = arena_alloc(&r->a, n * sizeof(*rq.timeseries));
	for (size_t i = 1; i <= n; i++)
		if (i == n || v[i].series != v[from].series) {
			rq.timeseries[rq.n_timeseries++] =
			    time_series(&r->a, v + from, i - from);
			from = i;
		}
	buf_reserve(&r->raw, prometheus__write_request__get_packed_size(&rq));
	r->raw.len =
	    prometheus__write_request__pack(&rq, (uint8_t *)r->raw.data);
}
