/* SPDX-License-Identifier: MIT */
#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "backoff.h"
#include "log.h"
#include "ship.h"
#include "status.h"
#include "utf8.h"
#include "when.h"

#define BODY_KEEP       1048576 /* bytes of an answer that are read */
#define BACKOFF_MIN     100     /* ms */
#define BACKOFF_SLOW    5000    /* ms; where a person has to do something */
#define BACKOFF_MAX     5000    /* ms; also between probes */
#define RETRY_AFTER_MAX 300000  /* ms; what asks for more is asked again */
#define HEADERS_MAX     96      /* of a request */
#define SHOW_MAX        5 /* rejected samples a window that the log shows */

/* Make the request for the range in hand. */
static void
encode(struct ship *s, struct ship_peer *p)
{
	const struct ship_range *r = &s->ranges[s->nranges - 1];

	p->codec.encode(
	    p->codec.ctx, s->cargo.v + r->from, r->to - r->from, &s->message);
	s->state = SHIP_READY;
	s->retries = 0;
	s->renewed = 0;
}

void
ship_begin(struct ship *s, struct ship_peer *p, const struct ship_cargo *cargo,
    size_t requests)
{
	s->cargo = *cargo;
	s->once = 0;
	s->not_before = 0;
	s->nranges = requests;
	for (size_t i = 0; i < requests; i++)
		s->ranges[requests - 1 - i] =
		    (struct ship_range){ cargo->n * i / requests,
			    cargo->n * (i + 1) / requests, 0 };
	encode(s, p);
}

static int
add_headers(const char **out, size_t *n, const char *const *h, struct err *e)
{
	for (; h != NULL && *h != NULL; h++) {
		if (*n == HEADERS_MAX)
			return err_set(e, ST_CONFIG, "too many headers");
		out[(*n)++] = *h;
	}
	return 0;
}

/* The headers of the next request: what it is, who we are, which try. */
static int
gather(const char **out, const struct ship *s, const struct ship_peer *p,
    char retry[40], struct err *e)
{
	const char *more[] = { s->retries > 0 ? retry : NULL, NULL };
	size_t n = 0;

	snprintf(retry, 40, "Retry-Attempt: %lld", (long long)s->retries);
	if (add_headers(out, &n, s->message.headers, e) == -1 ||
	    add_headers(out, &n, p->headers, e) == -1 ||
	    add_headers(out, &n, more, e) == -1)
		return -1;
	out[n] = NULL;
	return 0;
}

int
ship_may_go(const struct ship *s, const struct ship_peer *p)
{
	return s->state == SHIP_READY && !(p->open && p->asked > 0);
}

int64_t
ship_when(const struct ship *s, const struct ship_peer *p)
{
	return s->not_before > p->not_before ? s->not_before : p->not_before;
}

int
ship_go(struct ship *s, struct ship_peer *p, int64_t now, struct err *e)
{
	const struct message *m = &s->message;
	const char *headers[HEADERS_MAX + 1];
	char retry[40];
	struct http_request rq;

	if (p->headers == NULL || !ship_may_go(s, p) || now < ship_when(s, p))
		return 0;
	if (gather(headers, s, p, retry, e) == -1)
		return -1;
	rq = (struct http_request){ .method = "POST",
		.url = m->url,
		.headers = headers,
		.body = m->body.data,
		.body_len = m->body.len,
		.http2 = m->http2,
		.timeout_ms = p->timeout_ms,
		.keep = BODY_KEEP,
		.ctx = s };
	if (http_start(p->http, &rq, e) == -1)
		return -1;
	s->cargo.count->requests++;
	s->cargo.count->bytes += (int64_t)m->body.len;
	s->state = SHIP_ASKED;
	s->round = p->round;
	p->asked++;
	return 0;
}

/* The range in hand is settled: on to the next, or done. */
static void
next_range(struct ship *s, struct ship_peer *p)
{
	if (--s->nranges == 0)
		s->state = SHIP_DONE;
	else
		encode(s, p);
}

/*
 * Send the halves of the range in hand, the earlier first.  What is only too
 * big may be cut as often as it takes.
 */
