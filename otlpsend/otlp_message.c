/* SPDX-License-Identifier: MIT */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "otlp_message.h"

#define SCOPE_NAME    "adx-mon.azure.com/metrics-exporter"
#define SCOPE_VERSION "v1"
#define NS_PER_MS     1000000

/* The samples of one series, and the name of their metric. */
struct run {
	const char *name;
	const struct sample *v;
	size_t n;
};

void
otlp_source_window(struct otlp_source *s, const struct window *w)
{
	arena_reset(&s->a);
	s->description = w == NULL
	    ? ""
	    : arena_printf(
		  &s->a, "MetricsExporter %s/%s", w->namespace, w->name);
}

void
otlp_source_fini(struct otlp_source *s)
{
	arena_fini(&s->a);
}

static Otlp__KeyValue *
key_value(struct arena *a, const char *key, const char *text)
{
	Otlp__KeyValue *kv = arena_alloc(a, sizeof(*kv));
	Otlp__Value *value = arena_alloc(a, sizeof(*value));

	otlp__key_value__init(kv);
	otlp__value__init(value);
	value->value_case = OTLP__VALUE__VALUE_STRING_VALUE;
	value->string_value = (char *)text;
	kv->key = (char *)key;
	kv->value = value;
	return kv;
}

static const char *
name_of(const struct series *s)
{
	for (size_t i = 0; i < s->nlabels; i++)
		if (strcmp(s->labels[i].name, SAMPLE_NAME) == 0)
			return s->labels[i].value;
	return "";
}

static int
by_name(const void *x, const void *y)
{
	const struct run *a = x, *b = y;
	int c = strcmp(a->name, b->name);

	return c != 0 ? c : (a->v > b->v) - (a->v < b->v);
}

/* The series of v, those of one name together. */
static struct run *
runs_of(struct arena *a, const struct sample *v, size_t n, size_t *nruns)
{
	struct run *runs;
	size_t from = 0, k = 0;

	for (size_t i = 1; i <= n; i++)
		k += i == n || v[i].series != v[i - 1].series;
	runs = arena_alloc(a, (k + 1) * sizeof(*runs));
	*nruns = 0;
	for (size_t i = 1; i <= n; i++)
		if (i == n || v[i].series != v[from].series) {
			runs[(*nruns)++] =
			    (struct run){ name_of(v[from].series), v + from,
				    i - from };
			from = i;
		}
	qsort(runs, *nruns, sizeof(*runs), by_name);
	return runs;
}

/* The points of a series; they share its attributes. */
static void
add_points(struct arena *a, const struct run *r, Otlp__Gauge *g)
{
	const struct series *s = r->v->series;
	Otlp__KeyValue **attributes =
	    arena_alloc(a, (s->nlabels + 1) * sizeof(*attributes));
	Otlp__Point *all = arena_alloc(a, r->n * sizeof(*all));
	size_t n = 0;

	for (size_t i = 0; i < s->nlabels; i++)
		if (strcmp(s->labels[i].name, SAMPLE_NAME) != 0)
			attributes[n++] =
			    key_value(a, s->labels[i].name, s->labels[i].value);
	for (size_t i = 0; i < r->n; i++) {
		otlp__point__init(&all[i]);
		all[i].n_attributes = n;
		all[i].attributes = attributes;
		all[i].time_unix_nano = (uint64_t)r->v[i].ms * NS_PER_MS;
		all[i].value_case = OTLP__POINT__VALUE_AS_DOUBLE;
		all[i].as_double = r->v[i].value;
		g->data_points[g->n_data_points++] = &all[i];
	}
}

/* The metric of runs r[0..n), which have one name. */
static Otlp__Metric *
metric_of(
    struct arena *a, const char *description, const struct run *r, size_t n)
{
	Otlp__Metric *m = arena_alloc(a, sizeof(*m));
	Otlp__Gauge *g = arena_alloc(a, sizeof(*g));
	size_t points = 0;

	for (size_t i = 0; i < n; i++)
		points += r[i].n;
	otlp__metric__init(m);
	otlp__gauge__init(g);
	g->data_points = arena_alloc(a, points * sizeof(*g->data_points));
	for (size_t i = 0; i < n; i++)
		add_points(a, &r[i], g);
	m->name = (char *)r->name;
	m->description = (char *)description;
	m->gauge = g;
	return m;
}

static Otlp__Resource *
resource_of(struct arena *a, const struct labels *l)
{
	Otlp__Resource *r = arena_alloc(a, sizeof(*r));

	otlp__resource__init(r);
	r->attributes = arena_alloc(a, (l->n + 1) * sizeof(*r->attributes));
	for (size_t i = 0; i < l->n; i++)
		if (*l->v[i].value != '\0')
			r->attributes[r->n_attributes++] =
			    key_value(a, l->v[i].key, l->v[i].value);
	return r;
}

static Otlp__ScopeMetrics *
scope_of(struct arena *a, const struct otlp_source *s, const struct sample *v,
    size_t n)
{
	Otlp__ScopeMetrics *m = arena_alloc(a, sizeof(*m));
	Otlp__Scope *scope = arena_alloc(a, sizeof(*scope));
	size_t nruns, from = 0;
	struct run *runs = runs_of(a, v, n, &nruns);

	otlp__scope__init(scope);
	scope->name = (char *)SCOPE_NAME;
	scope->version = (char *)SCOPE_VERSION;
	otlp__scope_metrics__init(m);
	m->scope = scope;
	m->metrics = arena_alloc(a, (nruns + 1) * sizeof(*m->metrics));
	for (size_t i = 1; i <= nruns; i++)
		if (i == nruns || strcmp(runs[i].name, runs[from].name) != 0) {
			m->metrics[m->n_metrics++] =
			    metric_of(a, s->description, runs + from, i - from);
			from = i;
		}
	return m;
}

Otlp__Request *
otlp_message(struct arena *a, const struct otlp_source *s,
    const struct sample *v, size_t n)
{
	Otlp__Request *rq = arena_alloc(a, sizeof(*rq));
	Otlp__ResourceMetrics *m = arena_alloc(a, sizeof(*m));

	otlp__resource_metrics__init(m);
	m->resource = resource_of(a, &s->resource);
	m->scope_metrics = arena_alloc(a, sizeof(*m->scope_metrics));
	m->scope_metrics[m->n_scope_metrics++] = scope_of(a, s, v, n);
	otlp__request__init(rq);
	rq->resource_metrics = arena_alloc(a, sizeof(*rq->resource_metrics));
	rq->resource_metrics[rq->n_resource_metrics++] = m;
	return rq;
}
