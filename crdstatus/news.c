/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "hash.h"
#include "jsonw.h"
#include "log.h"
#include "mem.h"
#include "news.h"
#include "receipt.h"
#include "resource.h"
#include "utf8.h"

#define BURST      25     /* requests for one object at once */
#define REFILL_MS  300000 /* until it may have one more */
#define SERIES_MS  600000 /* the same so soon again is of one series */
#define GAP_MS     200    /* between two requests in all */
#define DENIED_MS  600000 /* until it is tried again what is not allowed */
#define TOPICS_MAX 4096   /* that are remembered */
#define NOTE_MAX   1000   /* bytes */
#define PREFIX_MAX 236    /* bytes of an object's name in an event's */
#define EVENTS     "/apis/events.k8s.io/v1/namespaces/"

/* One thing that may be told of one object, and how often it was so. */
struct topic {
	char *key;    /* "namespace/name reason" */
	char *object; /* "namespace/name" */
	char *reason;
	char *uid, *version; /* of the object */
	char *name;          /* of its event; NULL: none was told */
	struct buf note;
	int warning;
	int untold;   /* something new */
	int count;    /* times */
	int sending;  /* of them in the request on its way */
	ticks last;   /* time */
	int64_t seen; /* the same, ms */
};

/* How many requests an object may have. */
struct budget {
	int64_t used; /* of BURST */
	int64_t at;   /* when one was given back last, ms */
};

void
news_init(struct news *n, struct kube *kube, struct metric *told)
{
	*n = (struct news){ .kube = kube, .told = told, .wake = INT64_MAX };
	n->instance = getenv("POD_NAME");
	if (n->instance == NULL || *n->instance == '\0')
		n->instance = getenv("HOSTNAME");
	if (n->instance == NULL || *n->instance == '\0')
		n->instance = "crdstatus";
}

static void
topic_free(struct topic *t)
{
	free(t->key);
	free(t->object);
	free(t->reason);
	free(t->uid);
	free(t->version);
	free(t->name);
	buf_fini(&t->note);
	free(t);
}

void
news_fini(struct news *n)
{
	struct topic *t;
	void *b;
	size_t at = 0;

	while ((t = map_next(&n->topics, &at, NULL)) != NULL)
		topic_free(t);
	for (at = 0; (b = map_next(&n->budgets, &at, NULL)) != NULL;)
		free(b);
	map_fini(&n->topics);
	map_fini(&n->budgets);
}

/* --- what there is to tell --- */

/* Forget what was told long ago, and the budgets that are whole again. */
static void
forget_old(struct news *n, int64_t ms)
{
	struct map topics = { 0 }, budgets = { 0 };
	struct topic *t;
	struct budget *b;
	const char *key;
	size_t at = 0;

	while ((t = map_next(&n->topics, &at, NULL)) != NULL)
		if (t->untold || t == n->busy || ms - t->seen < SERIES_MS)
			map_put(&topics, t->key, t);
		else
			topic_free(t);
	for (at = 0; (b = map_next(&n->budgets, &at, &key)) != NULL;)
		if (ms - b->at < b->used * REFILL_MS)
			map_put(&budgets, key, b);
		else
			free(b);
	map_fini(&n->topics);
	map_fini(&n->budgets);
	n->topics = topics;
	n->budgets = budgets;
}

static struct topic *
topic_of(struct news *n, const struct object *o, const char *reason)
{
	struct buf key = { 0 };
	struct topic *t;

	buf_printf(&key, "%s %s", o->key, reason);
	if ((t = map_get(&n->topics, key.data)) == NULL) {
		t = mem_new(1, sizeof(*t));
		t->key = mem_str(key.data);
		t->object = mem_str(o->key);
		t->reason = mem_str(reason);
		map_put(&n->topics, t->key, t);
	}
	buf_fini(&key);
	return t;
}

static void
add(struct news *n, const struct object *o, const char *reason, int warning,
    const char *note, struct moment m)
{
	struct topic *t;

	if (n->kube == NULL)
		return;
	if (n->topics.len >= TOPICS_MAX)
		forget_old(n, m.ms);
	if (n->topics.len >= TOPICS_MAX)
		return;
	t = topic_of(n, o, reason);
	if (t->name != NULL && m.ms - t->seen >= SERIES_MS && t != n->busy) {
		free(t->name);
		t->name = NULL;
		t->count = 0;
	}
	if (t->name == NULL && t != n->busy) {
		buf_reset(&t->note);
		buf_add(&t->note, note, utf8_cut(note, strlen(note), NOTE_MAX));
		free(t->uid);
		free(t->version);
		t->uid = mem_str(o->uid != NULL ? o->uid : "");
		t->version = mem_str(o->version != NULL ? o->version : "");
		t->warning = warning;
	}
	t->count++;
	t->last = m.now;
	t->seen = m.ms;
	n->untold += !t->untold;
	t->untold = 1;
	if (n->wake > m.ms)
		n->wake = m.ms;
}

