/* SPDX-License-Identifier: MIT */
#include <ctype.h>
#include <string.h>
#include <time.h>

#include "arena.h"
#include "entra_try.h"
#include "json.h"
#include "num.h"

#define LIFE_MAX INT64_C(31536000) /* s; what is longer is a mistake */

/* A number, which some write as a string.  Returns -1 if it is none. */
static int
seconds(const struct json *o, const char *key, int64_t *v)
{
	const struct json *j = json_get(o, key);

	if (j == NULL || (j->type != JSON_NUMBER && j->type != JSON_STRING))
		return -1;
	return num_parse_int(j->str, j->len, v);
}

/* The local time of older versions of the CLI, such as 2024-05-01 10:00:00.0,
 * as seconds since 1970. */
static int
local_time(const char *text, int64_t *v)
{
	struct tm tm = { .tm_isdst = -1 };
	const char *end;
	time_t t;

	if (text == NULL ||
	    (end = strptime(text, "%Y-%m-%d %H:%M:%S", &tm)) == NULL ||
	    (*end != '\0' && *end != '.') || (t = mktime(&tm)) == -1)
		return -1;
	*v = t;
	return 0;
}

/* For how long the token holds, in s.  Returns -1 if that is not said. */
static int
read_life(const struct json *o, int64_t *life)
{
	int64_t until;

	if (seconds(o, "expires_in", life) == 0)
		return 0;
	if (seconds(o, "expires_on", &until) == -1 &&
	    local_time(json_get_str(o, "expiresOn", NULL), &until) == -1)
		return -1;
	*life = until > 0 ? until - (int64_t)time(NULL) : 0;
	return 0;
}

/* It goes into a header: no blanks, nothing that ends one. */
static int
is_token(const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!isgraph((unsigned char)s[i]))
			return 0;
	return n > 0 && n < ENTRA_TOKEN_MAX;
}

static int
read_object(struct entra_answer *out, const struct json *o)
{
	const struct json *token = json_get(o, "access_token");
	int64_t life, refresh = 0;

	if (token == NULL)
		token = json_get(o, "accessToken");
	if (token == NULL || token->type != JSON_STRING ||
	    !is_token(token->str, token->len) || read_life(o, &life) == -1 ||
	    life <= 0)
		return -1;
	if (life > LIFE_MAX)
		life = LIFE_MAX;
	if (seconds(o, "refresh_in", &refresh) == -1 || refresh < 0 ||
	    refresh > life)
		refresh = 0;
	out->life_ms = life * 1000;
	out->refresh_ms = refresh * 1000;
	memcpy(out->token, token->str, token->len);
	out->token[token->len] = '\0';
	return 0;
}

int
entra_read_token(struct entra_answer *out, const char *s, size_t n)
{
	struct arena a = { 0 };
	struct err ignored;
	int bad = read_object(out, json_parse(&a, s, n, &ignored));

	arena_fini(&a);
	return bad;
}

/* What the answer says in words: an error of OAuth, or of a gateway. */
static const char *
words(const struct json *o, const char **code)
{
	const struct json *error = json_get(o, "error");
	const char *text = json_get_str(o, "error_description", NULL);

	*code = json_get_str(o, "error", NULL);
	if (error != NULL && error->type == JSON_OBJECT) {
		*code = json_get_str(error, "code", NULL);
		text = json_get_str(error, "message", text);
	}
	return text != NULL ? text : json_get_str(o, "message", "");
}

/* Which statuses pass by themselves. */
static int
passes(int status, const char *code)
{
	return status == 408 || status == 429 || status >= 500 ||
	    (code != NULL && strcmp(code, "temporarily_unavailable") == 0);
}

static enum entra_outcome
refused(struct entra_try *t, const struct http_reply *r)
{
	struct arena a = { 0 };
	struct err ignored;
	const struct json *o = json_parse(&a, r->body, r->body_len, &ignored);
	const char *code, *text = words(o, &code);
	enum entra_outcome oc =
	    passes(r->status, code) ? ENTRA_TROUBLE : ENTRA_WRONG;

	entra_fail(t, oc, "it answered %d%s%s%s%.*s", r->status,
	    code != NULL ? " " : "", code != NULL ? code : "",
	    *text != '\0' ? ": " : "", (int)strcspn(text, "\r\n"), text);
	arena_fini(&a);
	return oc;
}

enum entra_outcome
entra_read(struct entra_try *t, const struct http_reply *r)
{
	t->retry_after_ms = r->retry_after_ms;
	if (r->status / 100 == 3)
		return entra_fail(t, ENTRA_TROUBLE,
		    "it answered %d, a redirect, which is not followed",
		    r->status);
	if (r->status != 200)
		return refused(t, r);
	if (entra_read_token(t->out, r->body, r->body_len) == 0)
		return ENTRA_GOT;
	return entra_fail(
	    t, ENTRA_TROUBLE, "its answer is no token with an expiry");
}
