/* SPDX-License-Identifier: MIT */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "kube.h"
#include "kube_auth.h"
#include "log.h"
#include "mem.h"
#include "status.h"

#define KEEP       (4 << 20) /* bytes of an answer */
#define KEEP_ERROR 65536     /* of one that is streamed: its Status */
#define CUT        200       /* bytes of an answer that is none, in messages */
#define BEARER     "Authorization: Bearer "
#define FIXED      5 /* headers besides those of impersonation */

/* A request from its start until its answer was taken. */
struct asked {
	struct asked *next; /* in one of kube's lists */
	struct kube *kube;
	struct kube_request rq;
	char *url;
	void *body;
	struct buf bearer; /* the header with the token */
	const char **headers;
	char *type; /* the header with the content type */
	struct kube_proof proof;
	int again; /* it is the second time, after a 401 */

	struct arena a; /* what the answer's strings live in */
	struct kube_reply reply;
};

struct kube {
	const struct kube_config *cf;
	struct http *http;
	struct kube_auth *auth;
	struct asked *waiting; /* for credentials */
	struct asked *sent;
	struct asked *done, **done_end;
	struct asked *taken;
	struct buf fds;
	char warned[CUT]; /* the warning told last */
};

static void
asked_free(struct asked *q)
{
	if (q == NULL)
		return;
	if (q->bearer.data != NULL)
		explicit_bzero(q->bearer.data, q->bearer.cap);
	buf_fini(&q->bearer);
	arena_fini(&q->a);
	free(q->headers);
	free(q->type);
	free(q->url);
	free(q->body);
	free(q);
}

static void
free_list(struct asked *q)
{
	struct asked *next;

	for (; q != NULL; q = next) {
		next = q->next;
		asked_free(q);
	}
}

/* Take q out of a list that it is in. */
static void
unlink_from(struct asked **at, const struct asked *q)
{
	while (*at != q)
		at = &(*at)->next;
	*at = q->next;
}

static void
put_done(struct kube *k, struct asked *q)
{
	q->reply.ctx = q->rq.ctx;
	q->next = NULL;
	*k->done_end = q;
	k->done_end = &q->next;
}

struct kube *
kube_new(const struct kube_config *cf, const char *user_agent, struct err *e)
{
	struct http_config hc = {
		.user_agent = user_agent,
		.ca_file = cf->ca_file,
		.ca_pem = cf->ca_pem,
		.cert_file = cf->cert_file,
		.cert_pem = cf->cert_pem,
		.key_file = cf->key_file,
		.key_pem = cf->key_pem,
		.tls_name = cf->tls_name,
		.proxy = cf->proxy,
		.insecure = cf->insecure,
		.alone = 1,
	};
	struct kube *k = mem_new(1, sizeof(*k));

	k->cf = cf;
	k->done_end = &k->done;
	if ((k->auth = kube_auth_new(cf, e)) == NULL ||
	    (k->http = http_new(&hc, e)) == NULL) {
		kube_free(k);
		return NULL;
	}
	return k;
}

void
kube_free(struct kube *k)
{
	if (k == NULL)
		return;
	http_free(k->http);
	free_list(k->waiting);
	free_list(k->sent);
	free_list(k->done);
	asked_free(k->taken);
	kube_auth_free(k->auth);
	buf_fini(&k->fds);
	free(k);
}

void
kube_refresh(struct kube *k)
{
	kube_auth_again(k->auth);
}

/* The body of a good answer goes to whoever asked; others are kept. */
static int
on_body(void *ctx, int status, const char *p, size_t n)
{
	struct asked *q = ctx;

	if (status < 200 || status >= 300)
		return 0;
	return q->rq.take(q->rq.ctx, status, p, n);
}

static void
set_headers(struct asked *q)
{
	const char *const *act = q->kube->cf->headers;
	size_t n = 0, more = 0;

	while (act[more] != NULL)
		more++;
	free(q->headers);
	q->headers = mem_new(FIXED + more, sizeof(*q->headers));
	q->headers[n++] = "Accept: application/json";
	if (q->type != NULL)
		q->headers[n++] = q->type;
	if (q->bearer.len > 0)
		q->headers[n++] = q->bearer.data;
	for (; *act != NULL; act++)
		q->headers[n++] = *act;
}

