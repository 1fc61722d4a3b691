/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "api_calls.h"
#include "backoff.h"
#include "hash.h"
#include "log.h"

#define GROUP        "/apis/adx-mon.azure.com/v1"
#define LATER_MS     60000  /* until what was refused is tried again */
#define TELL_MS      300000 /* between two logs of a refusal */
#define CONFLICT_MIN 10     /* ms, doubled up to CONFLICT_MAX */
#define CONFLICT_MAX 1000
#define PROBE_MIN    250 /* ms, doubled up to PROBE_MAX */
#define PROBE_MAX    15000

static char probe; /* its address is the context of a probe */

static const char *
path_of(struct arena *a, const struct object *o)
{
	const char *slash = strchr(o->key, '/');

	return arena_printf(a,
	    GROUP "/namespaces/%.*s/metricsexporters/%s/status",
	    (int)(slash - o->key), o->key, slash + 1);
}

/* No line waits for o any more, but those since its write began. */
static void
settle(struct api *a, struct object *o)
{
	a->settled |= o->unsaid != 0;
	a->waiting -= o->unsaid != 0 && o->later == 0;
	o->unsaid = o->later;
	o->later = 0;
}

/* Its status cannot be understood, or is refused: nobody waits for it. */
static void
bar(struct api *a, struct object *o, const char *why)
{
	log_error(
	    "status not written", KV_S("resource", o->key), KV_S("error", why));
	o->later = 0;
	settle(a, o);
}

void
api_bar(struct api *a, struct object *o, const struct err *e)
{
	journal_fini(&o->journal);
	object_unsee(o);
	o->barred = when_mono_ms() + LATER_MS;
	a->keeper.metrics[M_REFUSED].value++;
	a->keeper.refused = 1;
	bar(a, o, e->msg);
}

/* --- requests --- */

static void
send_read(struct api *a, struct object *o)
{
	struct kube_request rq = { .method = "GET", .ctx = o };
	struct err e;

	rq.path = path_of(&a->scratch, o);
	if (kube_start(a->kube, &rq, &e) == -1) {
		bar(a, o, e.msg);
		return;
	}
	o->busy = API_READING;
	a->reads++;
	a->busy++;
}

static void
send_write(struct api *a, struct object *o, const struct buf *body)
{
	struct kube_request rq = { .method = "PATCH",
		.body = body->data,
		.body_len = body->len,
		.content_type = "application/merge-patch+json",
		.ctx = o };
	struct err e;

	rq.path = arena_printf(&a->scratch,
	    "%s?fieldManager=crdstatus&fieldValidation=Ignore",
	    path_of(&a->scratch, o));
	if (kube_start(a->kube, &rq, &e) == -1) {
		bar(a, o, e.msg);
		return;
	}
	pace_spend(&a->pace, &o->pace, when_mono_ms());
	o->busy = API_WRITING;
	a->busy++;
}

static struct moment
moment(void)
{
	return (struct moment){ when_now(), when_mono_ms() };
}

void
api_start(struct api *a, struct object *o)
{
	struct buf body = { 0 };
	struct err e;
	int changed;

	if (o->version == NULL) {
		send_read(a, o);
		return;
	}
	changed = object_patch(o, moment(), &body, &e);
	if (changed == -1)
		api_bar(a, o, &e);
	else if (changed == 0)
		settle(a, o);
	else
		send_write(a, o, &body);
	buf_fini(&body);
}

/* --- what comes of them --- */

/* Back into the queue, at the place it had. */
static void
queue_again(struct api *a, struct object *o, int64_t since)
{
	pace_add(&a->pace, &o->pace, object_fails(o), when_mono_ms());
	o->pace.since = since;
}

/* The service does not work now: wait, and say so once. */
static void
service_failed(struct api *a, const struct kube_status *st)
{
	int64_t now = when_mono_ms();

	pace_fail(&a->pace, now, st->retry_after_ms, (uint64_t)now);
	if (a->away_since != 0)
		return;
	a->away_since = now;
	log_warn("the Kubernetes API does not take status now, tried again",
	    KV_S("error", st->message), KV_I("http", st->code));
}

static void
service_works(struct api *a)
{
	pace_ok(&a->pace);
	if (a->away_since == 0)
		return;
	log_info("the Kubernetes API works again",
	    KV_F("seconds", (double)(when_mono_ms() - a->away_since) / 1000));
	a->away_since = 0;
}

/* Not this one, and not soon.  Lines do not wait for it. */
static void
refused(struct api *a, struct object *o, const struct kube_status *st,
    const char *verb)
{
	int64_t now = when_mono_ms();

	if (a->told == 0 || now - a->told >= TELL_MS || !o->refused) {
		a->told = now;
		log_error(st->outcome == KUBE_DENIED
			? "status not written: not allowed"
			: "status not written: refused",
		    KV_S("resource", o->key), KV_S("verb", verb),
		    KV_S("on", "metricsexporters/status"),
		    KV_I("http", st->code), KV_S("error", st->message));
	}
	o->refused = 1;
	o->pace.after = now + LATER_MS;
	settle(a, o);
	queue_again(a, o, o->pace.since);
}

