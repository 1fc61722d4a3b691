/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "api_calls.h"
#include "log.h"
#include "resource.h"
#include "status.h"

#define AGENT      "crdstatus/" VERSION
#define BUSY_MAX   16         /* requests at a time */
#define READS_MAX  4          /* of them reads: an object may be large */
#define SWEEP_MS   10000      /* from one look at memory to the next */
#define STATUS_MAX (48 << 20) /* bytes of statuses to remember */
#define NEWS_MS    1000       /* at the end for events */
#define SAID_MAX   20         /* lines of log of what was not written */

/* The newest line says something of o that is not written. */
static void
await(struct api *a, struct object *o, int failing)
{
	if (o->unsaid == 0) {
		o->unsaid = a->keeper.taken;
		a->waiting++;
	} else if (o->busy == API_WRITING && o->later == 0) {
		o->later = a->keeper.taken;
	}
	if (o->busy == API_IDLE)
		pace_add(&a->pace, &o->pace, failing || object_fails(o),
		    when_mono_ms());
}

static struct object *
object_of(struct api *a, const struct window *w, struct err *e)
{
	struct arena s = { 0 };
	struct object *o = NULL;
	const char *key;

	if (!resource_name_ok(w->namespace, 63, 0) ||
	    !resource_name_ok(w->name, 253, 1)) {
		err_set(e, ST_DATA, "\"%.64s/%.64s\" is no name of a resource",
		    w->namespace, w->name);
		return NULL;
	}
	key = arena_printf(&s, "%s/%s", w->namespace, w->name);
	if ((o = map_get(&a->objects, key)) == NULL) {
		o = object_new(key, when_mono_ms());
		map_put(&a->objects, key, o);
	}
	arena_fini(&s);
	if (o->barred <= when_mono_ms())
		return o;
	err_set(e, ST_DATA, "the status of %s is not understood", o->key);
	return NULL;
}

static int
took(struct api *a, struct object *o, int effect, int failing, struct err *e)
{
	if (effect == -1) {
		api_bar(a, o, e);
		return 0;
	}
	if (effect != OBJECT_SAME)
		await(a, o, failing);
	return 0;
}

static int
take_receipt(
    struct keeper *k, const struct receipt *r, struct line line, struct err *e)
{
	struct api *a = (struct api *)k;
	struct object *o = object_of(a, &r->w, e);

	if (o == NULL)
		return -1;
	return took(a, o,
	    object_receipt(o, r, line.text, line.n, when_mono_ms(), e),
	    r->status == RECEIPT_FAILED, e);
}

static int
take_condition(struct keeper *k, const struct window *w,
    const struct condition *c, struct line line, struct err *e)
{
	struct api *a = (struct api *)k;
	struct object *o = object_of(a, w, e);

	if (o == NULL)
		return -1;
	return took(a, o, object_condition(o, w, line.text, line.n),
	    strcmp(c->status, "True") != 0, e);
}

static void
start_due(struct api *a)
{
	struct pace_item *i;

	a->wake = INT64_MAX;
	while (a->busy < BUSY_MAX && a->reads < READS_MAX &&
	    (i = pace_take(&a->pace, when_mono_ms(), &a->wake)) != NULL)
		api_start(a, (struct object *)i);
	if (a->busy >= BUSY_MAX || a->reads >= READS_MAX)
		a->wake = INT64_MAX; /* an answer comes first */
	arena_reset(&a->scratch);
}

/* Up to which line all is written. */
static void
count_said(struct api *a)
{
	uint64_t said = a->keeper.taken;
	struct object *o;
	size_t at = 0;

	if (a->waiting > 0 && !a->settled)
		return;
	a->settled = 0;
	while (a->waiting > 0 && (o = map_next(&a->objects, &at, NULL)) != NULL)
		if (o->unsaid != 0 && o->unsaid - 1 < said)
			said = o->unsaid - 1;
	a->keeper.said = said;
}

/* Nothing is lost with it. */
static int
is_at_rest(const struct object *o)
{
	return o->busy == API_IDLE && o->pace.at == 0 && o->unsaid == 0 &&
	    o->nparts == 0 && o->journal.b.len == 0;
}

/* Forget statuses when they are too many: they are read again. */
static void
sweep(struct api *a)
{
	struct buf gone = { 0 };
	struct object *o;
	size_t at = 0, size = 0;

	if (when_mono_ms() - a->swept < SWEEP_MS)
		return;
	a->swept = when_mono_ms();
	while ((o = map_next(&a->objects, &at, NULL)) != NULL) {
		size += o->status != NULL ? strlen(o->status) : 0;
		if (size > STATUS_MAX && is_at_rest(o))
			buf_add(&gone, &o, sizeof(o));
	}
	for (at = 0; at < gone.len; at += sizeof(o)) {
		memcpy(&o, gone.data + at, sizeof(o));
		map_del(&a->objects, o->key);
		object_free(o);
	}
	buf_fini(&gone);
}

