/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "kube_source.h"
#include "log.h"
#include "mem.h"
#include "resource.h"
#include "rule.h"
#include "status.h"
#include "when.h"

#define FAILS_MAX 3      /* in a row, when it is to be done once */
#define IDLE_MS   180000 /* a watch hears of a bookmark about once a minute */
#define SLACK_MS  30000  /* that an answer may take besides its time */
#define LIST_MS   600000 /* for a list that keeps coming */

/* Whether the doc of an entry says the same. */
static int
is_same(const struct entry *n, const struct doc *d)
{
	const struct doc *was = n != NULL ? n->docs : NULL;

	return was != NULL && was->text.len == d->text.len &&
	    memcmp(was->text.data, d->text.data, d->text.len) == 0;
}

/* Put a doc in the place of the one of its key; it is given away. */
static void
replace(struct doc *d, const char *key, uint64_t list)
{
	struct entry *n = store_get(d->home, key);
	struct doc *was = n != NULL ? n->docs : NULL;

	if (is_same(n, d)) {
		was->list = list;
	} else {
		d->list = list;
		store_attach(d->home, d, key);
		if (was != NULL)
			store_detach(was);
	}
	store_release(d);
}

static void
forget(struct store *s, const char *key)
{
	struct entry *n = store_get(s, key);

	if (n != NULL && n->docs != NULL)
		store_detach(n->docs);
}

/* The text in just the memory it needs: there are many. */
static void
set_text(struct doc *d, const char *text, size_t n)
{
	d->text.data = mem_new(1, n + 1);
	memcpy(d->text.data, text, n);
	d->text.len = n;
	d->text.cap = n + 1;
}

static void
put_exporter(void *ctx, int gone, struct json *o, const char *text, size_t n)
{
	struct kube_source *k = ctx;
	struct doc *d = store_doc(k->store);
	const char *key;
	struct err e;

	arena_reset(&k->scratch);
	key = object_take(&k->scratch, o, NULL, k->judge, d, &e);
	if (key == NULL)
		log_warn("resource passed over", KV_S("error", e.msg));
	if (key != NULL && !gone) {
		set_text(d, text, n);
		replace(d, key, k->exporters.list);
		return;
	}
	if (key != NULL)
		forget(k->store, key);
	store_release(d);
}

static void
put_summary(void *ctx, int gone, struct json *o, const char *text, size_t n)
{
	struct kube_source *k = ctx;
	struct doc *d = store_doc(k->rules);
	const struct json *meta = json_get(o, "metadata");
	const char *key;
	struct err e;

	(void)text, (void)n;
	arena_reset(&k->scratch);
	if (json_get_str(meta, "deletionTimestamp", NULL) != NULL)
		gone = 1;
	key = rule_take(&k->scratch, o, NULL, d, &e);
	if (key == NULL) {
		log_warn("rule passed over",
		    KV_S("rule", json_get_str(meta, "name", "")),
		    KV_S("error", e.msg));
		store_release(d);
	} else if (gone) {
		forget(k->rules, key);
		store_release(d);
	} else {
		replace(d, key, k->summaries.list);
	}
}

static void
exporters_whole(void *ctx)
{
	struct kube_source *k = ctx;

	store_sweep(k->store, k->exporters.list);
}

static void
summaries_whole(void *ctx)
{
	struct kube_source *k = ctx;

	store_sweep(k->rules, k->summaries.list);
}

int
kube_source_open(struct kube_source *k, const char *kubeconfig,
    const char *context, const char *namespace, struct err *e)
{
	uint64_t seed[2] = { 0 };

	if (getrandom(seed, sizeof(seed), GRND_NONBLOCK) == -1)
		seed[0] = (uint64_t)when_mono_ms();
	k->exporters = (struct reflect){ .plural = "metricsexporters",
		.namespace = namespace,
		.put = put_exporter,
		.whole = exporters_whole,
		.ctx = k,
		.seed = seed[0] | 1 };
	k->summaries = (struct reflect){ .plural = "summaryrules",
		.namespace = namespace,
		.put = put_summary,
		.whole = summaries_whole,
		.ctx = k,
		.seed = seed[1] | 1 };
	if (kube_config_load(&k->mem, kubeconfig, context, &k->config, e) == -1)
		return -1;
	k->kube = kube_new(&k->config, "crdwatch/" VERSION, e);
	return k->kube != NULL ? 0 : -1;
}

static int
take_body(void *ctx, int status, const char *p, size_t n)
{
	(void)status;
	return reflect_feed(ctx, p, n);
}

/* Ask what is due. */
static int
ask(struct kube_source *k, struct reflect *r, struct err *e)
{
	int64_t now = when_mono_ms();
	struct kube_request rq = {
		.method = "GET",
		.take = take_body,
		.keep = 1,
		.timeout_ms = LIST_MS,
		.idle_ms = SLACK_MS,
		.ctx = r,
	};

	if (r->running || r->due > now)
		return 0;
	buf_reset(&k->path);
	reflect_ask(r, &k->path, now);
	rq.path = k->path.data;
	if (r->watches) {
		rq.timeout_ms = r->seconds * 1000 + SLACK_MS;
		rq.idle_ms = IDLE_MS;
	}
	return kube_start(k->kube, &rq, e);
}

int
kube_source_turn(struct kube_source *k, int wanted, struct err *e)
{
	const struct kube_reply *a;

	k->wanted |= wanted;
	while ((a = kube_take(k->kube)) != NULL)
		reflect_end(a->ctx, a, when_mono_ms());
	if (ask(k, &k->exporters, e) == -1)
		return -1;
	return k->wanted ? ask(k, &k->summaries, e) : 0;
}

int64_t
kube_source_due(const struct kube_source *k)
{
	const struct reflect *x = &k->exporters, *s = &k->summaries;
	int64_t due = x->running ? 0 : x->due;

	if (k->wanted && !s->running && (due == 0 || s->due < due))
		due = s->due;
	return due;
}

int
kube_source_listed(const struct kube_source *k, int wanted)
{
	return k->exporters.listed && (!wanted || k->summaries.listed);
}

int
kube_source_failed(const struct kube_source *k, struct err *e)
{
	const struct reflect *const both[] = { &k->exporters, &k->summaries };

	for (size_t i = 0; i < 2; i++) {
		if (both[i]->listed || both[i]->fails == 0 ||
		    (both[i]->last.code == ST_RETRY &&
			both[i]->fails < FAILS_MAX))
			continue;
		*e = both[i]->last;
		return err_wrap(e, "%s", both[i]->plural);
	}
	return 0;
}

void
kube_source_again(struct kube_source *k)
{
	kube_refresh(k->kube);
	kube_cancel(k->kube, &k->exporters);
	kube_cancel(k->kube, &k->summaries);
	reflect_again(&k->exporters);
	reflect_again(&k->summaries);
}

void
kube_source_fini(struct kube_source *k)
{
	kube_free(k->kube);
	reflect_fini(&k->exporters);
	reflect_fini(&k->summaries);
	buf_fini(&k->path);
	arena_fini(&k->scratch);
	arena_fini(&k->mem);
}
