/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>
#include <yajl/yajl_parse.h>

#include "json.h"
#include "mem.h"
#include "status.h"

#define DEPTH_MAX 128 /* of a tree; deeper input is refused, not recursed */

/* The stream: yajl's callbacks with our names and a "go on" of 0. */
struct json_stream {
	yajl_handle yajl;
	const struct json_events *ev;
	void *ctx;
};

#define CALL(f, ...) (s->ev->f == NULL || s->ev->f(s->ctx, ##__VA_ARGS__) == 0)

static int
on_null(void *ctx)
{
	struct json_stream *s = ctx;

	return CALL(null);
}

static int
on_boolean(void *ctx, int v)
{
	struct json_stream *s = ctx;

	return CALL(boolean, v);
}

static int
on_number(void *ctx, const char *text, size_t n)
{
	struct json_stream *s = ctx;

	return CALL(number, text, n);
}

static int
on_string(void *ctx, const unsigned char *text, size_t n)
{
	struct json_stream *s = ctx;

	return CALL(string, (const char *)text, n);
}

static int
on_key(void *ctx, const unsigned char *text, size_t n)
{
	struct json_stream *s = ctx;

	return CALL(key, (const char *)text, n);
}

static int
on_start_map(void *ctx)
{
	struct json_stream *s = ctx;

	return CALL(start_object);
}

static int
on_end_map(void *ctx)
{
	struct json_stream *s = ctx;

	return CALL(end_object);
}

static int
on_start_array(void *ctx)
{
	struct json_stream *s = ctx;

	return CALL(start_array);
}

static int
on_end_array(void *ctx)
{
	struct json_stream *s = ctx;

	return CALL(end_array);
}

static const yajl_callbacks callbacks = {
	.yajl_null = on_null,
	.yajl_boolean = on_boolean,
	.yajl_number = on_number,
	.yajl_string = on_string,
	.yajl_map_key = on_key,
	.yajl_start_map = on_start_map,
	.yajl_end_map = on_end_map,
	.yajl_start_array = on_start_array,
	.yajl_end_array = on_end_array,
};

/* yajl does not look whether it got what it asked for. */
static void *
need(void *ctx, size_t n)
{
	(void)ctx;
	return mem_need(malloc(n));
}

static void *
need_more(void *ctx, void *p, size_t n)
{
	(void)ctx;
	return mem_need(realloc(p, n));
}

static void
give_back(void *ctx, void *p)
{
	(void)ctx;
	free(p);
}

static void
start(struct json_stream *s)
{
	yajl_alloc_funcs memory = { need, need_more, give_back, NULL };

	s->yajl = mem_need(yajl_alloc(&callbacks, &memory, s));
	yajl_config(s->yajl, yajl_allow_multiple_values, 1);
}

struct json_stream *
json_stream_new(const struct json_events *ev, void *ctx)
{
	struct json_stream *s = mem_new(1, sizeof(*s));

	*s = (struct json_stream){ .ev = ev, .ctx = ctx };
	start(s);
	return s;
}

/* yajl's own words, without its prefix and newline. */
static int
bad_json(struct json_stream *s, const char *text, size_t n, struct err *e)
{
	const unsigned char *bytes = (const unsigned char *)text;
	unsigned char *why = yajl_get_error(s->yajl, 0, bytes, n);
	const char *msg = why != NULL ? (const char *)why : "out of memory";
	const char *colon = strstr(msg, "error: ");

	if (colon != NULL)
		msg = colon + strlen("error: ");
	err_set(e, ST_DATA, "bad JSON at byte %zu: %.*s",
	    yajl_get_bytes_consumed(s->yajl), (int)strcspn(msg, "\n"), msg);
	if (why != NULL)
		yajl_free_error(s->yajl, why);
	return -1;
}

int
json_stream_feed(
    struct json_stream *s, const char *text, size_t n, struct err *e)
{
	yajl_status st;

