/* SPDX-License-Identifier: MIT */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kube_write.h"
#include "uuid.h"
#include "when.h"
#include "yaml.h"

/* Whether two trees say the same, whatever the order of members. */
static int
same(const struct json *a, const struct json *b)
{
	const struct json *other;

	if (a == NULL || b == NULL || a->type != b->type)
		return a == b;
	if (a->type == JSON_NUMBER || a->type == JSON_STRING)
		return a->len == b->len && memcmp(a->str, b->str, a->len) == 0;
	if (json_count(a) != json_count(b))
		return 0;
	other = b->child;
	for (const struct json *m = a->child; m != NULL; m = m->next) {
		if (a->type == JSON_OBJECT)
			other = json_get(b, m->key);
		if (!same(m, other))
			return 0;
		if (a->type == JSON_ARRAY)
			other = other->next;
	}
	return 1;
}

static struct json *
member(const struct json *o, const char *key)
{
	return (struct json *)(uintptr_t)json_get(o, key);
}

/* A copy in the arena, under no name. */
static struct json *
copy(struct arena *a, const struct json *v)
{
	struct buf b = { 0 };
	struct json *j;
	struct err e;

	json_write(&b, v);
	j = json_parse(a, buf_str(&b), b.len, &e);
	buf_fini(&b);
	return j;
}

/* Set or, with v NULL, remove. */
static void
put(struct arena *a, struct json *o, const char *key, const struct json *v)
{
	if (v != NULL)
		json_set(a, o, key, copy(a, v));
	else
		json_del(o, key);
}

static const struct json *
parse(struct kube_ask *q)
{
	const struct json *j;
	struct err e;

	j = json_parse(&q->a, buf_str(&q->body), q->body.len, &e);
	if (j != NULL && j->type == JSON_OBJECT)
		return j;
	kube_ask_fail(q, 400, NULL,
	    "the object provided is unrecognized (must be of type %s): %s",
	    q->kind->kind, j == NULL ? e.msg : "not an object");
	return NULL;
}

/* What upstream's schema does not name is not kept. */
static void
prune(struct json *o)
{
	static const char *const spec[] = { "summaryRuleSelector", "exporter",
		"exporters", "ingestionDelay", NULL };
	static const char *const status[] = { "lastSuccessfulExecution",
		"backlog", "rules", NULL };

	for (const char *const *s = spec; *s != NULL; s++)
		json_del(member(o, "spec"), *s);
	for (const char *const *s = status; *s != NULL; s++)
		json_del(member(o, "status"), *s);
	json_del(member(member(o, "spec"), "transform"), "valueColumn");
}

/* The server's own struct has no place for a map without members. */
static void
drop_empty(struct json *meta, const char *key)
{
	const struct json *v = json_get(meta, key);

	if (v != NULL && json_count(v) == 0)
		json_del(meta, key);
}

/* Store o as the next revision, and answer with it. */
static void
store(struct kube_set *s, struct kube_ask *q, struct json *o,
    enum kube_change change, int upstream)
{
	const char *rev =
	    arena_printf(&q->a, "%lld", (long long)kube_set_rev(s) + 1);

	if (upstream && strcmp(q->kind->plural, "metricsexporters") == 0)
		prune(o);
	drop_empty(member(o, "metadata"), "labels");
	drop_empty(member(o, "metadata"), "annotations");
	json_set(&q->a, member(o, "metadata"), "resourceVersion",
	    json_new_str(&q->a, rev));
	buf_reset(&q->answer);
	json_write(&q->answer, o);
	kube_set_put(s, q->kind, kube_ask_object(q), change, q->answer.data,
	    q->answer.len);
}

static const char *
now(struct kube_ask *q)
{
	char text[WHEN_TEXT];

	when_format(text, when_now() / WHEN_SEC * WHEN_SEC);
	return arena_strdup(&q->a, text);
}

/* As a client's library leaves them: nobody needs them here. */
static struct json *
managed_fields(struct kube_ask *q)
{
	struct json *list = json_new(&q->a, JSON_ARRAY);
	struct json *one = json_new(&q->a, JSON_OBJECT);
	struct json *all = json_new(&q->a, JSON_OBJECT);
	struct err e;

	json_set(&q->a, one, "manager", json_new_str(&q->a, "kube-test"));
	json_set(&q->a, one, "operation", json_new_str(&q->a, "Update"));
	json_set(&q->a, one, "fieldsType", json_new_str(&q->a, "FieldsV1"));
	all = json_parse(&q->a, "{\"f:spec\":{\".\":{}}}", 19, &e);
	json_set(&q->a, one, "fieldsV1", all);
	json_push(list, one);
	return list;
}

