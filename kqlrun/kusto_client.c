/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "buf.h"
#include "http.h"
#include "jsonw.h"
#include "kusto_auth.h"
#include "kusto_client.h"
#include "kusto_error.h"
#include "log.h"
#include "mem.h"
#include "status.h"
#include "uuid.h"
#include "when.h"

#define REPLY_KEEP     (64 << 10) /* bytes of an answer that is an error */
#define SERVER_LONGEST 3600000    /* ms that a service allows */
#define GRACE_LEAST    1000       /* ms behind the service's own timeout */
#define GRACE_MOST     30000
#define CONNECT_MS     10000

#define BEARER "Authorization: Bearer "

struct kusto {
	struct kusto_config cf;
	struct http *http;
	struct kusto_auth *auths;   /* a service each */
	struct kusto_call *waiting; /* calls, for their tokens */
	struct buf fds;
};

struct kusto *
kusto_new(const struct kusto_config *cf, struct err *e)
{
	struct http_config hc = { .user_agent = "kqlpipe/" VERSION,
		.ca_file = cf->ca_file,
		.insecure = cf->insecure };
	struct kusto *k = mem_new(1, sizeof(*k));

	k->cf = *cf;
	if ((k->http = http_new(&hc, e)) != NULL)
		return k;
	free(k);
	return NULL;
}

void
kusto_free(struct kusto *k)
{
	if (k == NULL)
		return;
	http_free(k->http);
	kusto_auth_free(k->auths);
	buf_fini(&k->fds);
	free(k);
}

int
kusto_check_url(const char *url, struct err *e)
{
	if (http_url(url, e) == -1)
		return -1;
	if (strpbrk(url, "?# \t") != NULL)
		return err_set(e, ST_USAGE,
		    "%s: the URL of a cluster ends with its path", url);
	return 0;
}

static void
write_options(struct jsonw *w, const struct kql_request *q, int64_t timeout)
{
	char text[WHEN_TEXT];

	if (timeout > SERVER_LONGEST)
		timeout = SERVER_LONGEST;
	when_format_span(text, timeout * WHEN_MS);
	jsonw_object(w, "Options");
	jsonw_bool(w, "results_v2_newlines_between_frames", 1);
	jsonw_bool(w, "results_v2_fragment_primary_tables", 1);
	jsonw_str(w, "results_error_reporting_placement", "end_of_table");
	jsonw_bool(w, "request_readonly", 1);
	jsonw_str(w, "servertimeout", text);
	if (q->max_rows > 0)
		jsonw_int(w, "truncationmaxrecords", q->max_rows);
	if (q->now != 0) {
		when_format_kusto(text, q->now);
		jsonw_str(w, "query_now", text);
	}
	jsonw_end_object(w);
}

static void
write_body(struct buf *b, const struct kql_request *q, int64_t timeout)
{
	struct jsonw w = { .b = b };

	buf_reset(b);
	jsonw_object(&w, NULL);
	jsonw_str(&w, "db", q->database);
	jsonw_str(&w, "csl", q->text);
	jsonw_object(&w, "properties");
	write_options(&w, q, timeout);
	if (q->parameters != NULL)
		jsonw_object(&w, "Parameters");
	for (const struct kql_parameter *p = q->parameters; p != NULL;
	     p = p->next)
		jsonw_str(&w, p->name, p->value);
	if (q->parameters != NULL)
		jsonw_end_object(&w);
	jsonw_end_object(&w);
	jsonw_end_object(&w);
}

/* A body comes: a good answer is read at once, another one kept for words. */
static int
take(void *ctx, int status, const char *p, size_t n)
{
	struct kusto_call *c = ctx;

	if (c->heard == 0)
		c->heard = when_now();
	if (status == 200) {
		c->began = 1;
		return kusto_reader_feed(&c->reader, p, n);
	}
	return 0;
}

/* No token could be had. */
static int
no_token(struct kusto_call *c, const struct err *e)
{
	query_error_set(
	    c->error, c->refused ? "Http401" : "Unavailable", e->msg);
	c->error->http = c->refused ? 401 : 0;
	c->error->away = 1;
	c->error->status = e->code;
	return -1;
}

/*
 * The token goes into a header of its own.  Returns 1 when it is on its way,
 * or -1 with c's error.
 */
