/* SPDX-License-Identifier: MIT */
#include <stdio.h>

#include "health.h"
#include "stages.h"
#include "status.h"

/* One look at all stages. */
struct look {
	struct health *health;
	enum health_probe probe;
	const struct stage *v;
	int n;
	int draining;
	double now; /* s since 1970 */
	struct buf *out;
	int bad;
};

static void
good(struct look *l, const char *name)
{
	buf_printf(l->out, "[+]%s ok\n", name);
}

static void
bad(struct look *l, const char *name, const char *why)
{
	buf_printf(l->out, "[-]%s failed: %s\n", name, why);
	l->bad = 1;
}

static double
seconds(ticks span)
{
	return (double)span / WHEN_SEC;
}

/* Without a sign of life for too long; the supervisor itself gives none. */
static int
is_stale(const struct look *l, const struct stage *s)
{
	return s->alive > 0 && l->now - s->alive > seconds(l->health->stale);
}

/* Stages end one after the other while the pipeline drains, as they should. */
static void
judge_stage(struct look *l, const struct stage *s)
{
	int ready = l->probe == HEALTH_READY;
	char why[128];

	if (s->draining == 1 && ready) {
		bad(l, s->name, "the pipeline drains");
	} else if (l->draining) {
		good(l, s->name);
	} else if (s->err.code != ST_OK) {
		bad(l, s->name, s->err.msg);
	} else if (!s->begun && ready) {
		bad(l, s->name, "it has not started yet");
	} else if (is_stale(l, s)) {
		snprintf(why, sizeof(why),
		    "no sign of life for %.0f s, at most %.0f s are allowed",
		    l->now - s->alive, seconds(l->health->stale));
		bad(l, s->name, why);
	} else if (s->ready == 0 && ready) {
		bad(l, s->name, "the resources are not listed yet");
	} else {
		good(l, s->name);
	}
}

/* Each destination's receiver is away. */
static void
judge_breakers(struct look *l)
{
	int open = 0, all = 0;

	for (int i = 0; i < l->n; i++) {
		all += l->v[i].breaker >= 0;
		open += l->v[i].breaker == 1;
	}
	if (open > 0 && open == all)
		bad(l, "destinations", "the breaker of each of them is open");
	else if (all > 0)
		good(l, "destinations");
}

/* Windows went out, and no receipt has come for too long. */
static void
judge_receipts(struct look *l)
{
	struct health *h = l->health;
	int64_t now = when_mono_ms(), since;
	double window = 0, receipt = 0;
	char why[128];

	for (int i = 0; i < l->n; i++) {
		window = l->v[i].window > window ? l->v[i].window : window;
		receipt = l->v[i].receipt > receipt ? l->v[i].receipt : receipt;
	}
	if (window == 0 && receipt == 0)
		return;
	pthread_mutex_lock(&h->lock);
	if (receipt != h->receipt || window <= receipt)
		h->since = 0;
	else if (h->since == 0)
		h->since = now;
	h->receipt = receipt;
	since = h->since;
	pthread_mutex_unlock(&h->lock);
	if (since == 0 || now - since <= h->stuck / WHEN_MS) {
		good(l, "receipts");
		return;
	}
	snprintf(why, sizeof(why), "windows wait for one for %.0f s",
	    (double)(now - since) / 1e3);
	bad(l, "receipts", why);
}

static void
look_at(struct look *l)
{
	for (int i = 0; i < l->n; i++)
		l->draining |= l->v[i].draining == 1;
	for (int i = 0; i < l->n; i++)
		judge_stage(l, &l->v[i]);
	if (l->draining)
		return;
	judge_breakers(l);
	judge_receipts(l);
}

unsigned
health_ask(struct health *h, enum health_probe q, struct buf *b)
{
	struct look l = { .health = h,
		.probe = q,
		.now = (double)when_to_unix_ms(when_now()) / 1e3,
		.out = b };
	struct stage *v = NULL;
	struct err e;

	if (h->dir != NULL) {
		if ((l.n = stages_read(h->dir, &v, &e)) == -1) {
			l.n = 0;
			bad(&l, "--metrics-dir", e.msg);
		}
		l.v = v;
		look_at(&l);
		stages_free(v, l.n);
	}
	buf_printf(b, "%s check %s\n", q == HEALTH_LIVE ? "healthz" : "readyz",
	    l.bad ? "failed" : "passed");
	return l.bad ? 503 : 200;
}
