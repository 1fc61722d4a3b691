/* SPDX-License-Identifier: MIT */
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "backoff.h"
#include "entra_try.h"
#include "err.h"
#include "status.h"

#define ANSWER_MAX  65536 /* bytes of an answer */
#define ANSWER_MS   15000
#define TRIES       3
#define WAIT_MS     500 /* before the second try, then twice as much */
#define WAIT_MAX    8000
#define NONE_CHOSEN "AZURE_TOKEN_CREDENTIALS names no source that there is"

static const struct {
	const char *name;
	const char *choice; /* what AZURE_TOKEN_CREDENTIALS calls it, */
	const char *group;  /* alone or among others */
	entra_source *ask;
} sources[] = {
	{ "environment", "EnvironmentCredential", "prod", entra_secret },
	{ "workload identity", "WorkloadIdentityCredential", "prod",
	    entra_workload },
	{ "managed identity", "ManagedIdentityCredential", "prod",
	    entra_managed },
	{ "Azure CLI", "AzureCLICredential", "dev", entra_cli },
};

#define SOURCES ((int)(sizeof(sources) / sizeof(*sources)))

const char *
entra_source_name(int source)
{
	return source > 0 && source <= SOURCES ? sources[source - 1].name : "";
}

/* No word of a peer may hold the secret that it was sent. */
static void
hide(char *text, const char *secret)
{
	size_t n = secret != NULL ? strlen(secret) : 0;

	while (n > 0 && (text = strstr(text, secret)) != NULL) {
		memset(text, '*', n);
		text += n;
	}
}

enum entra_outcome
entra_fail(struct entra_try *t, enum entra_outcome oc, const char *fmt, ...)
{
	char text[2 * ANSWER_MAX];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	for (char *c = text; *c != '\0'; c++)
		if ((unsigned char)*c < ' ')
			*c = ' ';
	hide(text, t->secret);
	snprintf(t->why, sizeof(t->why), "%.*s", ENTRA_WHY - 1, text);
	return oc;
}

const char *
entra_env(const char *name)
{
	const char *v = getenv(name);

	return v != NULL && *v != '\0' ? v : NULL;
}

void
entra_form(struct buf *b, const char *name, const char *value)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyz"
				    "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789-._~";

	if (b->len > 0 && b->data[b->len - 1] != '?')
		buf_putc(b, '&');
	buf_printf(b, "%s=", name);
	for (; *value != '\0'; value++)
		if (strchr(plain, *value) != NULL)
			buf_putc(b, *value);
		else
			buf_printf(b, "%%%02X", (unsigned char)*value);
}

/* No token is as long as what a strange peer may send. */
static int
count(void *ctx, int status, const char *p, size_t n)
{
	struct entra_try *t = ctx;

	(void)status, (void)p;
	t->received += n;
	return t->received > ANSWER_MAX ? -1 : 0;
}

const struct http_reply *
entra_send(struct entra_try *t, struct http_request *rq, enum entra_outcome *oc)
{
	const struct http_reply *r;
	struct err e;

	rq->keep = ANSWER_MAX;
	rq->take = count;
	rq->ctx = t;
	rq->timeout_ms = ANSWER_MS;
	rq->repeatable = 1;
	t->received = 0;
	if (http_start(t->http, rq, &e) == -1) {
		*oc = entra_fail(t, ENTRA_WRONG, "%s", e.msg);
		return NULL;
	}
	while ((r = http_take(t->http)) == NULL)
		if (http_poll(t->http, NULL, 0, -1, &e) == -1) {
			*oc = entra_fail(t, ENTRA_TROUBLE, "%s", e.msg);
			return NULL;
		}
	if (r->error == HTTP_ANSWERED)
		return r;
	if (t->received > ANSWER_MAX)
		*oc = entra_fail(t, ENTRA_TROUBLE,
		    "its answer has more than %d bytes", ANSWER_MAX);
	else
		*oc = entra_fail(t,
		    r->error == HTTP_TLS ? ENTRA_WRONG : ENTRA_TROUBLE, "%s",
		    r->reason);
	return NULL;
}

/* Say what was tried so far. */
static void
note(struct entra_try *t, int source)
{
	char *msg = t->out->msg;
	size_t n = strcmp(msg, NONE_CHOSEN) == 0 ? 0 : strlen(msg);

	snprintf(msg + n, sizeof(t->out->msg) - n, "%s%s: %s",
	    n > 0 ? "; " : "", sources[source].name, t->why);
}

/* Whether a source may be asked, by the environment's choice. */
static int
is_chosen(int i)
{
	const char *choice = entra_env("AZURE_TOKEN_CREDENTIALS");

	return choice == NULL || strcasecmp(choice, sources[i].choice) == 0 ||
	    strcasecmp(choice, sources[i].group) == 0;
}

static enum entra_outcome
chain(struct entra_try *t)
{
	enum entra_outcome oc, all = ENTRA_ABSENT;

	snprintf(t->out->msg, sizeof(t->out->msg), "%s", NONE_CHOSEN);
	t->retry_after_ms = 0;
	for (int i = 0; i < SOURCES; i++) {
		if ((t->ask->only != 0 && t->ask->only != i + 1) ||
		    !is_chosen(i))
			continue;
		t->secret = NULL;
		oc = sources[i].ask(t);
		t->out->source = i + 1;
		if (oc == ENTRA_GOT)
			return oc;
		/* What gave a token once is not gone because it is silent. */
		if (oc == ENTRA_ABSENT && t->ask->only != 0)
			oc = ENTRA_DOUBT;
		note(t, i);
		if (oc == ENTRA_TROUBLE || oc == ENTRA_WRONG)
			return oc;
		if (oc == ENTRA_DOUBT)
			all = oc;
	}
	return all;
}

/* What may pass is tried again, in a while. */
static enum entra_outcome
try_chain(struct entra_try *t)
{
	enum entra_outcome oc = chain(t);

	for (int n = 1; n < TRIES && (oc == ENTRA_TROUBLE || oc == ENTRA_DOUBT);
	     n++) {
		int64_t wait = backoff_ms(WAIT_MS, WAIT_MAX, n, 0);

		if (t->retry_after_ms > wait)
			wait = t->retry_after_ms;
		if (wait > WAIT_MAX)
			break;
		poll(NULL, 0, (int)wait);
		oc = chain(t);
	}
	return oc;
}

void
entra_get(const struct entra_ask *ask, struct entra_answer *out)
{
	struct http_config hc = { .user_agent = ask->user_agent };
	struct entra_try t = { .ask = ask, .out = out };
	enum entra_outcome oc;
	struct err e;

	memset(out, 0, sizeof(*out));
	if ((t.http = http_new(&hc, &e)) == NULL) {
		out->code = e.code;
		memcpy(out->msg, e.msg, sizeof(out->msg));
		return;
	}
	oc = try_chain(&t);
	if (oc == ENTRA_GOT)
		out->msg[0] = '\0';
	else
		out->code = oc == ENTRA_TROUBLE || oc == ENTRA_DOUBT
		    ? ST_RETRY
		    : ST_CONFIG;
	http_free(t.http);
}