/* The object is no more; nothing is owed to it. */
static void
forget(struct api *a, struct object *o)
{
	log_info("the resource is gone", KV_S("resource", o->key));
	o->later = 0;
	settle(a, o);
	map_del(&a->objects, o->key);
	object_free(o);
}

/* No good answer to a request of o. */
static void
failed(struct api *a, struct object *o, const struct kube_reply *r, int was)
{
	const struct kube_status *st = &r->status;

	if (was == API_WRITING)
		object_failed(o, r->maybe_taken || st->code >= 500);
	if (st->outcome == KUBE_NOT_FOUND && *st->reason != '\0') {
		forget(a, o);
		return;
	}
	if (st->outcome == KUBE_CONFLICT) {
		a->keeper.metrics[M_CONFLICTS].value++;
		object_unsee(o);
		o->pace.after = when_mono_ms() +
		    backoff_ms(CONFLICT_MIN, CONFLICT_MAX, ++o->conflicts,
			hash_bytes(o->key, strlen(o->key)));
	} else if ((st->outcome == KUBE_DENIED && st->code == 403) ||
	    st->outcome == KUBE_INVALID) {
		refused(a, o, st, was == API_WRITING ? "patch" : "get");
		return;
	} else {
		service_failed(a, st);
	}
	queue_again(a, o, o->pace.since);
}

static const struct json *
body_of(struct api *a, const struct kube_reply *r, struct err *e)
{
	return json_parse(&a->scratch, r->body, r->body_len, e);
}

static void
was_read(struct api *a, struct object *o, const struct kube_reply *r)
{
	const struct json *j;
	struct err e;

	service_works(a);
	if ((j = body_of(a, r, &e)) == NULL ||
	    object_seen(o, j, moment(), &e) == -1) {
		api_bar(a, o, &e);
		return;
	}
	queue_again(a, o, o->pace.since);
}

/* An answer that is no object proves nothing: it may be a proxy's. */
static void
was_written(struct api *a, struct object *o, const struct kube_reply *r)
{
	struct err e;
	const struct json *j = body_of(a, r, &e);
	int ready = o->ready;

	if (j != NULL)
		news_receipts(&a->news, o, moment());
	if (j == NULL || object_written(o, j, &e) == -1) {
		const struct kube_status st = { .code = r->status.code,
			.message = e.msg };

		object_failed(o, 1);
		service_failed(a, &st);
		queue_again(a, o, o->pace.since);
		return;
	}
	news_ready(&a->news, o, ready, j, moment());
	service_works(a);
	a->keeper.metrics[M_WRITES].value++;
	a->moved = when_mono_ms();
	o->refused = 0;
	o->conflicts = 0;
	settle(a, o);
	if (o->unsaid != 0)
		queue_again(a, o, when_mono_ms());
}

static void
probed(struct api *a, const struct kube_reply *r)
{
	const struct kube_status *st = &r->status;

	a->probing = 0;
	if (st->outcome == KUBE_OK ||
	    (st->outcome == KUBE_DENIED && st->code == 403)) {
		a->keeper.ready = 1;
		return;
	}
	if (a->probes++ == 0)
		log_warn(st->outcome == KUBE_NOT_FOUND
			? "the Kubernetes API does not know metricsexporters"
			: "the Kubernetes API does not answer, tried again",
		    KV_S("server", a->config.server), KV_I("http", st->code),
		    KV_S("error", st->message));
	a->probe_at = when_mono_ms() +
	    backoff_ms(PROBE_MIN, PROBE_MAX, a->probes, (uint64_t)when_now());
}

void
api_answer(struct api *a, const struct kube_reply *r)
{
	struct object *o = r->ctx;
	int was;

	if (r->ctx == &probe) {
		probed(a, r);
		return;
	}
	if (r->ctx == &a->news) {
		news_answer(&a->news, r, when_mono_ms());
		return;
	}
	was = o->busy;
	o->busy = API_IDLE;
	a->busy--;
	a->reads -= was == API_READING;
	if (r->status.outcome != KUBE_OK)
		failed(a, o, r, was);
	else if (was == API_READING)
		was_read(a, o, r);
	else
		was_written(a, o, r);
}

void
api_ask_whether_there(struct api *a)
{
	struct kube_request rq = {
		.method = "GET", .path = GROUP, .ctx = &probe
	};
	struct err e;

	if (a->keeper.ready || a->probing || when_mono_ms() < a->probe_at)
		return;
	a->probing = kube_start(a->kube, &rq, &e) == 0;
}