/* The metadata of a body; one without gets it. */
static struct json *
metadata(struct kube_ask *q, struct json *o)
{
	struct json *meta = member(o, "metadata");

	if (meta == NULL) {
		meta = json_new(&q->a, JSON_OBJECT);
		json_set(&q->a, o, "metadata", meta);
	}
	return meta;
}

/* What the server says of a new object. */
static void
found(struct kube_ask *q, struct json *o, const char *uid)
{
	const struct kube_kind *k = q->kind;
	struct json *meta = metadata(q, o);
	const struct {
		struct json *at;
		const char *key, *value;
	} said[] = { { o, "apiVersion",
			 arena_printf(&q->a, "%s%s%s", k->group,
			     k->group[0] != '\0' ? "/" : "", k->version) },
		{ o, "kind", k->kind }, { meta, "name", q->name },
		{ meta, "namespace", q->namespace }, { meta, "uid", uid },
		{ meta, "creationTimestamp", now(q) } };

	for (size_t i = 0; i < sizeof(said) / sizeof(*said); i++)
		json_set(&q->a, said[i].at, said[i].key,
		    json_new_str(&q->a, said[i].value));
	json_set(&q->a, meta, "managedFields", managed_fields(q));
	if (k->has_status) {
		json_set(&q->a, meta, "generation", json_new_int(&q->a, 1));
		json_del(o, "status");
	}
}

/* Of a name to be: it may end in "-", for what follows. */
static int
is_prefix(const char *s)
{
	size_t n = strlen(s);

	return n == 0 || s[n - 1] == '-' || isalnum((unsigned char)s[n - 1]);
}

static void
create(struct kube_set *s, struct kube_ask *q, int upstream)
{
	struct json *o = (struct json *)(uintptr_t)parse(q);
	const char *prefix;
	char uid[UUID_TEXT];

	if (o == NULL)
		return;
	uuid_make(uid);
	prefix = json_get_str(metadata(q, o), "generateName", "");
	q->name = json_get_str(metadata(q, o), "name", NULL);
	if (q->name == NULL && *prefix != '\0')
		q->name = arena_printf(&q->a, "%s%.5s", prefix, uid);
	if (q->name == NULL || q->namespace == NULL) {
		kube_ask_fail(q, 422, NULL,
		    "%s \"\" is invalid: metadata.name: Required value: name "
		    "or generateName is required",
		    q->kind->kind);
	} else if (!is_prefix(prefix)) {
		kube_ask_fail(q, 422, NULL,
		    "%s \"%s\" is invalid: metadata.generateName: Invalid "
		    "value: \"%s\": a lowercase RFC 1123 subdomain must "
		    "consist of lower case alphanumeric characters, '-' or "
		    "'.', and must start and end with an alphanumeric "
		    "character",
		    q->kind->kind, q->name, prefix);
	} else if (kube_set_get(s, q->kind, kube_ask_object(q)) != NULL) {
		kube_ask_fail(q, 409, "AlreadyExists",
		    "%s \"%s\" already exists", kube_ask_resource(q), q->name);
	} else {
		found(q, o, uid);
		q->status = 201;
		store(s, q, o, KUBE_ADDED, upstream);
	}
}

/* RFC 7386. */
static void
merge(struct arena *a, struct json *o, const struct json *patch)
{
	for (const struct json *m = patch->child; m != NULL; m = m->next) {
		struct json *old = member(o, m->key);

		if (m->type == JSON_NULL) {
			json_del(o, m->key);
			continue;
		}
		if (m->type != JSON_OBJECT) {
			put(a, o, m->key, m);
			continue;
		}
		if (old == NULL || old->type != JSON_OBJECT) {
			old = json_new(a, JSON_OBJECT);
			json_set(a, o, m->key, old);
			old = member(o, m->key);
		}
		merge(a, old, m);
	}
}

