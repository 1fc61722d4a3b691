/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "kube_set.h"
#include "mem.h"

static const struct kube_kind kinds[] = {
	{ "adx-mon.azure.com", "v1", "metricsexporters", "MetricsExporter", 1 },
	{ "adx-mon.azure.com", "v1", "summaryrules", "SummaryRule", 1 },
	{ "coordination.k8s.io", "v1", "leases", "Lease", 0 },
	{ "events.k8s.io", "v1", "events", "Event", 0 },
	{ "", "v1", "events", "Event", 0 },
	{ 0 },
};

const struct kube_kind *
kube_kinds(void)
{
	return kinds;
}

const struct kube_kind *
kube_kind(const char *group, const char *version, const char *plural)
{
	for (const struct kube_kind *k = kinds; k->plural != NULL; k++)
		if (strcmp(k->group, group) == 0 &&
		    strcmp(k->version, version) == 0 &&
		    strcmp(k->plural, plural) == 0)
			return k;
	return NULL;
}

int64_t
kube_set_rev(const struct kube_set *s)
{
	return KUBE_FIRST + (int64_t)s->nlog;
}

/* Where an object stands among the others. */
static int
compare(
    const struct kube_object *o, const struct kube_kind *k, const char *path)
{
	if (o->kind != k)
		return o->kind < k ? -1 : 1;
	return strcmp(o->path, path);
}

size_t
kube_set_from(
    const struct kube_set *s, const struct kube_kind *k, const char *path)
{
	size_t low = 0, high = s->n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (compare(s->v[mid], k, path) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

/* The object, whether it is there now or was once. */
static struct kube_object *
find(const struct kube_set *s, const struct kube_kind *k, const char *path)
{
	size_t i = kube_set_from(s, k, path);

	return i < s->n && compare(s->v[i], k, path) == 0 ? s->v[i] : NULL;
}

const struct kube_object *
kube_set_get(
    const struct kube_set *s, const struct kube_kind *k, const char *path)
{
	const struct kube_object *o = find(s, k, path);

	return o != NULL && o->now->change != KUBE_DELETED ? o : NULL;
}

const struct kube_version *
kube_set_at(const struct kube_object *o, int64_t rev)
{
	const struct kube_version *v = o->now;

	while (v != NULL && v->rev > rev)
		v = v->was;
	return v != NULL && v->change != KUBE_DELETED ? v : NULL;
}

static struct kube_object *
add(struct kube_set *s, const struct kube_kind *k, const char *path)
{
	struct kube_object *o = arena_zalloc(&s->mem, sizeof(*o));
	size_t i = kube_set_from(s, k, path);

	if (s->n == s->cap) {
		s->cap = s->cap * 2 + 64;
		s->v = mem_need(realloc(s->v, s->cap * sizeof(*s->v)));
	}
	memmove(s->v + i + 1, s->v + i, (s->n - i) * sizeof(*s->v));
	s->v[i] = o;
	s->n++;
	o->kind = k;
	o->path = arena_strdup(&s->mem, path);
	return o;
}

void
kube_set_put(struct kube_set *s, const struct kube_kind *k, const char *path,
    enum kube_change change, const char *text, size_t n)
{
	struct kube_version *v = arena_zalloc(&s->mem, sizeof(*v));
	struct kube_object *o = find(s, k, path);

	if (o == NULL)
		o = add(s, k, path);
	if (s->nlog == s->caplog) {
		s->caplog = s->caplog * 2 + 64;
		s->log = mem_need(realloc(s->log, s->caplog * sizeof(*s->log)));
	}
	s->log[s->nlog++] = v;
	v->rev = kube_set_rev(s);
	v->change = change;
	v->text = arena_strndup(&s->mem, text, n);
	v->len = n;
	v->object = o;
	v->was = o->now;
	o->now = v;
	pthread_cond_broadcast(&s->news);
}
