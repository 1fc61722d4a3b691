/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "criteria.h"
#include "resource.h"
#include "status.h"

#define SPAN_MAX (3653 * WHEN_DAY) /* ten years: sums of times stay in range */

/* The members of a spec as they stand, before they are checked. */
struct spec {
	const char *database;
	const char *body;
	const char *interval;
	const char *ingestion_delay;
	const char *criteria_expression;
	const char *exporter;
	struct strs exporters;
	const struct json *transform;
	const struct json *criteria;
	const struct json *selector;
};

static const struct field spec_fields[] = {
	{ "database", FIELD_STR, offsetof(struct spec, database) },
	{ "body", FIELD_STR, offsetof(struct spec, body) },
	{ "interval", FIELD_STR, offsetof(struct spec, interval) },
	{ "transform", FIELD_MAP, offsetof(struct spec, transform) },
	{ "criteria", FIELD_MAP, offsetof(struct spec, criteria) },
	{ "criteriaExpression", FIELD_STR,
	    offsetof(struct spec, criteria_expression) },
	{ "exporter", FIELD_STR, offsetof(struct spec, exporter) },
	{ "exporters", FIELD_STRS, offsetof(struct spec, exporters) },
	{ "summaryRuleSelector", FIELD_MAP, offsetof(struct spec, selector) },
	{ "ingestionDelay", FIELD_STR, offsetof(struct spec, ingestion_delay) },
	{ 0 },
};

/* A part of matchExpressions. */
struct requirement {
	const char *key;
	const char *operator;
	struct strs values;
};

static const struct field requirement_fields[] = {
	{ "key", FIELD_STR, offsetof(struct requirement, key) },
	{ "operator", FIELD_STR, offsetof(struct requirement, operator) },
	{ "values", FIELD_STRS, offsetof(struct requirement, values) },
	{ 0 },
};

