/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "fields.h"
#include "resource.h"
#include "rule.h"
#include "when.h"

/* Upstream's condition whose message is the end of the last window. */
#define CURSOR "summaryrule.adx-mon.azure.com/LastSuccessfulExecution"

/* How far the rule has summarised, or NULL when it has not said so. */
static const char *
until(struct arena *a, const struct json *o)
{
	const struct json *all = json_get(json_get(o, "status"), "conditions");
	const struct json *c = all != NULL ? all->child : NULL;
	const char *text;
	char out[WHEN_TEXT];
	ticks t;

	while (c != NULL && strcmp(json_get_str(c, "type", ""), CURSOR) != 0)
		c = c->next;
	text = json_get_str(c, "message", "");
	if (when_parse(text, strlen(text), &t) == -1)
		return NULL;
	when_format(out, t);
	return arena_strdup(a, out);
}

static void
set(struct arena *a, struct json *o, const char *key, const char *value)
{
	if (value != NULL)
		json_set(a, o, key, json_new_str(a, value));
}

/* What a query over its table needs; the rest is not ours to judge. */
static void
check(const struct json *o, const char *path, struct doc *d)
{
	static const char *const needs[] = { "database", "table" };
	const struct json *spec = json_get(o, "spec");
	const struct place p = { path, "spec" };
	struct err e;

	for (size_t i = 0; i < 2 && d->type == NULL; i++) {
		if (*json_get_str(spec, needs[i], "") != '\0')
			continue;
		fields_err(&e, &p, spec != NULL ? spec : o, needs[i],
		    "is missing in SummaryRule %s",
		    json_get_str(json_get(o, "metadata"), "name", ""));
		d->type = "Ready";
		d->reason = "InvalidSpec";
		buf_puts(&d->message, e.msg);
	}
}

/* Names as for a resource, which a key is made of. */
static int
read_name(const struct json *o, const struct place *p, const char *member,
    size_t max, const char *fallback, const char **out, struct err *e)
{
	const struct json *v = json_get(json_get(o, "metadata"), member);

	*out = fallback;
	if (v == NULL || v->type == JSON_NULL)
		return fallback != NULL
		    ? 0
		    : fields_err(e, p, v == NULL ? o : v, member, "is missing");
	if (v->type != JSON_STRING || strlen(v->str) != v->len ||
	    !resource_name_ok(v->str, max, max > 63))
		return fields_err(e, p, v, member, "is no name");
	*out = v->str;
	return 0;
}

const char *
rule_take(struct arena *a, const struct json *o, const char *path,
    struct doc *d, struct err *e)
{
	const struct place p = { path, "metadata" };
	const struct place sp = { path, "spec" };
	const struct json *spec = json_get(o, "spec");
	const struct json *export = json_get(spec, "metricsExport");
	const struct json *labels = json_get(json_get(o, "metadata"), "labels");
	struct json *kept = json_new(a, JSON_OBJECT), *copy;
	const char *namespace, *name;

	if (read_name(o, &p, "namespace", 63, "default", &namespace, e) == -1 ||
	    read_name(o, &p, "name", 253, NULL, &name, e) == -1)
		return NULL;
	/* Draft manifests ask for an export in the rule itself. */
	if (export != NULL) {
		fields_err(e, &sp, export, "metricsExport",
		    "is not supported on a SummaryRule; write a "
		    "MetricsExporter");
		return NULL;
	}
	d->path = path != NULL ? path : "";
	d->line = o->line;
	check(o, path, d);
	if (labels != NULL) {
		copy = json_new(a, labels->type);
		copy->child = labels->child;
		copy->last = labels->last;
		json_set(a, kept, "labels", copy);
	}
	set(a, kept, "database", json_get_str(spec, "database", NULL));
	set(a, kept, "table", json_get_str(spec, "table", NULL));
	set(a, kept, "until", until(a, o));
	json_write(&d->text, kept);
	return arena_printf(a, "%s/%s", namespace, name);
}