static void
tell_passed(struct news *n, struct arena *a, const struct object *o,
    const struct receipt *r, struct moment m)
{
	char start[WHEN_TEXT];

	when_format(start, r->w.start);
	add(n, o, "WindowPassedOver", 1,
	    arena_printf(a,
		"%s%s%sthe window from %s is passed over for %s, which is "
		"owed it besides: %s: %s",
		*r->w.rule != '\0' ? "rule " : "", r->w.rule,
		*r->w.rule != '\0' ? ": " : "", start, r->destination,
		r->error.stage != NULL ? r->error.code : "no answer",
		r->error.stage != NULL ? r->error.message : ""),
	    m);
}

void
news_receipts(struct news *n, const struct object *o, struct moment m)
{
	struct journal_entry t;
	struct arena a = { 0 };
	const char *reason, *note;
	struct receipt r;
	struct err e;
	size_t at = 0;

	while (n->kube != NULL &&
	    journal_next(&o->journal, &at, o->journal.sent, &t)) {
		if (t.mark == JOURNAL_CONDITION ||
		    receipt_read(&a, t.line, t.n, &r, &e) == -1)
			continue;
		if (t.mark == JOURNAL_PASSED)
			tell_passed(n, &a, o, &r, m);
		if ((note = conditions_loss(&a, &r, &reason)) != NULL)
			add(n, o, reason, 1, note, m);
		arena_reset(&a);
	}
	arena_fini(&a);
}

void
news_ready(struct news *n, const struct object *o, int was,
    const struct json *j, struct moment m)
{
	const struct json *c = condition_find(json_get(j, "status"), "Ready");
	const char *reason = json_get_str(c, "reason", "");
	const char *message = json_get_str(c, "message", "");

	if (o->ready == was || *reason == '\0')
		return;
	if (o->ready == 1 && was == 0)
		add(n, o, "Recovered", 0, message, m);
	/* What was lost is told by itself. */
	if (o->ready == 0 && strcmp(reason, "DeadLetters") != 0 &&
	    strcmp(reason, "CatchupLimited") != 0)
		add(n, o, reason, 1, message, m);
}

/* --- requests --- */

static void
put_time(struct jsonw *w, const char *key, ticks t)
{
	char text[WHEN_TEXT];
	struct buf b = { 0 };

	when_format(text, when_floor(t, WHEN_SEC));
	text[strlen(text) - 1] = '\0';
	buf_printf(&b, "%s.%06lldZ", text,
	    (long long)((t - when_floor(t, WHEN_SEC)) / 10));
	jsonw_str(w, key, b.data);
	buf_fini(&b);
}

static void
put_series(struct jsonw *w, const struct topic *t)
{
	jsonw_object(w, "series");
	jsonw_int(w, "count", t->count);
	put_time(w, "lastObservedTime", t->last);
	jsonw_end_object(w);
}

static void
put_regarding(struct jsonw *w, const struct topic *t, const char *slash)
{
	jsonw_object(w, "regarding");
	jsonw_str(w, "apiVersion", RESOURCE_API);
	jsonw_str(w, "kind", RESOURCE_KIND);
	jsonw_strn(w, "namespace", t->object, (size_t)(slash - t->object));
	jsonw_str(w, "name", slash + 1);
	jsonw_str(w, "uid", t->uid);
	jsonw_str(w, "resourceVersion", t->version);
	jsonw_end_object(w);
}

/* An event of its own. */
static void
write_event(const struct news *n, const struct topic *t, struct buf *b)
{
	const char *slash = strchr(t->object, '/');
	struct jsonw w = { .b = b };

	jsonw_object(&w, NULL);
	jsonw_object(&w, "metadata");
	jsonw_str(&w, "name", t->name);
	jsonw_strn(&w, "namespace", t->object, (size_t)(slash - t->object));
	jsonw_end_object(&w);
	put_time(&w, "eventTime", t->last);
	jsonw_str(&w, "reportingController", "adx-mon.azure.com/crdstatus");
	jsonw_strn(&w, "reportingInstance", n->instance,
	    utf8_cut(n->instance, strlen(n->instance), 128));
	jsonw_str(&w, "action", "Export");
	jsonw_str(&w, "reason", t->reason);
	put_regarding(&w, t, slash);
	jsonw_str(&w, "note", buf_str(&t->note));
	jsonw_str(&w, "type", t->warning ? "Warning" : "Normal");
	if (t->count > 1)
		put_series(&w, t);
	jsonw_end_object(&w);
}

