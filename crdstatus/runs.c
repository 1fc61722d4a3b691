/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "runs.h"

const struct owed *
runs_find(const struct runs *runs, const char *rule)
{
	for (size_t i = 0; i < runs->n; i++)
		if (strcmp(runs->v[i].rule, rule) == 0)
			return runs->v[i].owed;
	return NULL;
}

ticks
runs_oldest(const struct runs *runs)
{
	ticks oldest = WHEN_MAX;

	for (size_t i = 0; i < runs->n; i++) {
		ticks t = owed_oldest(runs->v[i].owed);

		if (t < oldest)
			oldest = t;
	}
	return oldest;
}

void
runs_write(struct arena *a, const struct runs *runs, struct json *status,
    size_t message)
{
	struct json *rules = json_new(a, JSON_ARRAY);

	for (size_t i = 0; i < runs->n; i++) {
		const struct run *r = &runs->v[i];
		struct json *j = status;

		if (*r->rule != '\0') {
			j = json_new(a, JSON_OBJECT);
			json_set(a, j, "name", json_new_str(a, r->rule));
			json_push(rules, j);
		}
		owed_write(a, r->owed, j, message);
	}
	if (rules->child != NULL || json_get(status, "rules") != NULL)
		json_set(a, status, "rules", rules);
}
