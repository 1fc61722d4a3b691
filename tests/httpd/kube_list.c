/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "jsonw.h"
#include "kube_list.h"

/* Where a chunk begins, and of which revision it is. */
struct page {
	int64_t rev;
	const char *from; /* path */
	int64_t limit;    /* 0: all */
};

/* A token is opaque: revision and path in hexadecimal. */
static const char *
token(struct kube_ask *q, int64_t rev, const char *path)
{
	struct buf b = { 0 };
	const char *s;

	buf_printf(&b, "%016llx", (unsigned long long)rev);
	for (; *path != '\0'; path++)
		buf_printf(&b, "%02x", (unsigned char)*path);
	s = arena_strdup(&q->a, buf_str(&b));
	buf_fini(&b);
	return s;
}

static int
read_token(struct kube_ask *q, const char *text, struct page *p)
{
	size_t n = strlen(text);
	char *path = arena_alloc(&q->a, n), *at = path;
	unsigned byte;

	if (n < 16 || n % 2 != 0 || strspn(text, "0123456789abcdef") != n)
		return -1;
	p->rev = strtoll(arena_strndup(&q->a, text, 16), NULL, 16);
	for (text += 16; *text != '\0'; text += 2) {
		sscanf(text, "%2x", &byte);
		*at++ = (char)byte;
	}
	*at = '\0';
	p->from = path;
	return 0;
}

/* What was compacted cannot be gone on with; a new token leaves the snapshot.
 */
static void
expire(struct kube_set *s, struct kube_ask *q, const struct page *p)
{
	const char *meta;
	struct buf b = { 0 };

	kube_ask_fail(q, 410, NULL,
	    "The provided continue parameter is too old to display a "
	    "consistent list result. You can start a new list without the "
	    "continue parameter, or use the continue token in this response "
	    "to retrieve the remainder of the results.");
	meta = strstr(buf_str(&q->answer), "\"metadata\":{}");
	buf_add(&b, q->answer.data, (size_t)(meta - q->answer.data));
	buf_printf(&b, "\"metadata\":{\"continue\":\"%s\"}%s",
	    token(q, kube_set_rev(s), p->from),
	    meta + strlen("\"metadata\":{}"));
	buf_fini(&q->answer);
	q->answer = b;
}

/* Returns -1 after answering what is wrong with it. */
static int
read_page(struct kube_set *s, struct kube_ask *q, struct page *p)
{
	const char *more = kube_ask_arg(q, "continue", "");
	const char *rev = kube_ask_arg(q, "resourceVersion", "");
	const char *match = kube_ask_arg(q, "resourceVersionMatch", "");
	int64_t want = strtoll(rev, NULL, 10);

	*p = (struct page){ kube_set_rev(s), "", 0 };
	p->limit = strtoll(kube_ask_arg(q, "limit", "0"), NULL, 10);
	if (*more != '\0') {
		if (*rev != '\0' || read_token(q, more, p) == -1)
			kube_ask_fail(q, 400, NULL, "%s",
			    *rev != '\0' ? "specifying resource version is not "
					   "allowed when using continue"
					 : "invalid continue token: "
					   "continue key is not valid");
		else if (p->rev < s->compacted)
			expire(s, q, p);
		else
			return 0;
		return -1;
	}
	if (*match != '\0' && *rev == '\0') {
		kube_ask_fail(q, 422, NULL,
		    "ListOptions.meta.k8s.io \"\" is invalid: "
		    "resourceVersionMatch: Forbidden: resourceVersionMatch is "
		    "forbidden unless resourceVersion is provided");
		return -1;
	}
	if (want > p->rev) {
		kube_ask_fail(q, 504, "ResourceVersionTooLarge",
		    "Timeout: Too large resource version: %lld, current: %lld",
		    (long long)want, (long long)p->rev);
		return -1;
	}
	return 0;
}

int
kube_wants(const struct kube_ask *q, const struct kube_version *v)
{
	static const char by_name[] = "metadata.name=";
	const char *field = kube_ask_arg(q, "fieldSelector", "");
	const char *path = v->object->path, *slash = strchr(path, '/');
	size_t n = (size_t)(slash - path);

	if (v->object->kind != q->kind)
		return 0;
	if (q->namespace != NULL &&
	    (strlen(q->namespace) != n || strncmp(q->namespace, path, n) != 0))
		return 0;
	return strncmp(field, by_name, strlen(by_name)) != 0 ||
	    strcmp(field + strlen(by_name), slash + 1) == 0;
}

static void
head(struct kube_ask *q)
{
	const struct kube_kind *k = q->kind;

	buf_printf(&q->answer, "{\"apiVersion\":\"%s%s%s\",\"items\":[",
	    k->group, k->group[0] != '\0' ? "/" : "", k->version);
}

static void
tail(struct kube_ask *q, const struct page *p, const char *more, int64_t left)
{
	struct jsonw w = { .b = &q->answer };

	buf_printf(
	    &q->answer, "],\"kind\":\"%sList\",\"metadata\":", q->kind->kind);
	jsonw_object(&w, NULL);
	jsonw_str(&w, "continue", more);
	if (left > 0)
		jsonw_int(&w, "remainingItemCount", left);
	jsonw_str(&w, "resourceVersion",
	    arena_printf(&q->a, "%lld", (long long)p->rev));
	jsonw_end_object(&w);
	buf_puts(&q->answer, "}\n");
}

void
kube_list(struct kube_set *s, struct kube_ask *q)
{
	const char *more = "";
	int64_t n = 0, left = 0;
	struct page p;

	if (read_page(s, q, &p) == -1)
		return;
	q->status = 200;
	head(q);
	for (size_t i = kube_set_from(s, q->kind, p.from); i < s->n; i++) {
		const struct kube_version *v = kube_set_at(s->v[i], p.rev);

		if (v == NULL || !kube_wants(q, v))
			continue;
		if (p.limit > 0 && n >= p.limit) {
			if (left++ == 0)
				more = token(q, p.rev, s->v[i]->path);
			continue;
		}
		if (n++ > 0)
			buf_putc(&q->answer, ',');
		buf_add(&q->answer, v->text, v->len);
	}
	tail(q, &p, more, left);
}

void
kube_get(struct kube_set *s, struct kube_ask *q)
{
	const struct kube_object *o = NULL;

	if (q->namespace != NULL)
		o = kube_set_get(s, q->kind, kube_ask_object(q));
	if (o == NULL) {
		kube_ask_fail(q, 404, NULL, "%s \"%s\" not found",
		    kube_ask_resource(q), q->name);
		return;
	}
	q->status = 200;
	buf_add(&q->answer, o->now->text, o->now->len);
	buf_putc(&q->answer, '\n');
}
