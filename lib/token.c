/* SPDX-License-Identifier: MIT */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "backoff.h"
#include "buf.h"
#include "child.h"
#include "entra.h"
#include "file.h"
#include "io.h"
#include "log.h"
#include "mem.h"
#include "status.h"
#include "token.h"
#include "when.h"

#define FILE_MAX   65536 /* bytes of a file with a token */
#define READ_EVERY 60000 /* ms */

/* Of Entra's tokens; ms, but for the first. */
#define ASK_LIMIT    120 /* s that all sources may take together */
#define EARLY        300000
#define LONG_LIFE    7200000 /* these are replaced at half of it */
#define AGAIN_MIN    1000    /* after a failure */
#define AGAIN_MAX    60000
#define REFUSE_EVERY 60000 /* between two tokens dropped for a 401 */

/* The token for one resource; the same for all who ask for it. */
struct held {
	struct held *next;
	char *resource, *authority; /* authority may be NULL */
	struct child child;         /* asks for one */
	struct buf token;
	int64_t expires, refresh; /* monotonic ms */
	int64_t not_before;       /* no question earlier */
	int64_t failures;         /* in a row */
	int64_t refused_at;       /* when one was last dropped; 0: never */
	struct err e;             /* of the last question */
};

struct tokens {
	struct tokens_config cf;
	struct buf now;  /* the token that was given */
	int64_t read_at; /* monotonic ms; 0: not since it may be another */
	struct held *held;
	int source; /* of Entra's that has given one: no other is asked */
	int epoll;
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

static void
drop(struct buf *b)
{
	if (b->data != NULL)
		explicit_bzero(b->data, b->cap);
	buf_fini(b);
}

/* Read the token that was given again.  Returns -1 with e, the old kept. */
static int
read_again(struct tokens *t, struct err *e)
{
	struct buf b = { 0 };

	t->read_at = when_mono_ms();
	if (t->cf.file == NULL) {
		buf_puts(&b, t->cf.secret);
	} else if (file_read(t->cf.file, FILE_MAX, &b, e) == -1) {
		err_config(e);
		drop(&b);
		return -1;
	}
	while (b.len > 0 && isspace((unsigned char)b.data[b.len - 1]))
		b.data[--b.len] = '\0';
	if (!is_token(&b)) {
		drop(&b);
		return err_set(e, ST_CONFIG, "%s: not one token",
		    t->cf.file != NULL ? t->cf.file : "the environment");
	}
	drop(&t->now);
	t->now = b;
	return 0;
}

struct tokens *
tokens_new(const struct tokens_config *cf, struct err *e)
{
	struct tokens *t = mem_new(1, sizeof(*t));

	t->cf = *cf;
	t->epoll = -1;
	if (tokens_given(t)) {
		if (read_again(t, e) == 0)
			return t;
	} else {
		if ((t->epoll = epoll_create1(EPOLL_CLOEXEC)) != -1)
			return t;
		err_sys(e, ST_RETRY, "epoll");
	}
	tokens_free(t);
	return NULL;
}

void
tokens_free(struct tokens *t)
{
	struct held *h;

	if (t == NULL)
		return;
	while ((h = t->held) != NULL) {
		t->held = h->next;
		child_fini(&h->child);
		drop(&h->token);
		free(h->resource);
		free(h->authority);
		free(h);
	}
	if (t->epoll != -1)
		close(t->epoll);
	drop(&t->now);
	free(t);
}

int
tokens_given(const struct tokens *t)
{
	return t->cf.file != NULL || t->cf.secret != NULL;
}

int
tokens_fd(const struct tokens *t)
{
	return t->epoll;
}

static int
same(const char *a, const char *b)
{
	return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

static struct held *
find(struct tokens *t, const struct token_for *what)
{
	struct held *h = t->held;

	while (h != NULL &&
	    (!same(h->resource, what->resource) ||
		!same(h->authority, what->authority)))
		h = h->next;
	if (h != NULL)
		return h;
	h = mem_new(1, sizeof(*h));
	h->resource = mem_str(what->resource);
	h->authority =
	    what->authority != NULL ? mem_str(what->authority) : NULL;
	h->next = t->held;
	return t->held = h;
}

/* In the process of its own. */
static void
ask(void *ctx, int fd)
{
	struct entra_answer *answer = mem_new(1, sizeof(*answer));
	struct err ignored;

	entra_get(ctx, answer);
	io_write(fd, (const char *)answer, sizeof(*answer), &ignored);
	free(answer);
}

static void
failed(struct held *h)
{
	log_warn(
	    "no token", KV_S("resource", h->resource), KV_S("error", h->e.msg));
	h->not_before = when_mono_ms() +
	    backoff_ms(AGAIN_MIN, AGAIN_MAX, ++h->failures, (uint64_t)getpid());
}

/* tokens_fd is readable from now on when the process has written. */
static void
watch(struct tokens *t, struct held *h)
{
	struct epoll_event ev = { .events = EPOLLIN };

	if (epoll_ctl(t->epoll, EPOLL_CTL_ADD, h->child.fd, &ev) == 0)
		return;
	err_sys(&h->e, ST_RETRY, "epoll");
	child_fini(&h->child);
	failed(h);
}

static void
start(struct tokens *t, struct held *h)
{
	struct entra_ask what = { .resource = h->resource,
		.authority = h->authority,
		.user_agent = t->cf.user_agent,
		.only = t->source };

	child_fini(&h->child);
	if (child_start(&h->child, ask, &what, ASK_LIMIT, &h->e) == -1)
		failed(h);
	else
		watch(t, h);
}

/* When to replace a token that holds for so long. */
static int64_t
refresh_after(const struct entra_answer *a)
{
	if (a->refresh_ms > 0)
		return a->refresh_ms;
	if (a->life_ms > LONG_LIFE || a->life_ms < 2 * EARLY)
		return a->life_ms / 2;
	return a->life_ms - EARLY;
}

static void
keep(struct tokens *t, struct held *h, const struct entra_answer *a)
{
	int64_t now = when_mono_ms();

	t->source = a->source;
	h->failures = 0;
	h->expires = now + a->life_ms;
	h->refresh = now + refresh_after(a);
	h->not_before = now + AGAIN_MIN;
	drop(&h->token);
	buf_puts(&h->token, a->token);
	log_info("token", KV_S("resource", h->resource),
	    KV_S("source", entra_source_name(a->source)),
	    KV_I("expires_s", a->life_ms / 1000));
}

/* The process has said what there is. */
static void
take(struct tokens *t, struct held *h)
{
	const struct entra_answer *a = (const void *)h->child.got.data;

	if (h->child.got.len != sizeof(*a))
		err_set(&h->e, ST_RETRY, "the process that asks said nothing");
	else if (a->code != 0)
		err_set(
		    &h->e, a->code, "no token for %s: %s", h->resource, a->msg);
	else
		keep(t, h, a);
	if (h->child.got.len != sizeof(*a) || a->code != 0)
		failed(h);
	child_fini(&h->child);
}

/* Read of a process.  It leaves the epoll first: others that were forked may
 * still hold the pipe once it is closed here. */
static void
read_child(struct tokens *t, struct held *h)
{
	int more;

	epoll_ctl(t->epoll, EPOLL_CTL_DEL, h->child.fd, NULL);
	if ((more = child_read(&h->child, &h->e)) == 1) {
		watch(t, h);
	} else if (more == 0) {
		take(t, h);
	} else {
		err_wrap(&h->e, "no token for %s", h->resource);
		failed(h);
	}
}

void
tokens_read(struct tokens *t)
{
	for (struct held *h = t->held; h != NULL; h = h->next)
		if (h->child.pid != 0)
			read_child(t, h);
}

/* One of Entra's. */
static const char *
get(struct tokens *t, struct held *h, struct err *e)
{
	int64_t now = when_mono_ms();

	if (h->child.pid == 0 && now >= h->not_before && now >= h->refresh)
		start(t, h);
	if (h->token.len > 0 && now < h->expires)
		return h->token.data;
	*e = h->e;
	if (h->child.pid != 0)
		e->code = 0;
	return NULL;
}

void
tokens_again(struct tokens *t)
{
	t->read_at = 0;
	for (struct held *h = t->held; h != NULL; h = h->next)
		h->refresh = h->not_before = 0;
}

const char *
tokens_get(struct tokens *t, const struct token_for *what, struct err *e)
{
	if (!tokens_given(t))
		return get(t, find(t, what), e);
	if (t->read_at != 0 && when_mono_ms() - t->read_at < READ_EVERY)
		return buf_str(&t->now);
	if (read_again(t, e) == -1 && t->now.len == 0)
		return NULL;
	return buf_str(&t->now);
}

/* One that was given: look whether it has been replaced. */
static int
given_refused(struct tokens *t, const char *token)
{
	struct err e;

	if (read_again(t, &e) == -1)
		log_warn("token not read again", KV_S("reason", e.msg));
	return strcmp(buf_str(&t->now), token) != 0;
}

int
tokens_refused(
    struct tokens *t, const struct token_for *what, const char *token)
{
	int64_t now = when_mono_ms();
	struct held *h;

	if (tokens_given(t))
		return given_refused(t, token);
	h = find(t, what);
	if (strcmp(buf_str(&h->token), token) != 0)
		return 1;
	if (h->refused_at != 0 && now - h->refused_at < REFUSE_EVERY)
		return 0;
	h->refused_at = now;
	h->expires = h->refresh = h->not_before = 0;
	drop(&h->token);
	return 1;
}