static int
cut(struct ship *s, struct ship_peer *p, enum verdict v)
{
	struct ship_range *r = &s->ranges[s->nranges - 1];
	size_t n = r->to - r->from, half = r->from + n / 2;

	if (n < 2 || (v != VERDICT_TOO_BIG && s->cargo.count->extra < 2))
		return 0;
	assert(s->nranges + 1 < sizeof(s->ranges) / sizeof(*s->ranges));
	if (v == VERDICT_TOO_BIG)
		s->too_many = n;
	else
		s->cargo.count->extra -= 2;
	r[1] = (struct ship_range){ r->from, half, r->unsure };
	r->from = half;
	s->nranges += 2;
	next_range(s, p);
	return 1;
}

static void
show_labels(char *out, size_t size, const struct series *s)
{
	size_t at = 0;

	*out = '\0';
	for (size_t i = 0; i < s->nlabels && at < size; i++)
		at += (size_t)snprintf(out + at, size - at, "%s%s=\"%s\"",
		    i > 0 ? "," : "", s->labels[i].name, s->labels[i].value);
}

static void
log_rejected(const struct ship *s, const struct sample *v, size_t n)
{
	char labels[512], time[WHEN_TEXT];

	for (size_t i = 0; i < n && s->cargo.count->logged < SHOW_MAX; i++) {
		show_labels(labels, sizeof(labels), v[i].series);
		when_format(time, when_from_unix_ms(v[i].ms));
		log_warn("sample rejected", KV_S("series", labels),
		    KV_S("time", time), KV_F("value", v[i].value),
		    KV_I("http", s->cargo.count->http),
		    KV_S("reason", s->cargo.count->reason));
		s->cargo.count->logged++;
	}
}

static void
keep_reason(
    struct ship_count *c, const struct http_reply *r, const struct judgement *j)
{
	const char *text = r->error == HTTP_ANSWERED ? j->said : r->reason;
	size_t n = 0;

	c->http = j->http;
	c->error = r->error;
	for (; *text != '\0' && n + 1 < sizeof(c->reason); text++)
		c->reason[n++] = *text;
	c->reason[n] = '\0';
	utf8_clean(c->reason);
	if (*c->reason == '\0')
		snprintf(
		    c->reason, sizeof(c->reason), "HTTP status %d", j->http);
}

/* The receiver works: close the breaker, forget the failures. */
static void
peer_works(struct ship_peer *p)
{
	if (p->open)
		log_info("breaker closed");
	p->open = 0;
	p->tries = 0;
	p->failed_at = 0;
	p->not_before = 0;
}

/* Whether the answer will be the same until somebody does something: it is not
 * asked again soon. */
static int
is_lasting(int http)
{
	return http >= 300 && http < 500 && http != 408 && http != 429;
}

/* How long to wait after a failure.  What failed at the same time counts as
 * one. */
static int64_t
wait_ms(const struct ship *s, struct ship_peer *p, int64_t after_ms)
{
	int64_t wait;

	if (s->round == p->round) {
		p->round++;
		p->tries++;
	}
	wait = backoff_ms(BACKOFF_MIN, BACKOFF_MAX, p->tries, p->seed++);
	if (wait < BACKOFF_SLOW && is_lasting(s->cargo.count->http))
		wait = BACKOFF_SLOW;
	if (wait < after_ms)
		wait = after_ms;
	return wait < RETRY_AFTER_MAX ? wait : RETRY_AFTER_MAX;
}

/* Wait and try again, or give up when that has gone on for too long. */
static void
failed(struct ship *s, struct ship_peer *p, int64_t after_ms, int64_t now)
{
	int64_t wait = wait_ms(s, p, after_ms);
	int was_open = p->open;

	memcpy(p->reason, s->cargo.count->reason, sizeof(p->reason));
	if (p->failed_at == 0)
		p->failed_at = now;
	p->not_before = s->not_before = now + wait;
	p->open |= p->not_before - p->failed_at > p->retry_ms;
	s->state = p->open || s->once ? SHIP_FAILED : SHIP_READY;
	s->retries++;
	log_warn(!p->open  ? "request failed, will be tried again"
		: was_open ? "probe failed"
			   : "request failed, breaker opened",
	    KV_I("http", s->cargo.count->http),
	    KV_S("reason", s->cargo.count->reason), KV_I("wait_ms", wait));
}

