/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "backoff.h"
#include "log.h"
#include "reflect.h"
#include "status.h"

#define API      "/apis/adx-mon.azure.com/v1"
#define CHUNK    500   /* objects of one answer */
#define LIST_S   60    /* seconds for a list */
#define WATCH_S  300   /* at least, and as many more at most, for a watch */
#define SHORT_MS 1000  /* a watch that ends before has not begun well */
#define WELL_MS  10000 /* one that breaks off behind that had */
#define MIN_MS   800
#define MAX_MS   30000

/* A number that differs from time to time. */
static uint64_t
draw(struct reflect *r)
{
	r->seed ^= r->seed << 13;
	r->seed ^= r->seed >> 7;
	r->seed ^= r->seed << 17;
	return r->seed += UINT64_C(0x9e3779b97f4a7c15);
}

static const char *
verb(const struct reflect *r)
{
	return r->watches ? "watch" : "list";
}

/* Keep the version of an object; there is none that is empty. */
static void
keep_version(struct reflect *r, const struct json *o)
{
	const char *v =
	    json_get_str(json_get(o, "metadata"), "resourceVersion", "");

	if (*v == '\0')
		return;
	buf_reset(&r->version);
	buf_puts(&r->version, v);
}

/* The server ends the watch with a Status. */
static int
take_error(struct reflect *r, const struct json *o, struct err *e)
{
	struct kube_status st;

	kube_status_read(o, 0, &st);
	r->told = st.outcome;
	return err_set(e, ST_RETRY, "%s", st.message);
}

static int
take(void *ctx, const char *type, const char *text, size_t n, struct err *e)
{
	struct reflect *r = ctx;
	struct json *o;
	int gone = strcmp(type, "DELETED") == 0;

	arena_reset(&r->scratch);
	if ((o = json_parse(&r->scratch, text, n, e)) == NULL)
		return err_wrap(e, "object");
	if (strcmp(type, "ERROR") == 0)
		return take_error(r, o, e);
	if (r->watches)
		keep_version(r, o);
	r->objects++;
	if (r->watches && r->fails > 0) {
		log_info("watching again", KV_S("resource", r->plural));
		r->fails = 0;
	}
	if (strcmp(type, "BOOKMARK") == 0)
		return 0;
	if (r->watches && !gone && strcmp(type, "ADDED") != 0 &&
	    strcmp(type, "MODIFIED") != 0)
		return err_set(e, ST_DATA, "an event of type %.40s", type);
	r->put(r->ctx, gone, o, text, n);
	return 0;
}

static void
put_list_query(struct reflect *r, struct buf *b)
{
	char sep = '?';

	if (!r->unlimited) {
		buf_printf(b, "?limit=%d", CHUNK);
		sep = '&';
	}
	if (r->more.len > 0) {
		buf_printf(b, "%ccontinue=", sep);
		kube_quote(b, buf_str(&r->more));
	} else if (r->version.len > 0 && !r->latest) {
		buf_printf(b, "%cresourceVersion=", sep);
		kube_quote(b, buf_str(&r->version));
		buf_puts(b, "&resourceVersionMatch=NotOlderThan");
	}
}

void
reflect_ask(struct reflect *r, struct buf *b, int64_t now)
{
	buf_puts(b, API);
	if (r->namespace != NULL) {
		buf_puts(b, "/namespaces/");
		kube_quote(b, r->namespace);
	}
	buf_printf(b, "/%s", r->plural);
	r->seconds = LIST_S;
	if (r->watches) {
		r->seconds = WATCH_S + (int64_t)(draw(r) % WATCH_S);
		buf_puts(b, "?watch=1&resourceVersion=");
		kube_quote(b, buf_str(&r->version));
		buf_printf(b, "&allowWatchBookmarks=true&timeoutSeconds=%lld",
		    (long long)r->seconds);
	} else {
		if (r->more.len == 0)
			r->list++;
		put_list_query(r, b);
	}
	r->items.take = take;
	r->items.ctx = r;
	items_begin(&r->items, r->watches ? ITEMS_WATCH : ITEMS_LIST);
	r->running = 1;
	r->began = now;
	r->objects = 0;
	r->broken = 0;
	r->told = KUBE_OK;
}

int
reflect_feed(struct reflect *r, const char *p, size_t n)
{
	struct err e;

	if (!r->broken && items_feed(&r->items, p, n, &e) == -1) {
		r->broken = 1;
		r->last = e;
	}
	return r->broken ? -1 : 0;
}

/* Ask the same again after a while. */
static void
wait(struct reflect *r, int64_t now, int64_t at_least)
{
	int64_t ms = backoff_ms(MIN_MS, MAX_MS, r->fails, draw(r));

	r->due = now + (ms > at_least ? ms : at_least);
}

static void
start_over(struct reflect *r)
{
	r->watches = 0;
	buf_reset(&r->more);
}