static int
work(struct keeper *k, int hurry, struct err *e)
{
	struct api *a = (struct api *)k;
	const struct kube_reply *r;

	(void)hurry;
	(void)e;
	while ((r = kube_take(a->kube)) != NULL) {
		api_answer(a, r);
		arena_reset(&a->scratch);
	}
	api_ask_whether_there(a);
	start_due(a);
	if (a->away_since == 0)
		news_work(&a->news, when_mono_ms());
	sweep(a);
	count_said(a);
	return 0;
}

static int
wait_some(struct keeper *k, struct pollfd *fd, struct err *e)
{
	struct api *a = (struct api *)k;
	int64_t until = a->wake, ms;

	if (fd != NULL)
		fd->revents = 0;
	if (!k->ready && !a->probing && a->probe_at < until)
		until = a->probe_at;
	if (a->away_since == 0 && a->news.wake < until)
		until = a->news.wake;
	ms = until - when_mono_ms();
	if (until == INT64_MAX || ms > INT32_MAX)
		ms = -1;
	else if (ms < 0)
		ms = 0;
	return kube_poll(a->kube, fd, fd != NULL, (int)ms, e);
}

/* Whether anything can still be written before the drain is over. */
static int
goes_on(const struct api *a)
{
	int64_t end = a->moved + a->drain_ms;

	if (a->busy > 0)
		return when_mono_ms() < end;
	for (size_t i = 0; i < a->pace.n; i++)
		if (a->pace.v[i]->after < end && a->pace.hold < end)
			return when_mono_ms() < end;
	return 0;
}

/* Say what is not written.  Returns how many. */
static size_t
tell_unwritten(const struct api *a)
{
	const struct object *o;
	size_t at = 0, n = 0;

	while ((o = map_next(&a->objects, &at, NULL)) != NULL)
		if ((o->busy != API_IDLE || o->pace.at != 0) && n++ < SAID_MAX)
			log_error("status not written",
			    KV_S("resource", o->key),
			    KV_S("error", "the end came first"));
	if (n > SAID_MAX)
		log_error("more statuses not written",
		    KV_I("resources", (int64_t)(n - SAID_MAX)));
	return n;
}

static int
wait_until(struct api *a, int64_t end, struct err *e)
{
	a->wake = a->wake < end ? a->wake : end;
	if (wait_some(&a->keeper, NULL, e) == -1)
		return -1;
	return work(&a->keeper, 1, e);
}

static int
finish(struct keeper *k, struct err *e)
{
	struct api *a = (struct api *)k;
	int64_t end;
	size_t n;

	a->moved = when_mono_ms();
	if (work(k, 1, e) == -1)
		return -1;
	while (goes_on(a))
		if (wait_until(a, a->moved + a->drain_ms, e) == -1)
			return -1;
	end = when_mono_ms() + NEWS_MS;
	while (a->away_since == 0 && a->news.untold + (a->news.busy != NULL) &&
	    when_mono_ms() < end)
		if (wait_until(a, end, e) == -1)
			return -1;
	if ((n = tell_unwritten(a)) > 0)
		return err_set(e, ST_RETRY, "%zu statuses were not written", n);
	return 0;
}

static size_t
owed(const struct keeper *k)
{
	const struct api *a = (const struct api *)k;
	const struct object *o;
	size_t at = 0, n = 0;

	while ((o = map_next(&a->objects, &at, NULL)) != NULL) {
		char text[WHEN_TEXT];
		size_t entries;
		ticks since;

		if (!object_owes(o, &since, &entries))
			continue;
		when_format(text, since);
		log_warn("windows are still owed", KV_S("resource", o->key),
		    KV_S("since", text), KV_I("entries", (int64_t)entries));
		n++;
	}
	return n;
}

int
api_open(struct api *a, const struct api_config *c, struct err *e)
{
	static const struct keeper_ops ops = { take_receipt, take_condition,
		work, wait_some, finish, owed };

	*a = (struct api){ .keeper = { .ops = &ops, .metrics = c->metrics },
		.pace = { .rate = c->qps },
		.drain_ms = c->drain_ms,
		.wake = INT64_MAX };
	if (kube_config_load(
		&a->arena, c->kubeconfig, c->context, &a->config, e) == -1 ||
	    (a->kube = kube_new(&a->config, AGENT, e)) == NULL)
		return -1;
	news_init(&a->news, c->quiet ? NULL : a->kube, &c->metrics[M_EVENTS]);
	log_info("statuses go to the Kubernetes API",
	    KV_S("server", a->config.server), KV_S("config", a->config.source));
	return 0;
}

void
api_fini(struct api *a)
{
	struct object *o;
	size_t at = 0;

	kube_free(a->kube);
	while ((o = map_next(&a->objects, &at, NULL)) != NULL)
		object_free(o);
	map_fini(&a->objects);
	news_fini(&a->news);
	pace_fini(&a->pace);
	arena_fini(&a->scratch);
	arena_fini(&a->arena);
}