static int
authorize(struct kusto_call *c)
{
	struct tokens *tokens = c->kusto->cf.tokens;
	struct token_for what;
	const char *token;
	struct err e;

	buf_reset(&c->authorization);
	if (tokens == NULL || !http_may_carry_token(c->endpoint))
		return 0;
	if (!tokens_given(tokens)) {
		if (!kusto_auth_wanted(c->auth))
			return 0;
		if (kusto_auth_learn(c->auth, c->kusto->http) == 1)
			return 1;
	}
	what = kusto_auth_for(c->auth);
	if ((token = tokens_get(tokens, &what, &e)) == NULL)
		return e.code == 0 ? 1 : no_token(c, &e);
	buf_printf(&c->authorization, BEARER "%s", token);
	return 0;
}

/* Send it, under an id of its own. */
static int
post(struct kusto_call *c)
{
	static const char client_version[] =
	    "x-ms-client-version: kqlpipe:" VERSION;
	char uuid[UUID_TEXT];
	const char *headers[8] = { "Accept: application/json",
		"Content-Type: application/json; charset=utf-8",
		"x-ms-app: kqlpipe", client_version };
	struct http_request rq = { .method = "POST",
		.url = c->url.data,
		.headers = headers,
		.body = c->body.data,
		.body_len = c->body.len,
		.connect_ms = CONNECT_MS,
		.keep = REPLY_KEEP,
		.take = take,
		.gzip = 1,
		.repeatable = 1,
		.direct = http_is_loopback(c->endpoint),
		.ctx = c };
	int64_t grace = c->timeout / 10;
	struct err e;

	uuid_make(uuid);
	snprintf(c->error->request_id, sizeof(c->error->request_id),
	    "kqlpipe;%s", uuid);
	buf_reset(&c->id_header);
	buf_printf(
	    &c->id_header, "x-ms-client-request-id: %s", c->error->request_id);
	headers[4] = c->id_header.data;
	headers[5] = c->authorization.len > 0 ? c->authorization.data : NULL;
	if (grace < GRACE_LEAST)
		grace = GRACE_LEAST;
	c->heard = 0;
	rq.timeout_ms = c->timeout + (grace < GRACE_MOST ? grace : GRACE_MOST);
	if (http_start(c->kusto->http, &rq, &e) == 0)
		return 0;
	query_error_set(c->error, "Unavailable", e.msg);
	return -1;
}

/* Send it, as soon as there is a token if it needs one. */
static int
send_request(struct kusto_call *c)
{
	int rc = authorize(c);

	if (rc != 1)
		return rc == 0 ? post(c) : -1;
	c->next = c->kusto->waiting;
	c->kusto->waiting = c;
	return 0;
}

int
kusto_start(struct kusto *k, struct kusto_call *c, const char *endpoint,
    const struct kql_request *q, int64_t timeout, struct spool *out,
    struct query_error *error)
{
	size_t n = strlen(endpoint);

	memset(error, 0, sizeof(*error));
	c->kusto = k;
	c->error = error;
	c->endpoint = endpoint;
	c->auth = kusto_auth_find(&k->auths, endpoint);
	c->timeout = timeout;
	c->refused = c->renewed = c->began = 0;
	while (n > 0 && endpoint[n - 1] == '/')
		n--;
	buf_reset(&c->url);
	buf_printf(&c->url, "%.*s/v2/rest/query", (int)n, endpoint);
	write_body(&c->body, q, timeout);
	kusto_reader_init(&c->reader, out);
	if (send_request(c) == 0)
		return 0;
	c->kusto = NULL;
	return -1;
}

/* Wait for what is the client's own, too. */
static int
poll_all(struct kusto *k, struct pollfd *fds, size_t n, int timeout_ms,
    struct err *e)
{
	size_t size = n * sizeof(*fds);
	struct pollfd *all;

	buf_reset(&k->fds);
	all = (void *)buf_reserve(&k->fds, size + sizeof(*fds));
	if (n > 0)
		memcpy(all, fds, size);
	all[n] =
	    (struct pollfd){ .fd = tokens_fd(k->cf.tokens), .events = POLLIN };
	if (http_poll(k->http, all, n + 1, timeout_ms, e) == -1)
		return -1;
	if (n > 0)
		memcpy(fds, all, size);
	return 0;
}

int
kusto_poll(struct kusto *k, struct pollfd *fds, size_t n, int timeout_ms,
    struct err *e)
{
	if (k != NULL && k->cf.tokens != NULL && tokens_fd(k->cf.tokens) != -1)
		return poll_all(k, fds, n, timeout_ms, e);
	if (k != NULL)
		return http_poll(k->http, fds, n, timeout_ms, e);
	if (poll(fds, (nfds_t)n, timeout_ms) == -1) {
		if (errno != EINTR)
			return err_sys(e, ST_RETRY, "poll");
		for (size_t i = 0; i < n; i++)
			fds[i].revents = 0;
	}
	return 0;
}