/* Send it with the credentials there are. */
static int
send_now(struct asked *q, struct err *e)
{
	struct kube *k = q->kube;
	const struct kube_request *rq = &q->rq;
	int read_only = strcmp(rq->method, "GET") == 0;
	struct http_request hr = {
		.method = rq->method,
		.url = q->url,
		.body = q->body,
		.body_len = rq->body_len,
		.timeout_ms = rq->timeout_ms,
		.idle_ms = rq->idle_ms,
		.keep = rq->take != NULL ? KEEP_ERROR : rq->keep,
		.take = rq->take != NULL ? on_body : NULL,
		.gzip = read_only,
		.repeatable = read_only,
		.direct = k->cf->proxy == NULL && http_is_loopback(q->url),
		.cert_pem = q->proof.cert_pem,
		.key_pem = q->proof.key_pem,
		.ctx = q,
	};

	buf_reset(&q->bearer);
	if (q->proof.token != NULL) {
		buf_printf(&q->bearer, BEARER "%s", q->proof.token);
		/* The one that was sent, whatever comes. */
		q->proof.token = q->bearer.data + sizeof(BEARER) - 1;
	}
	set_headers(q);
	hr.headers = q->headers;
	return http_start(k->http, &hr, e);
}

/* There is no answer, and why. */
static void
fail(struct asked *q, const struct err *e)
{
	q->reply.status = (struct kube_status){
		.outcome = e->code == ST_RETRY ? KUBE_TROUBLE : KUBE_DENIED,
		.reason = "",
		.message = arena_strdup(&q->a, e->msg),
	};
	q->reply.error = HTTP_CONNECT;
	q->reply.body = "";
	put_done(q->kube, q);
}

/* Send it, or let it wait for credentials. */
static void
go_on(struct asked *q)
{
	struct kube *k = q->kube;
	struct err e = { 0 };
	int r = kube_auth_get(k->auth, &q->proof, &e);

	if (r == 0) {
		q->next = k->waiting;
		k->waiting = q;
	} else if (r == -1 || send_now(q, &e) == -1) {
		fail(q, &e);
	} else {
		q->next = k->sent;
		k->sent = q;
	}
}

int
kube_start(struct kube *k, const struct kube_request *rq, struct err *e)
{
	struct asked *q;
	struct buf b = { 0 };

	if (*rq->path != '/')
		return err_set(e, ST_USAGE, "\"%s\" is no path", rq->path);
	buf_printf(&b, "%s%s", k->cf->server, rq->path);
	if (http_url(b.data, e) == -1) {
		buf_fini(&b);
		return -1;
	}
	q = mem_new(1, sizeof(*q));
	q->kube = k;
	q->rq = *rq;
	q->url = b.data;
	if (q->rq.keep == 0)
		q->rq.keep = KEEP;
	if (rq->body != NULL) {
		q->body = mem_new(1, rq->body_len + 1);
		memcpy(q->body, rq->body, rq->body_len);
		b = (struct buf){ 0 };
		buf_printf(&b, "Content-Type: %s",
		    rq->content_type != NULL ? rq->content_type
					     : "application/json");
		q->type = b.data;
	}
	go_on(q);
	return 0;
}

/* Take those of ctx out of a list and free them. */
static void
cancel_in(struct asked **at, const void *ctx, struct http *http)
{
	struct asked *q;

	while ((q = *at) != NULL) {
		if (q->rq.ctx != ctx) {
			at = &q->next;
			continue;
		}
		*at = q->next;
		http_cancel(http, q);
		asked_free(q);
	}
}

void
kube_cancel(struct kube *k, const void *ctx)
{
	cancel_in(&k->waiting, ctx, k->http);
	cancel_in(&k->sent, ctx, k->http);
	cancel_in(&k->done, ctx, k->http);
	k->done_end = &k->done;
	while (*k->done_end != NULL)
		k->done_end = &(*k->done_end)->next;
}

/* What a server that is no Kubernetes API said, as one line. */
static const char *
first_words(struct asked *q, const struct http_reply *r)
{
	char *text = arena_strndup(
	    &q->a, r->body, r->body_len < CUT ? r->body_len : CUT);

	for (char *c = text; *c != '\0'; c++)
		if (iscntrl((unsigned char)*c))
			*c = ' ';
	return arena_printf(
	    &q->a, "HTTP %d%s%s", r->status, *text != '\0' ? ": " : "", text);
}

/* Tell what the server warns of, but not the same again and again. */
static void
tell_warning(struct kube *k, const struct http_reply *r)
{
	char text[CUT];
	const char *v;
	size_t n;

	if ((v = http_header(r, "Warning", &n)) == NULL)
		return;
	n = n < sizeof(text) ? n : sizeof(text) - 1;
	memcpy(text, v, n);
	text[n] = '\0';
	if (strcmp(text, k->warned) == 0)
		return;
	memcpy(k->warned, text, n + 1);
	log_warn("the Kubernetes API warns", KV_S("text", text));
}

