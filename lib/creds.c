/* SPDX-License-Identifier: MIT */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "arena.h"
#include "base64.h"
#include "buf.h"
#include "creds.h"
#include "file.h"
#include "http.h"
#include "log.h"
#include "mem.h"
#include "status.h"
#include "token.h"
#include "when.h"

#define FILE_MAX    65536 /* bytes of a file of secrets */
#define HEADERS_MAX 64
#define READ_EVERY  60000 /* ms */

struct creds {
	struct creds_config cf;
	struct arena a;
	const char *list[HEADERS_MAX + 2]; /* the token's behind them */
	size_t n;
	struct tokens *tokens; /* or NULL */
	struct token_for what;
	char *scope;      /* without /.default */
	struct buf token; /* its header */
	int64_t read_at;  /* ms, monotonic */
};

/* A file's text without blanks around it.  NULL with e set. */
static char *
read_text(struct arena *a, const char *path, struct err *e)
{
	struct buf b = { 0 };
	char *text = NULL;

	if (file_read(path, FILE_MAX, &b, e) == -1) {
		err_config(e);
	} else if (strlen(buf_str(&b)) != b.len) {
		err_set(e, ST_CONFIG, "%s: not a text", path);
	} else {
		while (b.len > 0 && isspace((unsigned char)b.data[b.len - 1]))
			b.data[--b.len] = '\0';
		text = arena_strdup(
		    a, buf_str(&b) + strspn(buf_str(&b), " \t\r\n"));
	}
	buf_fini(&b);
	return text;
}

/* A secret on one line. */
static char *
read_secret(struct arena *a, const char *path, struct err *e)
{
	char *text = read_text(a, path, e);

	if (text == NULL)
		return NULL;
	if (*text == '\0' || text[strcspn(text, "\r\n")] != '\0') {
		err_set(e, ST_CONFIG, "%s: not one line of text", path);
		return NULL;
	}
	return text;
}

static const char *
basic(struct arena *a, const char *secret)
{
	struct buf b = { 0 };
	const char *header;

	buf_puts(&b, "Authorization: Basic ");
	base64_write(&b, secret, strlen(secret));
	header = arena_strdup(a, b.data);
	explicit_bzero(b.data, b.cap);
	buf_fini(&b);
	return header;
}

static int
add(struct creds *c, const char *header, struct err *e)
{
	if (c->n == HEADERS_MAX)
		return err_set(
		    e, ST_CONFIG, "more than %d headers", HEADERS_MAX);
	c->list[c->n++] = header;
	c->list[c->n] = NULL;
	return 0;
}

static int
add_lines(struct creds *c, struct err *e)
{
	char *text = read_text(&c->a, c->cf.header_file, e), *line, *save;
	int n = 0;

	if (text == NULL)
		return -1;
	for (line = strtok_r(text, "\r\n", &save); line != NULL;
	     line = strtok_r(NULL, "\r\n", &save)) {
		n++;
		if (*line == '#')
			continue;
		if (strchr(line, ':') == NULL || strchr(line, ':') == line)
			return err_set(e, ST_CONFIG,
			    "%s: header %d is no \"Name: value\"",
			    c->cf.header_file, n);
		if (add(c, line, e) == -1)
			return -1;
	}
	return 0;
}

static int
read_all(struct creds *c, struct err *e)
{
	const char *secret;

	c->list[0] = NULL;
	if (c->cf.header_file != NULL && add_lines(c, e) == -1)
		return -1;
	if (c->cf.bearer_file != NULL) {
		if ((secret = read_secret(&c->a, c->cf.bearer_file, e)) == NULL)
			return -1;
		return add(c,
		    arena_printf(&c->a, "Authorization: Bearer %s", secret), e);
	}
	if (c->cf.basic_file != NULL) {
		if ((secret = read_secret(&c->a, c->cf.basic_file, e)) == NULL)
			return -1;
		if (strchr(secret, ':') == NULL)
			return err_set(e, ST_CONFIG, "%s: not user:password",
			    c->cf.basic_file);
		return add(c, basic(&c->a, secret), e);
	}
	return 0;
}