/* Ask once more after a 401, if there is another token, or if the service was
 * asked without one.  Returns 1 if so. */
static int
renew(struct kusto_call *c)
{
	struct token_for what = kusto_auth_for(c->auth);
	const char *token = buf_str(&c->authorization) + strlen(BEARER);

	if (c->kusto->cf.tokens == NULL)
		return 0;
	c->refused = 1;
	if (c->authorization.len == 0)
		return kusto_auth_want(c->auth);
	if (c->renewed || !tokens_refused(c->kusto->cf.tokens, &what, token))
		return 0;
	log_info("asking again with another token",
	    KV_S("endpoint", c->endpoint),
	    KV_S("request", c->error->request_id));
	c->renewed = 1;
	return 1;
}

static void
keep_header(
    char out[REQUEST_ID_MAX], const struct http_reply *r, const char *name)
{
	size_t n = 0;
	const char *v = http_header(r, name, &n);

	snprintf(out, REQUEST_ID_MAX, "%.*s", (int)n, v != NULL ? v : "");
}

/* What became of it. */
static void
judge(struct kusto_call *c, const struct http_reply *r)
{
	struct query_error *e = c->error;

	keep_header(e->activity_id, r, "x-ms-activity-id");
	e->http = c->began ? 200 : r->status;
	e->retry_after_ms = r->retry_after_ms;
	/* A Date of whole seconds: the time is up to the next one. */
	e->dated = r->date != 0;
	if (e->dated)
		e->ahead = (c->heard != 0 ? c->heard : when_now()) -
		    when_from_unix_ms((r->date + 1) * 1000);
	/* The reader ends a transfer when it has seen enough. */
	if (c->reader.fault.code[0] != '\0')
		query_error_take(e, &c->reader.fault);
	else if (r->error != HTTP_ANSWERED)
		kusto_error_lost(e, r, c->began, c->timeout);
	else if (r->status != 200)
		kusto_error_read(e, r);
	else if (kusto_reader_end(&c->reader) == -1)
		query_error_take(e, &c->reader.fault);
	kusto_error_class(e);
}

/* Nothing is on its way any more. */
static struct kusto_call *
ended(struct kusto_call *c)
{
	c->kusto = NULL;
	return c;
}

/* Send what has waited for a token.  Returns a call that cannot be sent. */
static struct kusto_call *
send_waiting(struct kusto *k)
{
	struct kusto_call *c, **at = &k->waiting;
	int rc;

	while ((c = *at) != NULL) {
		if ((rc = authorize(c)) == 1) {
			at = &c->next;
			continue;
		}
		*at = c->next;
		if (rc == -1 || post(c) == -1)
			return ended(c);
	}
	return NULL;
}

/* An answer.  Returns the call that it ends, if it ends one. */
static struct kusto_call *
answered(struct kusto *k, const struct http_reply *r)
{
	struct kusto_call *c = r->ctx;

	if (kusto_auth_take(k->auths, r))
		return send_waiting(k);
	if (r->status == 401 && renew(c))
		return send_request(c) == 0 ? NULL : ended(c);
	judge(c, r);
	return ended(c);
}

struct kusto_call *
kusto_take(struct kusto *k)
{
	const struct http_reply *r;
	struct kusto_call *c;

	if (k == NULL)
		return NULL;
	if (k->cf.tokens != NULL)
		tokens_read(k->cf.tokens);
	if ((c = send_waiting(k)) != NULL)
		return c;
	while ((r = http_take(k->http)) != NULL)
		if ((c = answered(k, r)) != NULL)
			return c;
	return NULL;
}

int64_t
kusto_rows(const struct kusto_call *c)
{
	return c->reader.rows;
}

/* It waits no longer. */
static void
forget(struct kusto_call *c)
{
	struct kusto_call **at = &c->kusto->waiting;

	while (*at != NULL && *at != c)
		at = &(*at)->next;
	if (*at == c)
		*at = c->next;
	http_cancel(c->kusto->http, c);
}

void
kusto_call_fini(struct kusto_call *c)
{
	if (c->kusto != NULL)
		forget(c);
	c->kusto = NULL;
	kusto_reader_fini(&c->reader);
	buf_fini(&c->url);
	buf_fini(&c->body);
	buf_fini(&c->authorization);
	buf_fini(&c->id_header);
}
