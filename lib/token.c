/* SPDX-License-Identifier: MIT */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "file.h"
#include "log.h"
#include "mem.h"
#include "status.h"
#include "token.h"
#include "when.h"

#define FILE_MAX   65536 /* bytes of a file with a token */
#define READ_EVERY 60000 /* ms */

struct tokens {
	struct tokens_config cf;
	struct buf now;  /* the token */
	int64_t read_at; /* monotonic ms; 0: never */
};

/* A token goes into a header: it has no blanks and nothing that ends one. */
static int
is_token(const struct buf *b)
{
	for (size_t i = 0; i < b->len; i++)
		if (!isgraph((unsigned char)b->data[i]))
			return 0;
	return b->len > 0;
}

/* Read the token again.  Returns 1 if it is another one, 0, or -1 with e. */
static int
read_again(struct tokens *t, struct err *e)
{
	struct buf b = { 0 };
	int changed;

	t->read_at = when_mono_ms();
	if (t->cf.file == NULL) {
		buf_puts(&b, t->cf.secret);
	} else if (file_read(t->cf.file, FILE_MAX, &b, e) == -1) {
		e->code = ST_CONFIG;
		buf_fini(&b);
		return -1;
	}
	while (b.len > 0 && isspace((unsigned char)b.data[b.len - 1]))
		b.data[--b.len] = '\0';
	if (!is_token(&b)) {
		buf_fini(&b);
		return err_set(e, ST_CONFIG, "%s: not one token",
		    t->cf.file != NULL ? t->cf.file : "the environment");
	}
	changed = strcmp(buf_str(&b), buf_str(&t->now)) != 0;
	buf_fini(&t->now);
	t->now = b;
	return changed;
}

struct tokens *
tokens_new(const struct tokens_config *cf, struct err *e)
{
	struct tokens *t;

	e->code = 0;
	if (cf->file == NULL && cf->secret == NULL)
		return NULL;
	t = mem_new(1, sizeof(*t));
	t->cf = *cf;
	if (read_again(t, e) != -1)
		return t;
	tokens_free(t);
	return NULL;
}

void
tokens_free(struct tokens *t)
{
	if (t == NULL)
		return;
	buf_fini(&t->now);
	free(t);
}

const char *
tokens_get(struct tokens *t, const char *audience, struct err *e)
{
	(void)audience; /* a token that was given is for whatever asks */
	if (when_mono_ms() - t->read_at < READ_EVERY)
		return buf_str(&t->now);
	if (read_again(t, e) == -1 && t->now.len == 0)
		return NULL;
	return buf_str(&t->now);
}

int
tokens_refused(struct tokens *t, const char *audience)
{
	struct err e;
	int changed = read_again(t, &e);

	if (changed == -1)
		log_warn("token not read again", KV_S("audience", audience),
		    KV_S("reason", e.msg));
	return changed == 1;
}
