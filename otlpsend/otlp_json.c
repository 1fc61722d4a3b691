/* SPDX-License-Identifier: MIT */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>

#include "jsonw.h"
#include "num.h"
#include "otlp_json.h"

static void
attributes(struct jsonw *w, Otlp__KeyValue *const *kv, size_t n)
{
	jsonw_array(w, "attributes");
	for (size_t i = 0; i < n; i++) {
		jsonw_object(w, NULL);
		jsonw_str(w, "key", kv[i]->key);
		jsonw_object(w, "value");
		jsonw_str(w, "stringValue", kv[i]->value->string_value);
		jsonw_end_object(w);
		jsonw_end_object(w);
	}
	jsonw_end_array(w);
}

static void
real(struct jsonw *w, const char *key, double v)
{
	char text[NUM_MAX];

	if (isnan(v))
		jsonw_str(w, key, "NaN");
	else if (isinf(v))
		jsonw_str(w, key, v > 0 ? "Infinity" : "-Infinity");
	else
		jsonw_raw(w, key, text, num_double(text, v));
}

static void
point(struct jsonw *w, const Otlp__Point *p)
{
	char text[24];

	snprintf(text, sizeof(text), "%" PRIu64, p->time_unix_nano);
	jsonw_object(w, NULL);
	attributes(w, p->attributes, p->n_attributes);
	jsonw_str(w, "timeUnixNano", text);
	real(w, "asDouble", p->as_double);
	jsonw_end_object(w);
}

static void
metric(struct jsonw *w, const Otlp__Metric *m)
{
	jsonw_object(w, NULL);
	jsonw_str(w, "name", m->name);
	if (*m->description != '\0')
		jsonw_str(w, "description", m->description);
	jsonw_object(w, "gauge");
	jsonw_array(w, "dataPoints");
	for (size_t i = 0; i < m->gauge->n_data_points; i++)
		point(w, m->gauge->data_points[i]);
	jsonw_end_array(w);
	jsonw_end_object(w);
	jsonw_end_object(w);
}

static void
scope(struct jsonw *w, const Otlp__ScopeMetrics *s)
{
	jsonw_object(w, NULL);
	jsonw_object(w, "scope");
	jsonw_str(w, "name", s->scope->name);
	jsonw_str(w, "version", s->scope->version);
	jsonw_end_object(w);
	jsonw_array(w, "metrics");
	for (size_t i = 0; i < s->n_metrics; i++)
		metric(w, s->metrics[i]);
	jsonw_end_array(w);
	jsonw_end_object(w);
}

static void
resource(struct jsonw *w, const Otlp__ResourceMetrics *r)
{
	jsonw_object(w, NULL);
	jsonw_object(w, "resource");
	attributes(w, r->resource->attributes, r->resource->n_attributes);
	jsonw_end_object(w);
	jsonw_array(w, "scopeMetrics");
	for (size_t i = 0; i < r->n_scope_metrics; i++)
		scope(w, r->scope_metrics[i]);
	jsonw_end_array(w);
	jsonw_end_object(w);
}

void
otlp_json(struct buf *b, const Otlp__Request *rq)
{
	struct jsonw w = { .b = b };

	jsonw_object(&w, NULL);
	jsonw_array(&w, "resourceMetrics");
	for (size_t i = 0; i < rq->n_resource_metrics; i++)
		resource(&w, rq->resource_metrics[i]);
	jsonw_end_array(&w);
	jsonw_end_object(&w);
}