/* What a failure means for the next request.  Returns the least to wait. */
static int64_t
steer(struct reflect *r, enum kube_outcome outcome)
{
	switch (outcome) {
	case KUBE_GONE:
		r->unlimited = !r->watches;
		start_over(r);
		return 0;
	case KUBE_TOO_NEW:
		r->latest = 1;
		start_over(r);
		return 0;
	case KUBE_INVALID:
	case KUBE_NOT_FOUND:
		r->latest = outcome == KUBE_INVALID;
		start_over(r);
		return MAX_MS;
	case KUBE_DENIED:
		return MAX_MS;
	default:
		return 0;
	}
}

static void
say(const struct reflect *r, enum kube_outcome outcome, const char *how,
    int64_t wait_ms)
{
	static const char missing[] =
	    "this kind is not installed: apply its CustomResourceDefinition";
	const struct log_kv *kv =
	    LOG_KVS(KV_S("resource", r->plural), KV_S("verb", how),
		KV_S("error", r->last.msg), KV_I("retry_ms", wait_ms));

	if (outcome == KUBE_NOT_FOUND)
		log_line(LV_ERROR, missing, kv);
	else if (outcome == KUBE_DENIED)
		log_line(LV_ERROR, "not allowed by the Kubernetes API", kv);
	else if (outcome == KUBE_GONE)
		log_line(LV_INFO, "version is too old, listing again", kv);
	else
		log_line(LV_WARN, "Kubernetes API cannot be read", kv);
}

/* well: the request had gone well before, so that there is no need to wait. */
static void
fail(struct reflect *r, enum kube_outcome outcome, int64_t retry_after_ms,
    int well, int64_t now)
{
	const char *how = verb(r);
	int64_t least = steer(r, outcome);

	r->last.code = outcome == KUBE_NOT_FOUND || outcome == KUBE_DENIED ||
		outcome == KUBE_INVALID
	    ? ST_CONFIG
	    : ST_RETRY;
	if (least < retry_after_ms)
		least = retry_after_ms;
	if (well && least == 0) {
		r->fails = 0;
		r->due = now;
	} else {
		r->fails++;
		wait(r, now, least);
	}
	if (!well || outcome != KUBE_TROUBLE || r->broken) {
		r->failed++;
		say(r, outcome, how, r->due - now);
	}
}

/* A chunk has come whole, or the end of the list with it. */
static void
end_list(struct reflect *r, int64_t now)
{
	if (items_end(&r->items, &r->last) == -1) {
		r->broken = 1;
		fail(r, KUBE_TROUBLE, 0, 0, now);
		return;
	}
	buf_reset(&r->version);
	buf_add(&r->version, r->items.version.data, r->items.version.len);
	buf_reset(&r->more);
	buf_add(&r->more, buf_str(&r->items.more), r->items.more.len);
	r->due = now;
	if (r->more.len > 0)
		return;
	r->whole(r->ctx);
	r->lists++;
	if (r->fails > 0 || !r->listed)
		log_info("listed", KV_S("resource", r->plural),
		    KV_S("version", buf_str(&r->version)));
	r->listed = r->watches = 1;
	r->latest = r->unlimited = 0;
}

/* The time of a watch is over, as it should be. */
static void
end_watch(struct reflect *r, int well, int64_t now)
{
	if (items_end(&r->items, &r->last) == -1) {
		r->broken = 1;
		fail(r, KUBE_TROUBLE, 0, well, now);
	} else if (well) {
		r->fails = 0;
		r->due = now;
	} else {
		err_set(&r->last, ST_RETRY, "the watch ended at once");
		fail(r, KUBE_TROUBLE, 0, 0, now);
	}
}

void
reflect_end(struct reflect *r, const struct kube_reply *a, int64_t now)
{
	const struct kube_status *st = &a->status;
	int64_t lived = now - r->began;
	int good = st->outcome == KUBE_OK;
	int well = r->watches &&
	    (lived >= WELL_MS || (good && lived >= SHORT_MS)) &&
	    (good || st->code == 0);

	r->running = 0;
	if (r->broken) {
		fail(r, r->told != KUBE_OK ? r->told : KUBE_TROUBLE, 0,
		    r->watches && lived >= SHORT_MS, now);
	} else if (!good) {
		err_set(&r->last, ST_RETRY, "%s", st->message);
		fail(r, st->outcome, st->retry_after_ms, well, now);
	} else if (r->watches) {
		end_watch(r, well, now);
	} else {
		end_list(r, now);
	}
}

void
reflect_again(struct reflect *r)
{
	r->running = 0;
	r->due = 0;
	r->fails = 0;
	start_over(r);
}

void
reflect_fini(struct reflect *r)
{
	items_fini(&r->items);
	buf_fini(&r->version);
	buf_fini(&r->more);
	arena_fini(&r->scratch);
}