/* That it happened again. */
static void
write_again(const struct topic *t, struct buf *b)
{
	struct jsonw w = { .b = b };

	jsonw_object(&w, NULL);
	put_series(&w, t);
	jsonw_end_object(&w);
}

static void
send(struct news *n, struct topic *t, int64_t ms)
{
	const char *slash = strchr(t->object, '/');
	int first = t->name == NULL;
	struct buf path = { 0 }, body = { 0 };
	struct kube_request rq = { .method = first ? "POST" : "PATCH",
		.content_type = first ? NULL : "application/merge-patch+json",
		.ctx = n };
	struct err e;

	buf_printf(
	    &path, EVENTS "%.*s/events", (int)(slash - t->object), t->object);
	if (first) {
		struct buf name = { 0 };

		buf_printf(&name, "%.*s.%016llx", PREFIX_MAX, slash + 1,
		    (unsigned long long)hash_bytes(&t->last, sizeof(t->last)) ^
			hash_bytes(t->key, strlen(t->key)));
		t->name = name.data;
		write_event(n, t, &body);
	} else {
		buf_printf(&path, "/%s", t->name);
		write_again(t, &body);
	}
	rq.path = path.data;
	rq.body = body.data;
	rq.body_len = body.len;
	t->sending = t->count;
	t->untold = 0;
	n->untold--;
	n->next = ms + GAP_MS;
	n->busy = kube_start(n->kube, &rq, &e) == 0 ? t : NULL;
	buf_fini(&path);
	buf_fini(&body);
}

/* When the object may have a request: now if that is not later. */
static int64_t
budget_at(struct news *n, const char *object, int64_t ms, int spend)
{
	struct budget *b = map_get(&n->budgets, object);
	int64_t back;

	if (b == NULL) {
		b = mem_new(1, sizeof(*b));
		b->at = ms;
		map_put(&n->budgets, object, b);
	}
	back = (ms - b->at) / REFILL_MS;
	if (back >= b->used) {
		b->used = 0;
		b->at = ms;
	} else {
		b->used -= back;
		b->at += back * REFILL_MS;
	}
	if (b->used >= BURST)
		return b->at + REFILL_MS;
	b->used += spend;
	return ms;
}

void
news_work(struct news *n, int64_t ms)
{
	struct topic *t;
	size_t at = 0;

	n->wake = INT64_MAX;
	if (n->kube == NULL || n->untold == 0 || n->busy != NULL)
		return;
	if (ms < n->next) {
		n->wake = n->next;
		return;
	}
	while ((t = map_next(&n->topics, &at, NULL)) != NULL) {
		int64_t when;

		if (!t->untold)
			continue;
		when = budget_at(n, t->object, ms, 0);
		if (when <= ms) {
			budget_at(n, t->object, ms, 1);
			send(n, t, ms);
			return;
		}
		n->wake = when < n->wake ? when : n->wake;
	}
}

/* It is not allowed: said once, and what there was to tell is dropped. */
static void
denied(struct news *n, const struct kube_status *st, int64_t ms)
{
	struct topic *t;
	size_t at = 0;

	if (!n->denied)
		log_warn("events are not told: not allowed",
		    KV_S("verbs", "create, patch"),
		    KV_S("on", "events.k8s.io events"), KV_I("http", st->code),
		    KV_S("error", st->message));
	n->denied = 1;
	n->next = ms + DENIED_MS;
	while ((t = map_next(&n->topics, &at, NULL)) != NULL)
		t->untold = 0;
	n->untold = 0;
}

void
news_answer(struct news *n, const struct kube_reply *r, int64_t ms)
{
	const struct kube_status *st = &r->status;
	struct topic *t = n->busy;

	n->busy = NULL;
	if (st->outcome == KUBE_OK) {
		n->denied = 0;
		if (n->told != NULL)
			n->told->value++;
		return;
	}
	log_debug("event not told", KV_S("resource", t->object),
	    KV_S("reason", t->reason), KV_S("error", st->message));
	if (st->outcome == KUBE_DENIED)
		denied(n, st, ms);
	else if (st->retry_after_ms > GAP_MS)
		n->next = ms + st->retry_after_ms;
	free(t->name); /* its event may be gone: the next is one of its own */
	t->name = NULL;
	t->count -= t->sending;
}
