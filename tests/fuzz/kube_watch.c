/* SPDX-License-Identifier: MIT */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "../../crdwatch/object.h"
#include "../../crdwatch/reflect.h"
#include "../../crdwatch/rule.h"
#include "log.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static struct store store;
static struct arena scratch;

/* An object that came through is one that the tools can read. */
static void
put(void *ctx, int gone, struct json *o, const char *text, size_t n)
{
	const struct judge any = { 0 };
	struct doc *d = store_doc(&store), *rule = store_doc(&store);
	struct arena a = { 0 };
	struct err e;

	(void)ctx, (void)gone;
	assert(json_parse(&a, text, n, &e) != NULL);
	assert(strlen(text) == n && n <= 2 * ITEMS_MAX);
	arena_fini(&a);
	arena_reset(&scratch);
	rule_take(&scratch, o, NULL, rule, &e);
	object_take(&scratch, o, NULL, &any, d, &e);
	store_release(rule);
	store_release(d);
}

static void
whole(void *ctx)
{
	const struct reflect *r = ctx;

	/* Only a list can be, and one that says what it is of. */
	assert(!r->watches && r->version.len > 0);
}

/* Answer the request that is due with the bytes, in pieces of n. */
static void
answer(struct reflect *r, const char *p, size_t len, size_t n)
{
	struct kube_reply good = { .status = { KUBE_OK, 200, "", "OK", 0 } };
	struct kube_reply bad = { .status = { KUBE_TROUBLE, 0, "", "cut", 0 } };
	int64_t now = r->due;
	struct buf path = { 0 };
	size_t at = 0;

	reflect_ask(r, &path, now);
	assert(strpbrk(buf_str(&path), " \t\r\n") == NULL);
	for (; at < len; at += n)
		if (reflect_feed(r, p + at, len - at < n ? len - at : n))
			break;
	reflect_end(r, at < len ? &bad : &good, now + 5);
	assert(!r->running && r->due >= now);
	assert(!r->broken || r->last.msg[0] != '\0');
	assert(!r->broken || r->due > now + 5);
	buf_fini(&path);
}

/*
 * The first byte says in pieces of how many bytes the rest comes: an answer to
 * a list, and to the watch behind it.
 */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char list[] =
	    "{\"items\":[],\"metadata\":{\"resourceVersion\":\"1\"}}";
	struct reflect r = { .plural = "metricsexporters",
		.put = put,
		.whole = whole,
		.ctx = &r,
		.seed = 3 };

	if (size < 1 || size > 65536)
		return 0;
	log_init("fuzz", LV_ERROR, 0);
	answer(&r, (const char *)data + 1, size - 1, (size_t)data[0] + 1);
	reflect_again(&r);
	answer(&r, list, sizeof(list) - 1, 7);
	assert(r.watches && r.listed);
	answer(&r, (const char *)data + 1, size - 1, (size_t)data[0] + 1);
	reflect_fini(&r);
	store_fini(&store);
	store = (struct store){ 0 };
	arena_fini(&scratch);
	return 0;
}
