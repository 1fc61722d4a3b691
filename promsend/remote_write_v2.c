/* SPDX-License-Identifier: MIT */
#include <math.h>
#include <string.h>

#include "remote2.pb-c.h"
#include "remote_write_v2.h"

typedef Io__Prometheus__Write__V2__TimeSeries TimeSeries;
typedef Io__Prometheus__Write__V2__Sample Sample;
typedef Io__Prometheus__Write__V2__Metadata Metadata;

static void
set_labels(struct remote *r, TimeSeries *t, const struct series *s)
{
	uint32_t *refs = arena_alloc(&r->a, 2 * s->nlabels * sizeof(*refs));

	t->n_labels_refs = 2 * s->nlabels;
	t->labels_refs = refs;
	for (size_t i = 0; i < s->nlabels; i++) {
		*refs++ = symbols_ref(&r->symbols, s->labels[i].name);
		*refs++ = symbols_ref(&r->symbols, s->labels[i].value);
	}
}

static void
set_samples(struct arena *a, TimeSeries *t, const struct sample *v, size_t n)
{
	Sample *all = arena_alloc(a, n * sizeof(*all));

	t->n_samples = n;
	t->samples = arena_alloc(a, n * sizeof(*t->samples));
	for (size_t i = 0; i < n; i++) {
		io__prometheus__write__v2__sample__init(&all[i]);
		all[i].value = v[i].value;
		if (v[i].value != 0 || signbit(v[i].value))
			all[i].has_case =
			    IO__PROMETHEUS__WRITE__V2__SAMPLE__HAS_VALUE;
		all[i].timestamp = v[i].ms;
		t->samples[i] = &all[i];
	}
}

/* What is known of a series' metric; without a word it is a gauge. */
static Metadata *
metadata_for(struct remote *r, const struct series *s, Metadata *gauge)
{
	const struct family *f = NULL;
	Metadata *m;

	for (size_t i = 0; i < s->nlabels && f == NULL; i++)
		if (strcmp(s->labels[i].name, SAMPLE_NAME) == 0)
			f = metadata_of(&r->metadata, s->labels[i].value);
	if (f == NULL)
		return gauge;
	m = arena_alloc(&r->a, sizeof(*m));
	io__prometheus__write__v2__metadata__init(m);
	m->type = (Io__Prometheus__Write__V2__Metadata__MetricType)f->type;
	m->help_ref = symbols_ref(&r->symbols, f->help != NULL ? f->help : "");
	m->unit_ref = symbols_ref(&r->symbols, f->unit != NULL ? f->unit : "");
	return m;
}

/* The message of the samples v[0..n) of one series. */
static TimeSeries *
time_series(struct remote *r, const struct sample *v, size_t n, Metadata *gauge)
{
	TimeSeries *t = arena_alloc(&r->a, sizeof(*t));

	io__prometheus__write__v2__time_series__init(t);
	set_labels(r, t, v->series);
	set_samples(&r->a, t, v, n);
	t->metadata = metadata_for(r, v->series, gauge);
	return t;
}

void
remote_v2_pack(struct remote *r, const struct sample *v, size_t n)
{
	Io__Prometheus__Write__V2__Request rq =
	    IO__PROMETHEUS__WRITE__V2__REQUEST__INIT;
	Metadata gauge = IO__PROMETHEUS__WRITE__V2__METADATA__INIT;
	size_t from = 0;

	gauge.type =
	    IO__PROMETHEUS__WRITE__V2__METADATA__METRIC_TYPE__METRIC_TYPE_GAUGE;
	symbols_begin(&r->symbols);
	rq.timeseries = arena_alloc(&r->a, n * sizeof(*rq.timeseries));
	for (size_t i = 1; i <= n; i++)
		if (i == n || v[i].series != v[from].series) {
			rq.timeseries[rq.n_timeseries++] =
			    time_series(r, v + from, i - from, &gauge);
			from = i;
		}
	rq.symbols = (char **)r->symbols.v;
	rq.n_symbols = r->symbols.n;
	buf_reserve(
	    &r->raw, io__prometheus__write__v2__request__get_packed_size(&rq));
	r->raw.len = io__prometheus__write__v2__request__pack(
	    &rq, (uint8_t *)r->raw.data);
}
