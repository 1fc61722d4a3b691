/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "selector.h"

static int
is_in(const struct json *values, const char *value)
{
	const struct json *v = values != NULL ? values->child : NULL;

	while (v != NULL && strcmp(v->str, value) != 0)
		v = v->next;
	return v != NULL;
}

/* An element of matchExpressions. */
static int
match_expression(const struct json *q, const struct json *labels)
{
	const char *operator= json_get_str(q, "operator", "");
	const char *value =
	    json_get_str(labels, json_get_str(q, "key", ""), NULL);
	const struct json *values = json_get(q, "values");

	if (strcmp(operator, "Exists") == 0)
		return value != NULL;
	if (strcmp(operator, "DoesNotExist") == 0)
		return value == NULL;
	if (strcmp(operator, "In") == 0)
		return value != NULL && is_in(values, value);
	return value == NULL || !is_in(values, value);
}

int
selector_match(const struct json *selector, const struct json *labels)
{
	const struct json *exact = json_get(selector, "matchLabels");
	const struct json *exprs = json_get(selector, "matchExpressions");
	const struct json *m = exact != NULL ? exact->child : NULL;
	const char *value;

	for (; m != NULL; m = m->next) {
		value = json_get_str(labels, m->key, NULL);
		if (value == NULL || strcmp(value, m->str) != 0)
			return 0;
	}
	m = exprs != NULL ? exprs->child : NULL;
	for (; m != NULL; m = m->next)
		if (!match_expression(m, labels))
			return 0;
	return 1;
}