/* Azure Monitor, where its hosts are, and who gives the tokens there. */
static const struct {
	const char *tail, *scope, *authority;
} clouds[] = {
	{ ".monitor.azure.us", "https://monitor.azure.us",
	    "https://login.microsoftonline.us" },
	{ ".monitor.azure.cn", "https://monitor.azure.cn",
	    "https://login.partner.microsoftonline.cn" },
	{ "", "https://monitor.azure.com", NULL },
};

/* Whether the host of a URL ends so. */
static int
host_ends(const char *url, const char *tail)
{
	const char *host = strstr(url, "://");
	size_t n, len = strlen(tail);

	host = host != NULL ? host + 3 : url;
	n = strcspn(host, ":/?#");
	return n >= len && strncasecmp(host + n - len, tail, len) == 0;
}

/* What tokens are for, and that they cannot be read on the way. */
static int
set_azure(struct creds *c, struct err *e)
{
	static const char suffix[] = "/.default";
	struct tokens_config tc = { .user_agent = c->cf.user_agent };
	size_t i = 0, n;

	if (c->cf.azure == NULL)
		return 0;
	if (c->cf.bearer_file != NULL || c->cf.basic_file != NULL)
		return err_set(e, ST_USAGE,
		    "--azure does not go with another Authorization");
	if (!http_may_carry_token(c->cf.url))
		return err_set(
		    e, ST_USAGE, "--azure: a token must not go over http://");
	while (!host_ends(c->cf.url, clouds[i].tail))
		i++;
	c->scope =
	    mem_str(*c->cf.azure != '\0' ? c->cf.azure : clouds[i].scope);
	n = strlen(c->scope);
	if (n > strlen(suffix) &&
	    strcmp(c->scope + n - strlen(suffix), suffix) == 0)
		c->scope[n - strlen(suffix)] = '\0';
	c->what = (struct token_for){ c->scope, clouds[i].authority };
	return (c->tokens = tokens_new(&tc, e)) != NULL ? 0 : -1;
}

struct creds *
creds_new(const struct creds_config *cf, struct err *e)
{
	struct creds *c = mem_new(1, sizeof(*c));

	c->cf = *cf;
	c->read_at = when_mono_ms();
	if (set_azure(c, e) == 0 && read_all(c, e) == 0)
		return c;
	creds_free(c);
	return NULL;
}

static void
drop(struct buf *b)
{
	if (b->data != NULL)
		explicit_bzero(b->data, b->cap);
	buf_fini(b);
}

void
creds_free(struct creds *c)
{
	if (c == NULL)
		return;
	arena_fini(&c->a);
	drop(&c->token);
	tokens_free(c->tokens);
	free(c->scope);
	free(c);
}

/* Read the files again. */
static void
refresh(struct creds *c)
{
	struct creds was = *c;
	struct err e;

	c->a = (struct arena){ 0 };
	c->n = 0;
	if (read_all(c, &e) == 0) {
		arena_fini(&was.a);
	} else {
		log_warn("credentials not read again", KV_S("reason", e.msg));
		arena_fini(&c->a);
		*c = was;
	}
	c->read_at = when_mono_ms();
}

const char *const *
creds_headers(struct creds *c, struct err *e)
{
	const char *token;

	if (when_mono_ms() - c->read_at >= READ_EVERY)
		refresh(c);
	if (c->tokens == NULL)
		return c->list;
	if ((token = tokens_get(c->tokens, &c->what, e)) == NULL)
		return NULL;
	drop(&c->token);
	buf_printf(&c->token, "Authorization: Bearer %s", token);
	c->list[c->n] = c->token.data;
	c->list[c->n + 1] = NULL;
	return c->list;
}

int
creds_refused(struct creds *c)
{
	const char *bearer = "Authorization: Bearer ";
	char *was;
	int other;

	if (c->tokens != NULL)
		return c->token.len > 0 &&
		    tokens_refused(
			c->tokens, &c->what, c->token.data + strlen(bearer));
	if (c->n == 0)
		return 0;
	was = mem_str(c->list[c->n - 1]);
	refresh(c);
	other = c->n == 0 || strcmp(was, c->list[c->n - 1]) != 0;
	explicit_bzero(was, strlen(was));
	free(was);
	return other;
}

int
creds_fd(const struct creds *c)
{
	return c->tokens != NULL ? tokens_fd(c->tokens) : -1;
}

void
creds_read(struct creds *c)
{
	if (c->tokens != NULL)
		tokens_read(c->tokens);
}
