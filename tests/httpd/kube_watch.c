/* SPDX-License-Identifier: MIT */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "kube_list.h"
#include "kube_watch.h"
#include "mem.h"
#include "when.h"

#define LOOK_MS 50    /* how often a client that has gone is noticed */
#define LONG_S  1800  /* of a watch that names no time */
#define PART    16384 /* bytes at once */

struct watch {
	struct kube_watches *all;
	struct kube_ask ask; /* kind, namespace, args: in the arena */
	int64_t seen;        /* index into the log: what comes next */
	int64_t after;       /* revision; only newer ones are told */
	int64_t until, mark; /* ms; when it ends, when a bookmark is due */
	int marks, cuts;     /* as all's when last looked */
	size_t raw;          /* bytes of all's that are sent */
	int bookmarks;       /* it wants them */
	int ends;            /* behind what is in out */
	int fd;
	int64_t cut, slow, sent; /* as in a fault */
	struct buf out;
	size_t at;
};

static void
put_event(struct watch *w, const char *type, const char *text, size_t n)
{
	buf_printf(&w->out, "{\"type\":\"%s\",\"object\":", type);
	buf_add(&w->out, text, n);
	buf_puts(&w->out, "}\n");
}

static void
put_bookmark(struct watch *w)
{
	const struct kube_kind *k = w->ask.kind;

	buf_printf(&w->out,
	    "{\"type\":\"BOOKMARK\",\"object\":{\"kind\":\"%s\","
	    "\"apiVersion\":\"%s%s%s\",\"metadata\":{\"resourceVersion\":"
	    "\"%lld\",\"creationTimestamp\":null}}}\n",
	    k->kind, k->group, k->group[0] != '\0' ? "/" : "", k->version,
	    (long long)kube_set_rev(w->all->set));
}

static void
put_version(struct watch *w, const struct kube_version *v)
{
	static const char *const types[] = { "ADDED", "MODIFIED", "DELETED" };

	if (v->rev > w->after && kube_wants(&w->ask, v))
		put_event(w, types[v->change], v->text, v->len);
}

/* Events from no version on begin with what there is. */
static void
put_state(struct watch *w)
{
	const struct kube_set *s = w->all->set;

	for (size_t i = kube_set_from(s, w->ask.kind, ""); i < s->n; i++) {
		const struct kube_version *v =
		    kube_set_at(s->v[i], kube_set_rev(s));

		if (v != NULL && kube_wants(&w->ask, v))
			put_event(w, "ADDED", v->text, v->len);
	}
}

/* A version that is forgotten: the stream is one event. */
static void
put_expired(struct watch *w, int64_t rev)
{
	struct buf b = { 0 };
	char message[128];

	snprintf(message, sizeof(message),
	    "too old resource version: %lld (%lld)", (long long)rev,
	    (long long)w->all->set->compacted);
	kube_status(&b, NULL, 410, NULL, message);
	put_event(w, "ERROR", b.data, b.len);
	buf_fini(&b);
	w->ends = 1;
}

static int
has_gone(const struct watch *w)
{
	struct pollfd p = { .fd = w->fd, .events = POLLRDHUP };

	return poll(&p, 1, 0) == 1 &&
	    (p.revents & (POLLRDHUP | POLLHUP | POLLERR)) != 0;
}

/* What is there to be sent; 0 when nothing is. */
static int
fill(struct watch *w)
{
	struct kube_watches *all = w->all;
	int64_t now = when_mono_ms();

	if (w->raw < all->raw.len) {
		buf_add(&w->out, all->raw.data + w->raw, all->raw.len - w->raw);
		w->raw = all->raw.len;
	}
	while (w->out.len < PART && w->seen < (int64_t)all->set->nlog)
		put_version(w, all->set->log[w->seen++]);
	if (w->bookmarks && (w->marks != all->marks || now >= w->mark)) {
		put_bookmark(w);
		w->marks = all->marks;
		w->mark = now + all->bookmark_ms;
	}
	if (now >= w->until)
		w->ends = 1;
	return w->out.len > 0;
}

/* Wait for news, a little. */
static void
wait(struct watch *w)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	t.tv_nsec += LOOK_MS * 1000000;
	if (t.tv_nsec >= 1000000000) {
		t.tv_nsec -= 1000000000;
		t.tv_sec++;
	}
	pthread_cond_timedwait(&w->all->set->news, &w->all->set->lock, &t);
}