/* What the server keeps of the old object, whatever the new one says. */
static void
keep(struct kube_ask *q, struct json *o, const struct json *old)
{
	static const char *const servers[] = { "uid", "creationTimestamp",
		"managedFields", "generation", "namespace", "name",
		"resourceVersion", "deletionTimestamp", NULL };
	const struct json *before = json_get(old, "metadata");
	struct json *meta = member(o, "metadata");
	int64_t generation = json_get_int(before, "generation", 1);

	for (const char *const *s = servers; *s != NULL; s++)
		put(&q->a, meta, *s, json_get(before, *s));
	put(&q->a, o, "apiVersion", json_get(old, "apiVersion"));
	put(&q->a, o, "kind", json_get(old, "kind"));
	if (!q->kind->has_status)
		return;
	put(&q->a, o, "status", json_get(old, "status"));
	if (!same(json_get(o, "spec"), json_get(old, "spec")))
		json_set(&q->a, meta, "generation",
		    json_new_int(&q->a, generation + 1));
}

/* Whether the write may be: 0 after answering that it may not. */
static int
check(struct kube_ask *q, const struct json *o, const struct json *old)
{
	const struct json *meta = json_get(o, "metadata");
	const struct json *before = json_get(old, "metadata");
	const char *rev = json_get_str(meta, "resourceVersion", "");
	const char *uid = json_get_str(meta, "uid", "");

	if (*rev == '\0') {
		kube_ask_fail(q, 422, NULL,
		    "%s \"%s\" is invalid: metadata.resourceVersion: Invalid "
		    "value: 0: must be specified for an update",
		    kube_ask_resource(q), q->name);
		return 0;
	}
	if (*uid != '\0' && strcmp(uid, json_get_str(before, "uid", ""))) {
		kube_ask_fail(q, 409, NULL,
		    "Operation cannot be fulfilled on %s \"%s\": Precondition "
		    "failed: UID in precondition: %s, UID in object meta: %s",
		    kube_ask_resource(q), q->name, uid,
		    json_get_str(before, "uid", ""));
		return 0;
	}
	if (strcmp(rev, json_get_str(before, "resourceVersion", "")) != 0) {
		kube_ask_fail(q, 409, NULL,
		    "Operation cannot be fulfilled on %s \"%s\": the object "
		    "has been modified; please apply your changes to the "
		    "latest version and try again",
		    kube_ask_resource(q), q->name);
		return 0;
	}
	return 1;
}

/* An object on which finalizers wait goes with the last of them. */
static int
is_done(const struct json *o)
{
	const struct json *meta = json_get(o, "metadata");

	return json_get(meta, "deletionTimestamp") != NULL &&
	    json_count(json_get(meta, "finalizers")) == 0;
}

/* Put o in the place of old. */
static void
replace(struct kube_set *s, struct kube_ask *q, struct json *o,
    struct json *old, int upstream)
{
	if (!check(q, o, old))
		return;
	if (q->sub != NULL) {
		struct json *mixed = copy(&q->a, old);

		put(&q->a, mixed, "status", json_get(o, "status"));
		o = mixed;
	} else {
		keep(q, o, old);
	}
	if (upstream && strcmp(q->kind->plural, "metricsexporters") == 0)
		prune(o);
	q->status = 200;
	if (is_done(o))
		store(s, q, o, KUBE_DELETED, upstream);
	else if (!same(o, old))
		store(s, q, o, KUBE_MODIFIED, upstream);
	else
		json_write(&q->answer, old);
}

static void
patch(struct kube_set *s, struct kube_ask *q, struct json *old, int upstream)
{
	const char *type = kube_ask_header(q, "Content-Type", "");
	struct json *o = copy(&q->a, old);
	const struct json *p;

	if (strncmp(type, "application/merge-patch+json", 28) != 0) {
		kube_ask_fail(q, 415, NULL,
		    "the body of the request was in an unknown format - "
		    "accepted media types include: "
		    "application/json-patch+json, "
		    "application/merge-patch+json, "
		    "application/apply-patch+yaml");
		return;
	}
	if ((p = parse(q)) == NULL)
		return;
	merge(&q->a, o, p);
	replace(s, q, o, old, upstream);
}

static void
drop(struct kube_set *s, struct kube_ask *q, struct json *old)
{
	struct json *meta = member(old, "metadata");
	const char *uid = json_get_str(meta, "uid", "");

	q->status = 200;
	if (json_count(json_get(meta, "finalizers")) > 0) {
		json_set(&q->a, meta, "deletionTimestamp",
		    json_new_str(&q->a, now(q)));
		store(s, q, old, KUBE_MODIFIED, 0);
		return;
	}
	store(s, q, old, KUBE_DELETED, 0);
	buf_reset(&q->answer);
	buf_printf(&q->answer,
	    "{\"kind\":\"Status\",\"apiVersion\":\"v1\",\"metadata\":{},"
	    "\"status\":\"Success\",\"details\":{\"name\":\"%s\","
	    "\"group\":\"%s\",\"kind\":\"%s\",\"uid\":\"%s\"}}",
	    q->name, q->kind->group, q->kind->plural, uid);
}

