/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "hash.h"
#include "object.h"
#include "resource.h"

static int
by_key(const void *a, const void *b)
{
	const struct json *const *x = a, *const *y = b;

	return strcmp((*x)->key, (*y)->key);
}

/* A copy of v with the members of each object sorted by name. */
static struct json *
sorted(struct arena *a, const struct json *v)
{
	struct json *copy = json_new(a, v->type), **members;
	size_t n = json_count(v), i = 0;

	copy->key = v->key;
	copy->str = v->str;
	copy->len = v->len;
	members = arena_alloc(a, (n + 1) * sizeof(struct json *));
	for (const struct json *m = v->child; m != NULL; m = m->next)
		members[i++] = sorted(a, m);
	if (v->type == JSON_OBJECT)
		qsort(members, n, sizeof(struct json *), by_key);
	for (i = 0; i < n; i++)
		json_push(copy, members[i]);
	return copy;
}

/*
 * The first 31 bits of the FNV-1a of the spec as compact JSON with sorted
 * names: a comment, another layout or order of fields is no new generation.
 */
static int64_t
generation(struct arena *a, const struct json *spec)
{
	struct buf b = { 0 };
	uint64_t h;

	if (spec != NULL)
		json_write(&b, sorted(a, spec));
	h = hash_bytes(buf_str(&b), b.len);
	buf_fini(&b);
	return (int64_t)(h >> 33);
}

static void
prepare(struct arena *a, struct json *o, const struct resource *r)
{
	static const char *const servers[] = { "uid", "resourceVersion",
		"creationTimestamp", "managedFields", "selfLink", NULL };
	struct json *meta = json_get(o, "metadata");

	for (const char *const *s = servers; *s != NULL; s++)
		json_del(meta, *s);
	json_set(a, meta, "namespace", json_new_str(a, r->namespace));
	json_set(a, meta, "generation",
	    json_new_int(a, generation(a, json_get(o, "spec"))));
	json_del(o, "status");
}

/*
 * Criteria decide even when the rest is wrong: others report that.  Returns 1
 * when it is for this instance, 0 when not, -1 with the expression's error.
 */
static int
belongs(const struct json *o, const char *path, const struct judge *j,
    struct err *e)
{
	const struct json *spec = json_get(o, "spec");
	const struct json *criteria = json_get(spec, "criteria");
	const struct json *cel = json_get(spec, "criteriaExpression");
	const struct place nowhere = { 0 }, p = { path, "spec" };
	struct err why;
	int here;

	if (criteria != NULL &&
	    (criteria->type != JSON_OBJECT ||
		criteria_check(criteria, &nowhere, &why) == -1))
		criteria = NULL;
	if (cel != NULL &&
	    (cel->type != JSON_STRING || strlen(cel->str) != cel->len))
		cel = NULL;
	here = criteria_judge(
	    criteria, cel != NULL ? cel->str : NULL, &j->labels, j->mode, &why);
	if (here == -1)
		fields_err(e, &p, cel, "criteriaExpression", "%s", why.msg);
	return here;
}

static void
problem(
    struct doc *d, const char *type, const char *reason, const struct err *e)
{
	d->type = type;
	d->reason = reason;
	buf_puts(&d->message, e->msg);
}

static int
check_destinations(const struct json *spec, const struct place *p,
    const struct resource *r, const struct judge *j, struct err *e)
{
	const char *one = json_get_str(spec, "exporter", "");

	if (j->destinations.n == 0)
		return 0;
	for (size_t i = 0; i < r->destinations.n; i++) {
		const char *name = r->destinations.v[i];
		const char *member =
		    strcmp(name, one) == 0 ? "exporter" : "exporters";

		if (!strs_has(&j->destinations, name))
			return fields_err(e, p, json_get(spec, member), member,
			    "there is no destination %s here", name);
	}
	return 0;
}

/* What keeps a valid resource from running here. */
static void
check_here(const struct json *o, const char *path, const struct resource *r,
    const struct judge *j, struct doc *d)
{
	const struct json *spec = json_get(o, "spec");
	const struct place p = { path, "spec" };
	struct err e;

	if (d->selects && r->transform.timestamp_column == NULL) {
		fields_err(&e, &p, r->selector, "summaryRuleSelector",
		    "needs transform.timestampColumn: the query is made of "
		    "it");
		problem(d, "Ready", "InvalidSpec", &e);
	} else if (check_destinations(spec, &p, r, j, &e) == -1) {
		problem(d, "Ready", "UnknownDestination", &e);
	}
}

const char *
object_take(struct arena *a, struct json *o, const char *path,
    const struct judge *j, struct doc *d, struct err *e)
{
	struct resource r;
	struct err why;
	int bad = resource_read(a, o, path, &r, e), here;

	if (r.name == NULL)
		return NULL;
	here = belongs(o, path, j, &why);
	d->path = path != NULL ? path : "";
	d->line = o->line;
	d->uid = *r.uid != '\0' && path == NULL
	    ? hash_bytes(r.uid, strlen(r.uid))
	    : 0;
	d->selects = r.selector != NULL && *r.rule == '\0';
	d->foreign = !shard_has(&j->shard, r.namespace, r.name);
	d->excluded = here == 0 || d->foreign;
	if (bad == -1)
		problem(d, "Ready", "InvalidSpec", e);
	else if (here == -1)
		problem(d, "Criteria", "CriteriaExpressionError", &why);
	else
		check_here(o, path, &r, j, d);
	if (path != NULL) {
		prepare(a, o, &r);
		json_write(&d->text, o);
	}
	return resource_key(a, &r);
}
