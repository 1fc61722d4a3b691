/* SPDX-License-Identifier: MIT */
#include <stddef.h>
#include <string.h>

#include "transform.h"

static const struct field fields[] = {
	{ "valueColumn", FIELD_STR, offsetof(struct transform, value_column) },
	{ "valueColumns", FIELD_STRS,
	    offsetof(struct transform, value_columns) },
	{ "metricNameColumn", FIELD_STR,
	    offsetof(struct transform, metric_name_column) },
	{ "defaultMetricName", FIELD_STR,
	    offsetof(struct transform, default_metric_name) },
	{ "metricNamePrefix", FIELD_STR,
	    offsetof(struct transform, metric_name_prefix) },
	{ "timestampColumn", FIELD_STR,
	    offsetof(struct transform, timestamp_column) },
	{ "labelColumns", FIELD_STRS,
	    offsetof(struct transform, label_columns) },
	{ 0 },
};

int
transform_check(struct transform *t, const struct json *v,
    const struct place *p, struct err *e)
{
	int several = t->value_columns.n > 0;

	if (t->value_column == NULL && !several)
		return fields_err(
		    e, p, v, NULL, "needs valueColumn or valueColumns");
	if (t->value_column != NULL && several)
		return fields_err(e, p, v, NULL,
		    "has both valueColumn and valueColumns; give one");
	if (t->metric_name_column == NULL && t->default_metric_name == NULL)
		return fields_err(e, p, v, NULL,
		    "needs metricNameColumn or defaultMetricName");
	/* A name that stands twice is one column all the same. */
	strs_once(&t->value_columns);
	strs_once(&t->label_columns);
	return 0;
}

int
transform_read(struct arena *a, const struct json *o, const struct place *p,
    struct transform *t, struct err *e)
{
	memset(t, 0, sizeof(*t));
	if (fields_read(a, o, p, fields, t, e) == -1)
		return -1;
	return transform_check(t, o, p, e);
}