/* The object that the request names, or NULL after answering 404. */
static struct json *
current(struct kube_set *s, struct kube_ask *q)
{
	const struct kube_object *o = NULL;
	struct err e;

	if (q->namespace != NULL && q->name != NULL)
		o = kube_set_get(s, q->kind, kube_ask_object(q));
	if (o != NULL)
		return json_parse(&q->a, o->now->text, o->now->len, &e);
	kube_ask_fail(q, 404, NULL, "%s \"%s\" not found", kube_ask_resource(q),
	    q->name != NULL ? q->name : "");
	return NULL;
}

void
kube_write(struct kube_set *s, struct kube_ask *q, int upstream)
{
	struct json *old, *o;

	if (strcmp(q->verb, "create") == 0) {
		create(s, q, upstream);
		return;
	}
	if (q->sub != NULL &&
	    (strcmp(q->sub, "status") != 0 || !q->kind->has_status)) {
		kube_ask_fail(q, 404, NULL,
		    "the server could not find the requested resource");
		return;
	}
	if ((old = current(s, q)) == NULL)
		return;
	if (strcmp(q->verb, "delete") == 0) {
		drop(s, q, old);
	} else if (strcmp(q->verb, "patch") == 0) {
		patch(s, q, old, upstream);
	} else if ((o = (struct json *)(uintptr_t)parse(q)) != NULL) {
		metadata(q, o);
		replace(s, q, o, old, upstream);
	}
}

/* One object of an apply: as a create or an update, then its status. */
static int
apply_one(struct kube_set *s, struct kube_ask *q, struct json *o, int upstream)
{
	struct json *meta = member(o, "metadata"), *old;
	const struct json *status = json_get(o, "status");

	q->namespace = json_get_str(meta, "namespace", "default");
	q->name = json_get_str(meta, "name", "");
	q->kind = NULL;
	for (const struct kube_kind *k = kube_kinds(); k->plural != NULL; k++)
		if (strcmp(k->kind, json_get_str(o, "kind", "")) == 0)
			q->kind = q->kind == NULL ? k : q->kind;
	if (q->kind == NULL) {
		kube_ask_fail(q, 400, NULL, "no kind of ours");
		return -1;
	}
	buf_reset(&q->body);
	json_write(&q->body, o);
	if (kube_set_get(s, q->kind, kube_ask_object(q)) == NULL) {
		create(s, q, upstream);
	} else {
		old = current(s, q);
		put(&q->a, meta, "resourceVersion",
		    json_get(json_get(old, "metadata"), "resourceVersion"));
		json_del(meta, "uid");
		replace(s, q, copy(&q->a, o), old, upstream);
	}
	if (q->status >= 300 || status == NULL)
		return q->status >= 300 ? -1 : 0;
	old = current(s, q);
	q->sub = "status";
	put(&q->a, o, "metadata", json_get(old, "metadata"));
	replace(s, q, o, old, upstream);
	q->sub = NULL;
	return q->status >= 300 ? -1 : 0;
}

void
kube_write_apply(struct kube_set *s, struct kube_ask *q, int upstream)
{
	struct buf text = q->body;
	struct yaml *y = yaml_open("body", buf_str(&text), text.len);
	int more, n = 0, bad = 0;
	struct json *doc;
	struct err e;

	q->body = (struct buf){ 0 };
	while (bad == 0 && (more = yaml_next(y, &q->a, &doc, &e)) == 1) {
		const struct json *items = json_get(doc, "items");
		struct json *o = items != NULL ? items->child : doc;

		if (doc->type != JSON_OBJECT)
			continue;
		for (; o != NULL && bad == 0; n++) {
			bad = apply_one(s, q, o, upstream);
			o = items != NULL ? o->next : NULL;
		}
	}
	yaml_close(y);
	buf_fini(&text);
	if (bad == 0 && more == -1) {
		kube_ask_fail(q, 400, NULL, "%s", e.msg);
	} else if (bad == 0) {
		q->status = 200;
		buf_reset(&q->answer);
		buf_printf(&q->answer, "{\"applied\":%d}", n);
	}
}