/* Returns 1 when there is something to send, else how the body ends. */
static ssize_t
next(struct watch *w)
{
	for (;;) {
		if (w->at < w->out.len)
			return 1;
		buf_reset(&w->out);
		w->at = 0;
		if (w->cuts != w->all->cuts)
			return w->all->hard ? MHD_CONTENT_READER_END_WITH_ERROR
					    : MHD_CONTENT_READER_END_OF_STREAM;
		if (w->ends)
			return MHD_CONTENT_READER_END_OF_STREAM;
		if (has_gone(w))
			return MHD_CONTENT_READER_END_WITH_ERROR;
		if (!fill(w) && !w->ends)
			wait(w);
	}
}

static ssize_t
watch_read(void *ctx, uint64_t at, char *p, size_t room)
{
	struct watch *w = ctx;
	ssize_t n;

	(void)at;
	if (w->slow != -1) {
		poll(NULL, 0, 20);
		room = room > (size_t)(w->slow / 50) ? (size_t)(w->slow / 50)
						     : room;
		room = room == 0 ? 1 : room;
	}
	pthread_mutex_lock(&w->all->set->lock);
	if ((n = next(w)) == 1) {
		if (room > w->out.len - w->at)
			room = w->out.len - w->at;
		if (w->cut != -1 && (int64_t)room > w->cut - w->sent)
			room = (size_t)(w->cut - w->sent);
		memcpy(p, w->out.data + w->at, room);
		w->at += room;
		w->sent += (int64_t)room;
		n = room > 0 ? (ssize_t)room
			     : MHD_CONTENT_READER_END_WITH_ERROR;
	}
	pthread_mutex_unlock(&w->all->set->lock);
	return n;
}

static void
watch_free(void *ctx)
{
	struct watch *w = ctx;

	pthread_mutex_lock(&w->all->set->lock);
	w->all->running--;
	pthread_mutex_unlock(&w->all->set->lock);
	buf_fini(&w->out);
	arena_fini(&w->ask.a);
	free(w);
}

static void
begin(struct watch *w, const char *rev)
{
	struct kube_set *s = w->all->set;
	int64_t from = strtoll(rev, NULL, 10);

	w->seen = (int64_t)s->nlog;
	if (*rev == '\0' || strcmp(rev, "0") == 0) {
		put_state(w);
	} else if (from < s->compacted) {
		put_expired(w, from);
	} else {
		w->after = from;
		if (from < kube_set_rev(s))
			w->seen = from > KUBE_FIRST ? from - KUBE_FIRST : 0;
	}
}

/* What the watch needs of the request when that is done. */
static void
copy_ask(struct kube_ask *to, const struct kube_ask *q)
{
	struct buf b = { 0 };
	struct err e;

	json_write(&b, q->args);
	to->args = json_parse(&to->a, b.data, b.len, &e);
	to->kind = q->kind;
	if (q->namespace != NULL)
		to->namespace = arena_strdup(&to->a, q->namespace);
	buf_fini(&b);
}

struct MHD_Response *
kube_watch(struct kube_watches *all, struct kube_ask *q,
    const struct kube_fault *f, int fd)
{
	int64_t now = when_mono_ms(), seconds;
	struct watch *w;

	if (strcmp(kube_ask_arg(q, "sendInitialEvents", ""), "true") == 0) {
		kube_ask_fail(q, 422, NULL,
		    "ListOptions.meta.k8s.io \"\" is invalid: "
		    "sendInitialEvents: Forbidden: sendInitialEvents is "
		    "forbidden for watch unless the WatchList feature gate is "
		    "enabled");
		return NULL;
	}
	w = mem_new(1, sizeof(*w));
	seconds = strtoll(kube_ask_arg(q, "timeoutSeconds", "0"), NULL, 10);
	w->all = all;
	w->fd = fd;
	w->cut = f->cut;
	w->slow = f->slow;
	w->until = now + (seconds > 0 ? seconds : LONG_S) * 1000;
	w->mark = now + all->bookmark_ms;
	w->marks = all->marks;
	w->cuts = all->cuts;
	w->raw = all->raw.len;
	w->bookmarks =
	    strcmp(kube_ask_arg(q, "allowWatchBookmarks", ""), "true") == 0 ||
	    strcmp(kube_ask_arg(q, "allowWatchBookmarks", ""), "1") == 0;
	copy_ask(&w->ask, q);
	begin(w, kube_ask_arg(q, "resourceVersion", ""));
	all->running++;
	return MHD_create_response_from_callback(
	    MHD_SIZE_UNKNOWN, PART, watch_read, w, watch_free);
}