	if (n == 0)
		return 0;
	st = yajl_parse(s->yajl, (const unsigned char *)text, n);
	if (st == yajl_status_ok)
		return 0;
	if (st == yajl_status_client_canceled)
		return -1;
	return bad_json(s, text, n, e);
}

int
json_stream_end(struct json_stream *s, struct err *e)
{
	yajl_status st = yajl_complete_parse(s->yajl);
	int ret = 0;

	if (st == yajl_status_client_canceled)
		ret = -1;
	else if (st != yajl_status_ok)
		ret = bad_json(s, NULL, 0, e);
	yajl_free(s->yajl);
	start(s);
	return ret;
}

void
json_stream_free(struct json_stream *s)
{
	if (s == NULL)
		return;
	yajl_free(s->yajl);
	free(s);
}

/* The tree is built from the same events. */
struct builder {
	struct arena *a;
	struct json *stack[DEPTH_MAX];
	int depth;
	struct json *root;
	const char *key;
	int cut; /* of key */
	struct err *e;
};

static int
put(struct builder *b, struct json *v)
{
	if (b->depth == 0) {
		if (b->root != NULL)
			return err_set(
			    b->e, ST_DATA, "more than one JSON value");
		b->root = v;
		return 0;
	}
	v->key = b->key;
	v->cut = b->cut != 0;
	b->key = NULL;
	b->cut = 0;
	json_push(b->stack[b->depth - 1], v);
	return 0;
}

static int
put_text(struct builder *b, enum json_type type, const char *s, size_t n)
{
	struct json *v = json_new(b->a, type);

	v->str = arena_strndup(b->a, s, n);
	v->len = n;
	return put(b, v);
}

static int
put_open(struct builder *b, enum json_type type)
{
	struct json *v = json_new(b->a, type);

	if (b->depth == DEPTH_MAX)
		return err_set(b->e, ST_DATA,
		    "JSON nested deeper than %d levels", DEPTH_MAX);
	if (put(b, v) == -1)
		return -1;
	b->stack[b->depth++] = v;
	return 0;
}

static int
tree_null(void *ctx)
{
	struct builder *b = ctx;

	return put(b, json_new(b->a, JSON_NULL));
}

static int
tree_boolean(void *ctx, int v)
{
	struct builder *b = ctx;

	return put(b, json_new_bool(b->a, v));
}

static int
tree_number(void *ctx, const char *text, size_t n)
{
	return put_text(ctx, JSON_NUMBER, text, n);
}

static int
tree_string(void *ctx, const char *s, size_t n)
{
	return put_text(ctx, JSON_STRING, s, n);
}

static int
tree_key(void *ctx, const char *s, size_t n)
{
	struct builder *b = ctx;

	b->key = arena_strndup(b->a, s, n);
	b->cut = memchr(s, '\0', n) != NULL;
	return 0;
}

static int
tree_object(void *ctx)
{
	return put_open(ctx, JSON_OBJECT);
}

static int
tree_array(void *ctx)
{
	return put_open(ctx, JSON_ARRAY);
}

static int
tree_close(void *ctx)
{
	struct builder *b = ctx;

	b->depth--;
	return 0;
}

static const struct json_events tree_events = {
	.null = tree_null,
	.boolean = tree_boolean,
	.number = tree_number,
	.string = tree_string,
	.key = tree_key,
	.start_object = tree_object,
	.end_object = tree_close,
	.start_array = tree_array,
	.end_array = tree_close,
};

struct json *
json_parse(struct arena *a, const char *text, size_t n, struct err *e)
{
	struct builder b = { .a = a, .e = e };
	struct json_stream *s = json_stream_new(&tree_events, &b);
	int bad = json_stream_feed(s, text, n, e);

	if (bad == 0)
		bad = json_stream_end(s, e);
	json_stream_free(s);
	if (bad == 0 && b.root == NULL)
		bad = err_set(e, ST_DATA, "no JSON value");
	return bad == 0 ? b.root : NULL;
}