void
ship_fail(struct ship *s, struct ship_peer *p, const char *why, int64_t now)
{
	struct ship_count *c = s->cargo.count;

	c->http = 0;
	c->error = HTTP_CONNECT;
	snprintf(c->reason, sizeof(c->reason), "%s", why);
	s->round = p->round;
	failed(s, p, 0, now);
}

/* Once more, with other credentials if there are any. */
static int
renew(struct ship *s, const struct ship_peer *p, int http)
{
	if (http != 401 || s->renewed || s->once || !creds_refused(p->creds))
		return 0;
	s->renewed = 1;
	s->state = SHIP_READY;
	return 1;
}

/* Samples of the range in hand are refused for good. */
static void
bury(const struct ship *s, struct ship_peer *p, const struct judgement *j,
    int64_t refused)
{
	const struct ship_range *g = &s->ranges[s->nranges - 1];
	const struct ship_count *c = s->cargo.count;
	size_t n = g->to - g->from;
	struct dead_why why = { .w = s->cargo.w,
		.http = c->http,
		.said = *j->said != '\0' ? j->said : c->reason,
		.refused = refused < (int64_t)n ? refused : 0 };

	dead_samples(p->dead, &why, s->cargo.v + g->from, n);
	if (why.refused == 0)
		log_rejected(s, s->cargo.v + g->from, n);
	else
		log_warn("samples rejected", KV_I("rejected", refused),
		    KV_I("of", (int64_t)n), KV_I("http", c->http),
		    KV_S("reason", c->reason));
}

/* Count the samples of the range in hand as an answer has it. */
static void
settle(struct ship *s, struct ship_peer *p, const struct judgement *j)
{
	const struct ship_range *g = &s->ranges[s->nranges - 1];
	struct ship_count *c = s->cargo.count;
	int64_t n = (int64_t)(g->to - g->from), had = 0, rejected = 0;

	if (j->verdict == VERDICT_PART) {
		had = j->had;
		rejected = j->rejected;
	} else if (j->verdict == VERDICT_HAD) {
		had = n;
	} else if (j->verdict != VERDICT_TAKEN) {
		rejected = n;
	}
	c->had += had;
	c->rejected += rejected;
	c->taken += n - had - rejected;
	if (rejected > 0)
		bury(s, p, j, rejected);
}

static void
judge(struct ship *s, struct ship_peer *p, const struct http_reply *r,
    struct judgement *j)
{
	const struct ship_range *g = &s->ranges[s->nranges - 1];
	struct verdict_query q = { .http = r->status,
		.body = r->body,
		.len = r->body_len,
		.cut = r->cut,
		.samples = g->to - g->from,
		.again = s->cargo.w->again,
		.late = s->cargo.w->late,
		.tried_before = g->unsure };

	*j = (struct judgement){ .verdict = verdict_http(&q),
		.http = r->status,
		.retry_after_ms = r->retry_after_ms,
		.said = r->body };
	p->codec.judge(p->codec.ctx, &s->message, r, &q, j);
}

void
ship_answer(struct ship *s, struct ship_peer *p, const struct http_reply *r,
    int64_t now)
{
	struct ship_range *g = &s->ranges[s->nranges - 1];
	struct judgement j;

	p->asked--;
	judge(s, p, r, &j);
	if (j.verdict != VERDICT_TAKEN)
		keep_reason(s->cargo.count, r, &j);
	if (j.verdict == VERDICT_OTHER) {
		encode(s, p);
		return;
	}
	if (j.verdict == VERDICT_FAILED && renew(s, p, j.http))
		return;
	s->renewed = 0;
	if (j.verdict == VERDICT_FAILED) {
		g->unsure |= r->maybe_taken || r->cut || j.http >= 500;
		failed(s, p, j.retry_after_ms, now);
		return;
	}
	peer_works(p);
	if ((j.verdict == VERDICT_HAD || j.verdict == VERDICT_REJECTED ||
		j.verdict == VERDICT_TOO_BIG) &&
	    cut(s, p, j.verdict))
		return;
	settle(s, p, &j);
	next_range(s, p);
}
