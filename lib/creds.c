/* SPDX-License-Identifier: MIT */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "arena.h"
#include "base64.h"
#include "buf.h"
#include "creds.h"
#include "file.h"
#include "log.h"
#include "status.h"
#include "when.h"

#define FILE_MAX    65536 /* bytes of a file of secrets */
#define HEADERS_MAX 64
#define READ_EVERY  60000 /* ms */

struct creds {
	struct creds_config cf;
	struct arena a;
	const char *list[HEADERS_MAX + 1];
	size_t n;
	int64_t read_at; /* ms, monotonic */
};

/* A file's text without blanks around it.  NULL with e set. */
static char *
read_text(struct arena *a, const char *path, struct err *e)
{
	struct buf b = { 0 };
	char *text = NULL;

	if (file_read(path, FILE_MAX, &b, e) == -1) {
		e->code = ST_CONFIG;
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

struct creds *
creds_new(const struct creds_config *cf, struct err *e)
{
	struct creds *c = calloc(1, sizeof(*c));

	if (c == NULL) {
		err_set(e, ST_RETRY, "out of memory");
		return NULL;
	}
	c->cf = *cf;
	c->read_at = when_mono_ms();
	if (read_all(c, e) == 0)
		return c;
	creds_free(c);
	return NULL;
}

void
creds_free(struct creds *c)
{
	if (c == NULL)
		return;
	arena_fini(&c->a);
	free(c);
}

const char *const *
creds_headers(struct creds *c)
{
	struct creds was = *c;
	int64_t now = when_mono_ms();
	struct err e;

	if (now - c->read_at < READ_EVERY)
		return c->list;
	c->a = (struct arena){ 0 };
	c->n = 0;
	c->read_at = now;
	if (read_all(c, &e) == 0) {
		arena_fini(&was.a);
		return c->list;
	}
	log_warn("credentials not read again", KV_S("reason", e.msg));
	arena_fini(&c->a);
	*c = was;
	c->read_at = now;
	return c->list;
}