/* Read the Status of an answer that is not good. */
static void
read_error(struct asked *q, const struct http_reply *r)
{
	struct kube_status *st = &q->reply.status;
	struct err ignored;
	const struct json *o =
	    json_parse(&q->a, r->body, r->body_len, &ignored);

	kube_status_read(o, r->status, st);
	if (strcmp(json_get_str(o, "kind", ""), "Status") != 0)
		st->message = first_words(q, r);
	if (r->retry_after_ms > st->retry_after_ms)
		st->retry_after_ms = r->retry_after_ms;
}

/* Its strings are copied: http may use their place again. */
static void
read_answer(struct asked *q, const struct http_reply *r)
{
	struct kube_reply *to = &q->reply;
	int good = r->status >= 200 && r->status < 300;

	to->error = r->error;
	to->maybe_taken = r->maybe_taken;
	to->date = r->date;
	to->body_total = r->body_total;
	to->body = "";
	to->status = (struct kube_status){ .code = r->status, .reason = "" };
	if (r->error != HTTP_ANSWERED) {
		to->status.outcome = KUBE_TROUBLE;
		to->status.message = arena_strdup(&q->a, r->reason);
	} else if (!good) {
		read_error(q, r);
	} else if (q->rq.take == NULL && r->body_total > r->body_len) {
		to->status.outcome = KUBE_INVALID;
		to->status.message = arena_printf(
		    &q->a, "the answer is over %zu bytes", q->rq.keep);
	} else {
		to->status.message = "OK";
	}
	if (q->rq.take == NULL) {
		to->body = arena_strndup(&q->a, r->body, r->body_len);
		to->body_len = r->body_len;
	}
}

/* Take what http has: an answer, or one that asks for other credentials. */
static void
take_answers(struct kube *k)
{
	const struct http_reply *r;
	struct asked *q;

	while ((r = http_take(k->http)) != NULL) {
		q = r->ctx;
		unlink_from(&k->sent, q);
		tell_warning(k, r);
		if (r->status == 401 && !q->again &&
		    kube_auth_refused(k->auth, &q->proof)) {
			q->again = 1;
			go_on(q);
			continue;
		}
		read_answer(q, r);
		put_done(k, q);
	}
}

/* Credentials may have come: those that wait for them go on. */
static void
wake(struct kube *k)
{
	struct asked *q = k->waiting, *next;

	kube_auth_read(k->auth);
	k->waiting = NULL;
	for (; q != NULL; q = next) {
		next = q->next;
		go_on(q);
	}
}

/* The next answer for kube_take, or for a function of its own. */
static struct asked *
next_done(struct kube *k, int own)
{
	struct asked **at = &k->done, *q;

	while (*at != NULL && ((*at)->rq.done != NULL) != own)
		at = &(*at)->next;
	if ((q = *at) == NULL)
		return NULL;
	if ((*at = q->next) == NULL)
		k->done_end = at;
	return q;
}

static void
hand_out(struct kube *k)
{
	struct asked *q;

	while ((q = next_done(k, 1)) != NULL) {
		q->rq.done(q->rq.ctx, &q->reply);
		asked_free(q);
	}
}

int
kube_poll(
    struct kube *k, struct pollfd *fds, size_t n, int timeout_ms, struct err *e)
{
	struct pollfd *all;
	int fd = kube_auth_fd(k->auth);

	buf_reset(&k->fds);
	all = (void *)buf_reserve(&k->fds, (n + 1) * sizeof(*all));
	if (n > 0)
		memcpy(all, fds, n * sizeof(*all));
	all[n] = (struct pollfd){ .fd = fd, .events = POLLIN };
	if (http_poll(k->http, all, n + (fd != -1),
		k->done != NULL ? 0 : timeout_ms, e) == -1)
		return -1;
	if (n > 0)
		memcpy(fds, all, n * sizeof(*all));
	take_answers(k);
	if (fd != -1 && all[n].revents != 0)
		wake(k);
	hand_out(k);
	return 0;
}

const struct kube_reply *
kube_take(struct kube *k)
{
	asked_free(k->taken);
	k->taken = next_done(k, 0);
	return k->taken != NULL ? &k->taken->reply : NULL;
}

void
kube_quote(struct buf *b, const char *s)
{
	for (; *s != '\0'; s++)
		if (isalnum((unsigned char)*s) || strchr("-._~", *s) != NULL)
			buf_putc(b, *s);
		else
			buf_printf(b, "%%%02X", (unsigned char)*s);
}
