/* SPDX-License-Identifier: MIT */
#include <inttypes.h>
#include <string.h>

#include "json.h"
#include "lease.h"

#define GROUP      "coordination.k8s.io/v1"
#define MICRO      10                /* ticks */
#define RUNS_MAX   INT64_C(31536000) /* s; more is as good as for ever */
#define JITTER_MAX 12 /* tenths of retry that a contender waits longer */

/* A number below n. */
static int64_t
chance(struct lease *l, int64_t n)
{
	uint64_t x = l->seed += UINT64_C(0x9e3779b97f4a7c15);

	x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
	return (int64_t)((x ^ x >> 31) % (uint64_t)n);
}

/* Nothing before the next try; contenders spread. */
static void
wait_retry(struct lease *l, int64_t now)
{
	int64_t more = l->led ? 0 : chance(l, l->retry * JITTER_MAX / 10 + 1);

	l->step = LEASE_LOOK;
	l->next = now + l->retry + more;
}

int
lease_lost(struct lease *l, int64_t now)
{
	if (l->led && now - l->renewed >= l->deadline)
		l->lost = 1;
	return l->lost;
}

int
lease_leads(struct lease *l, int64_t now)
{
	return l->led && !lease_lost(l, now);
}

int64_t
lease_due(const struct lease *l)
{
	int64_t end = l->led ? l->renewed + l->deadline : INT64_MAX;

	return !l->asked && l->next < end ? l->next : end;
}

int64_t
lease_patience(const struct lease *l, int64_t now)
{
	int64_t left = l->led ? l->renewed + l->deadline - now : l->deadline;

	/* So that another try, on another connection, is in time. */
	if (left > l->deadline / 2)
		left = l->deadline / 2;
	return left > 1 ? left : 1;
}

/* 2024-05-01T10:00:08.000000Z: the server wants all six digits. */
static const char *
micro_time(struct arena *a, ticks t)
{
	char text[WHEN_TEXT];

	when_format(text, t - t % WHEN_SEC);
	return arena_printf(
	    a, "%.19s.%06" PRId64 "Z", text, t % WHEN_SEC / MICRO);
}

static struct json *
object_in(struct arena *a, struct json *o, const char *key)
{
	struct json *v = json_get(o, key);

	if (v != NULL && v->type == JSON_OBJECT)
		return v;
	v = json_new(a, JSON_OBJECT);
	json_set(a, o, key, v);
	return json_get(o, key);
}

/* The object as last seen, or a new one.  What others keep in it stays. */
static struct json *
base(struct arena *a, const struct lease *l)
{
	struct err ignored;
	struct json *o = l->step == LEASE_MAKE
	    ? NULL
	    : json_parse(a, buf_str(&l->object), l->object.len, &ignored);

	if (o != NULL)
		return o;
	o = json_new(a, JSON_OBJECT);
	json_set(a, o, "apiVersion", json_new_str(a, GROUP));
	json_set(a, o, "kind", json_new_str(a, "Lease"));
	json_set(
	    a, object_in(a, o, "metadata"), "name", json_new_str(a, l->name));
	json_set(a, object_in(a, o, "metadata"), "namespace",
	    json_new_str(a, l->space));
	return o;
}

/* Make the record ours from now on. */
static void
write_body(const struct lease *l, ticks wall, struct buf *body)
{
	struct arena a = { 0 };
	struct json *o = base(&a, l), *spec = object_in(&a, o, "spec");
	struct json *now = json_new_str(&a, micro_time(&a, wall));
	int64_t turns = json_get_int(spec, "leaseTransitions", 0);
	int ours = strcmp(buf_str(&l->holder), l->id) == 0;

	if (l->step == LEASE_MAKE || !ours ||
	    json_get(spec, "acquireTime") == NULL) {
		turns = l->step == LEASE_MAKE ? 0 : turns + !ours;
		json_set(&a, spec, "acquireTime",
		    json_new_str(&a, micro_time(&a, wall)));
	}
	json_set(&a, spec, "holderIdentity", json_new_str(&a, l->id));
	json_set(&a, spec, "leaseDurationSeconds",
	    json_new_int(&a, l->duration / 1000));
	json_set(&a, spec, "leaseTransitions", json_new_int(&a, turns));
	json_set(&a, spec, "renewTime", now);
	json_write(body, o);
	arena_fini(&a);
}

enum lease_ask
lease_next(struct lease *l, int64_t now, ticks wall, struct buf *body)
{
	if (l->asked || now < l->next || lease_lost(l, now))
		return LEASE_REST;
	l->asked = 1;
	l->begun = now;
	if (l->step == LEASE_LOOK)
		return LEASE_GET;
	write_body(l, wall, body);
	return l->step == LEASE_MAKE ? LEASE_POST : LEASE_PUT;
}

/* Note what it is now.  Returns -1 when the answer is no Lease. */
static int
observe(struct lease *l, const char *body, size_t n, int64_t now)
{
	struct arena a = { 0 };
	struct buf spec = { 0 };
	struct err ignored;
	const struct json *o = json_parse(&a, body, n, &ignored), *s;

	if (o == NULL || strcmp(json_get_str(o, "kind", ""), "Lease") != 0) {
		arena_fini(&a);
		return -1;
	}
	if ((s = json_get(o, "spec")) != NULL)
		json_write(&spec, s);
	if (strcmp(buf_str(&spec), buf_str(&l->spec)) != 0 || l->seen == 0)
		l->seen = now;
	buf_reset(&l->object);
	buf_add(&l->object, body, n);
	buf_reset(&l->holder);
	buf_puts(&l->holder, json_get_str(s, "holderIdentity", ""));
	l->runs = json_get_int(s, "leaseDurationSeconds", 0);
	l->runs = l->runs > RUNS_MAX ? RUNS_MAX * 1000 : l->runs * 1000;
	buf_fini(&l->spec);
	l->spec = spec;
	arena_fini(&a);
	return 0;
}

/* It was read: whose is it? */
static void
looked(struct lease *l, int64_t now)
{
	int other =
	    l->holder.len > 0 && strcmp(buf_str(&l->holder), l->id) != 0;

	if (other && (l->led || l->seen + l->runs > now)) {
		l->lost = l->led;
		wait_retry(l, now);
		return;
	}
	l->step = LEASE_TAKE;
	l->next = now;
}

/* A write went through, as long as the answer is what was sent. */
static void
written(struct lease *l, int64_t now)
{
	if (strcmp(buf_str(&l->holder), l->id) != 0) {
		wait_retry(l, now);
		return;
	}
	l->led = 1;
	l->renewed = l->begun;
	l->step = LEASE_KEEP;
	l->next = now + l->retry;
}

void
lease_answer(struct lease *l, enum kube_outcome outcome, const char *body,
    size_t n, int64_t now)
{
	int kept = l->step == LEASE_KEEP;

	l->asked = 0;
	if (outcome == KUBE_OK && observe(l, body, n, now) == 0) {
		if (l->step == LEASE_LOOK)
			looked(l, now);
		else
			written(l, now);
	} else if (outcome == KUBE_NOT_FOUND && l->step == LEASE_LOOK) {
		l->step = LEASE_MAKE;
		l->next = now;
	} else {
		/* What was known of it was wrong: read it at once. */
		wait_retry(l, now);
		if (kept)
			l->next = now;
	}
}

void
lease_fini(struct lease *l)
{
	buf_fini(&l->object);
	buf_fini(&l->spec);
	buf_fini(&l->holder);
}