static int
alnum(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

int
resource_name_ok(const char *s, size_t max, int dots)
{
	size_t n = strlen(s);

	if (n == 0 || n > max || !alnum(s[0]) || !alnum(s[n - 1]))
		return 0;
	for (size_t i = 0; i < n; i++) {
		if (alnum(s[i]) || s[i] == '-')
			continue;
		if (s[i] != '.' || !dots || !alnum(s[i - 1]) ||
		    !alnum(s[i + 1]))
			return 0;
	}
	return 1;
}

static int
blank(const char *s)
{
	return s == NULL || s[strspn(s, " \t\r\n")] == '\0';
}

/* A name out of metadata; absent sets it to the fallback. */
static int
read_name(const struct json *meta, const struct place *p, const char *member,
    size_t max, const char *fallback, const char **out, struct err *e)
{
	const struct json *v = json_get(meta, member);

	if (v == NULL || v->type == JSON_NULL) {
		*out = fallback;
		return fallback != NULL
		    ? 0
		    : fields_err(e, p, meta, member, "is missing");
	}
	if (v->type != JSON_STRING)
		return fields_err(
		    e, p, v, member, "wants text, got %s", fields_kind(v));
	if (strlen(v->str) != v->len ||
	    !resource_name_ok(v->str, max, max > 63))
		return fields_err(e, p, v, member,
		    "%.80s is no name: lower-case letters, digits%s and "
		    "\"-\" inside, at most %zu bytes",
		    v->str, max > 63 ? ", \".\"" : "", max);
	*out = v->str;
	return 0;
}

/* Generation, and the annotations of a derived object. */
static int
read_meta(const struct json *meta, const struct place *p, struct resource *r,
    struct err *e)
{
	const struct json *notes = json_get(meta, "annotations");
	const struct place np = { p->file, "metadata.annotations" };
	const struct json *v = json_get(meta, "generation");

	if (v != NULL && json_int(v, &r->generation) == -1)
		return fields_err(e, p, v, "generation", "wants a number");
	r->uid = json_get_str(meta, "uid", "");
	if (notes == NULL || notes->type != JSON_OBJECT)
		return 0;
	if (read_name(notes, &np, RESOURCE_RULE, 253, "", &r->rule, e) == -1)
		return -1;
	v = json_get(notes, RESOURCE_UNTIL);
	if (v != NULL &&
	    (v->type != JSON_STRING ||
		when_parse(v->str, v->len, &r->until) == -1))
		return fields_err(e, &np, v, RESOURCE_UNTIL,
		    "wants a time such as 2025-06-25T10:00:00Z");
	return 0;
}

int
resource_identify(struct arena *a, const struct json *o, const char *file,
    struct resource *r, struct err *e)
{
	const struct place top = { file, NULL }, mp = { file, "metadata" };
	const struct json *meta = json_get(o, "metadata");
	const struct json *status = json_get(o, "status");
	const char *name;

	(void)a;
	memset(r, 0, sizeof(*r));
	r->rule = r->uid = "";
	if (strcmp(json_get_str(o, "kind", ""), RESOURCE_KIND) != 0)
		return fields_err(e, &top, json_get(o, "kind"), "kind",
		    "is not " RESOURCE_KIND);
	if (meta == NULL || meta->type != JSON_OBJECT)
		return fields_err(e, &top, o, "metadata.name", "is missing");
	if (read_name(meta, &mp, "namespace", 63, "default", &r->namespace,
		e) == -1 ||
	    read_name(meta, &mp, "name", 253, NULL, &name, e) == -1)
		return -1;
	r->name = name;
	if (read_meta(meta, &mp, r, e) == -1)
		return -1;
	if (strcmp(json_get_str(o, "apiVersion", ""), RESOURCE_API) != 0)
		return fields_err(e, &top, json_get(o, "apiVersion"),
		    "apiVersion", "is not " RESOURCE_API);
	if (status != NULL && status->type == JSON_OBJECT)
		r->status = status;
	return 0;
}

/* A span of whole seconds, at least min of them. */
static int
read_span(const struct json *spec, const struct place *p, const char *member,
    const char *text, ticks min, ticks *out, struct err *e)
{
	const struct json *v = json_get(spec, member);
	struct err why;

	if (when_parse_duration(text, out, &why) == -1)
		return fields_err(e, p, v, member, "%s", why.msg);
	if (*out % WHEN_SEC != 0)
		return fields_err(
		    e, p, v, member, "%s is no whole number of seconds", text);
	if (*out < min)
		return fields_err(e, p, v, member, "%s is less than %s", text,
		    min > 0 ? "1s" : "0s");
	if (*out > SPAN_MAX)
		return fields_err(
		    e, p, v, member, "%s is more than ten years", text);
	return 0;
}

static int
check_requirement(
    struct arena *a, const struct json *v, const struct place *p, struct err *e)
{
	struct requirement q = { 0 };
	int set;

	if (fields_read(a, v, p, requirement_fields, &q, e) == -1)
		return -1;
	if (q.key == NULL)
		return fields_err(e, p, v, "key", "is missing");
	if (q.operator== NULL)
		return fields_err(e, p, v, "operator", "is missing");
	set = strcmp(q.operator, "In") == 0 || strcmp(q.operator, "NotIn") == 0;
	if (!set && strcmp(q.operator, "Exists") != 0 &&
	    strcmp(q.operator, "DoesNotExist") != 0)
		return fields_err(e, p, json_get(v, "operator"), "operator",
		    "is none of In, NotIn, Exists, DoesNotExist");
	if (set != (q.values.n > 0))
		return fields_err(e, p, v, "values", "%s",
		    set ? "is missing" : "has no place with this operator");
	return 0;
}

/* A LabelSelector, as Kubernetes has it. */
static int
check_selector(
    struct arena *a, const struct json *o, const char *file, struct err *e)
{
	const struct place p = { file, "spec.summaryRuleSelector" };
	const struct place ep = { file,
		"spec.summaryRuleSelector.matchExpressions[]" };

	for (const struct json *m = o->child; m != NULL; m = m->next) {
		int exprs = strcmp(m->key, "matchExpressions") == 0;

		if (!exprs && strcmp(m->key, "matchLabels") != 0)
			return fields_err(e, &p, m, m->key, "unknown field");
		if (m->type != (exprs ? JSON_ARRAY : JSON_OBJECT))
			return fields_err(e, &p, m, m->key,
			    "wants a %s, got %s", exprs ? "list" : "map",
			    fields_kind(m));
		for (const struct json *v = m->child; v != NULL; v = v->next) {
			if (exprs && check_requirement(a, v, &ep, e) == -1)
				return -1;
			if (!exprs && v->type != JSON_STRING)
				return fields_err(e, &p, v, v->key,
				    "wants text, got %s", fields_kind(v));
		}
	}
	return 0;
}

/* What must be there, and what excludes what. */
static int
check_source(const struct json *o, const struct place *p, const struct spec *s,
    const struct resource *r, struct err *e)
{
	int derived = r->rule[0] != '\0';

	if (s->selector != NULL && !derived &&
	    (s->database != NULL || s->body != NULL))
		return fields_err(e, p, o, NULL,
		    "has summaryRuleSelector beside database or body; "
		    "give one or the other");
	if (s->selector != NULL && !derived)
		return 0;
	if (s->database == NULL)
		return fields_err(e, p, o, "database", "is missing");
	if (blank(s->body))
		return fields_err(e, p, o, "body", "is missing");
	return 0;
}

/* exporter and exporters name destinations alike. */
static void
join_destinations(struct arena *a, const struct spec *s, struct resource *r)
{
	struct strs *d = &r->destinations;

	d->v = arena_alloc(a, (s->exporters.n + 1) * sizeof(*d->v));
	if (s->exporter != NULL)
		d->v[d->n++] = s->exporter;
	for (size_t i = 0; i < s->exporters.n; i++)
		d->v[d->n++] = s->exporters.v[i];
	strs_once(d);
}

/* Interval and delay, criteria, selector, transform. */
static int
check_values(struct arena *a, const struct json *o, const struct place *p,
    const struct spec *s, struct resource *r, struct err *e)
{
	const struct place tp = { p->file, "spec.transform" };
	const struct place cp = { p->file, "spec.criteria" };

	if (s->criteria != NULL && criteria_check(s->criteria, &cp, e) == -1)
		return -1;
	if (s->interval == NULL)
		return fields_err(e, p, o, "interval", "is missing");
	if (read_span(
		o, p, "interval", s->interval, WHEN_SEC, &r->interval, e) == -1)
		return -1;
	if (s->ingestion_delay != NULL &&
	    read_span(o, p, "ingestionDelay", s->ingestion_delay, 0,
		&r->ingestion_delay, e) == -1)
		return -1;
	if (s->selector != NULL &&
	    check_selector(a, s->selector, p->file, e) == -1)
		return -1;
	if (s->transform == NULL)
		return fields_err(e, p, o, "transform", "is missing");
	return transform_read(a, s->transform, &tp, &r->transform, e);
}

int
resource_read(struct arena *a, const struct json *o, const char *file,
    struct resource *r, struct err *e)
{
	const struct place top = { file, NULL }, p = { file, "spec" };
	const struct json *spec = json_get(o, "spec");
	struct spec s = { 0 };

	if (resource_identify(a, o, file, r, e) == -1)
		return -1;
	if (spec == NULL)
		return fields_err(e, &top, o, "spec", "is missing");
	if (fields_read(a, spec, &p, spec_fields, &s, e) == -1 ||
	    check_source(spec, &p, &s, r, e) == -1 ||
	    check_values(a, spec, &p, &s, r, e) == -1)
		return -1;
	r->database = s.database;
	r->body = s.body;
	r->transform_tree = s.transform;
	r->selector = s.selector;
	join_destinations(a, &s, r);
	return 0;
}

const char *
resource_key(struct arena *a, const struct resource *r)
{
	const char *plus = r->rule[0] != '\0' ? "+" : "";

	return arena_printf(
	    a, "%s/%s%s%s", r->namespace, r->name, plus, r->rule);
}

int
resource_check_owner(
    const struct json *doc, const char *key, const char *path, struct err *e)
{
	const struct json *meta = json_get(doc, "metadata");
	const char *ns = json_get_str(meta, "namespace", NULL);
	const char *name = json_get_str(meta, "name", NULL);
	size_t n = ns != NULL ? strlen(ns) : 0, m;

	if (ns == NULL || name == NULL)
		return 0;
	m = strlen(name);
	if (strncmp(key, ns, n) == 0 && key[n] == '/' &&
	    strncmp(key + n + 1, name, m) == 0 &&
	    (key[n + 1 + m] == '\0' || key[n + 1 + m] == '+'))
		return 0;
	return err_set(
	    e, ST_DATA, "%s: is the status of %s/%s", path, ns, name);
}
