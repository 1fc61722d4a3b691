/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>

#include "json.h"
#include "kusto_error.h"
#include "oneapi.h"
#include "status.h"
#include "when.h"

#define TEXT_MAX 300 /* bytes of a text that is passed on */

void
kusto_error_lost(struct query_error *e, const struct http_reply *r, int began,
    int64_t timeout_ms)
{
	char text[512], span[WHEN_TEXT];

	if (r->error == HTTP_TIMEOUT) {
		when_format_duration(span, timeout_ms * WHEN_MS);
		snprintf(text, sizeof(text),
		    "no whole answer within --timeout %s: %s", span, r->reason);
		query_error_set(e, "Timeout", text);
	} else if (began) {
		snprintf(
		    text, sizeof(text), "the response was cut: %s", r->reason);
		query_error_set(e, "Truncated", text);
	} else {
		query_error_set(e, "Unavailable", r->reason);
	}
	if (r->error == HTTP_TLS)
		e->status = ST_CONFIG;
}

/* The text of an answer up to where it tells of this one request. */
static void
take_text(char *out, size_t size, const struct http_reply *r)
{
	size_t n = r->body_len < TEXT_MAX ? r->body_len : TEXT_MAX;
	const char *end = strstr(r->body, "Error details:");

	if (end != NULL && (size_t)(end - r->body) < n)
		n = (size_t)(end - r->body);
	snprintf(out, size, "%.*s", (int)n, r->body);
	for (char *c = out; *c != '\0'; c++)
		if ((unsigned char)*c < ' ')
			*c = ' ';
	for (n = strlen(out); n > 0 && out[n - 1] == ' '; n--)
		out[n - 1] = '\0';
}

/* Words for an answer that has none. */
static void
take_meaning(char *out, size_t size, int status)
{
	const char *what = status == 401 ? ": it wants a token, or another one"
	    : status == 403              ? ": no right to query this database"
	    : status == 404              ? ": no Kusto service at this URL"
	    : status == 429              ? ": it has too much to do"
					 : "";

	snprintf(out, size, "the service answered %d and nothing else%s",
	    status, what);
}

/* Whether asking the same again can only fail, when the body does not say. */
static int
is_final(int status)
{
	return status / 100 == 4 && status != 401 && status != 408 &&
	    status != 409 && status != 412 && status != 429;
}

static void
take_location(struct query_error *e, const struct http_reply *r)
{
	size_t n = 0;
	const char *to = http_header(r, "Location", &n);

	snprintf(e->said.message, sizeof(e->said.message),
	    "redirected to %.*s, which is not followed: a token must not "
	    "travel",
	    to != NULL ? (int)(n < TEXT_MAX ? n : TEXT_MAX) : 7,
	    to != NULL ? to : "nowhere");
	e->said.permanent = 1;
}

void
kusto_error_read(struct query_error *e, const struct http_reply *r)
{
	struct arena a = { 0 };
	struct oneapi_error said;
	struct json *j;
	struct err ignored;
	char code[16];

	snprintf(code, sizeof(code), "Http%d", r->status);
	query_error_set(e, code, "");
	e->said.permanent = is_final(r->status);
	j = json_parse(&a, r->body, r->body_len, &ignored);
	if (r->status / 100 == 3) {
		take_location(e, r);
	} else if (j != NULL && oneapi_read(j, &said) == 0) {
		query_error_set(e, said.code, said.message);
		e->said.permanent = said.permanent;
	} else {
		take_text(e->said.message, sizeof(e->said.message), r);
	}
	if (e->said.message[0] == '\0')
		take_meaning(
		    e->said.message, sizeof(e->said.message), r->status);
	arena_fini(&a);
}

/*
 * A result over a limit: the service says that it is not permanent, and some
 * that it is.  It is the window's own trouble, which may be passed over.
 */
static int
is_limit(const struct kql_error *e)
{
	static const char *const words[] = { "LimitsExceeded",
		"E_QUERY_RESULT_SET_TOO_LARGE", "E_RUNAWAY_QUERY", "80DA0003" };

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (strstr(e->code, words[i]) != NULL ||
		    strstr(e->message, words[i]) != NULL)
			return 1;
	return 0;
}

void
kusto_error_class(struct query_error *e)
{
	struct kql_error *said = &e->said;
	const char *at = strstr(said->message, "[line:position=");

	if (!query_failed(e))
		return;
	if (at != NULL && said->line == 0)
		sscanf(at, "[line:position=%d:%d]", &said->line, &said->column);
	/* No query of this endpoint would fare better. */
	e->away |= e->http == 401 || e->http == 429 || e->http == 502 ||
	    e->http == 503 || e->http / 100 == 3;
	/* Whatever the body says of these, they pass. */
	if (e->http == 401 || e->http == 429 || is_limit(said))
		said->permanent = 0;
	if (e->http == 401 || e->http == 403 || e->http == 404 ||
	    e->http / 100 == 3)
		e->status = ST_CONFIG;
	else if (e->status != ST_CONFIG)
		e->status = said->permanent ? ST_DATA : ST_RETRY;
}
