/* SPDX-License-Identifier: MIT */
#include "check.h"
#include "json.h"
#include "jsonw.h"

static struct arena a;

/* JSON text through the tree and back, or the error. */
static const char *
pass(const char *text)
{
	static struct buf b;
	struct err e;
	struct json *j = json_parse(&a, text, strlen(text), &e);

	buf_reset(&b);
	if (j == NULL)
		buf_puts(&b, e.msg);
	else
		json_write(&b, j);
	return buf_str(&b);
}

static void
tree(void)
{
	char deep[600];

	CHECK_STR(pass(" {\"a\":[1,2.50,-0,1e400,null,true],\"b\":{}} "),
	    "{\"a\":[1,2.50,-0,1e400,null,true],\"b\":{}}");
	CHECK_STR(pass("9223372036854775807"), "9223372036854775807");
	CHECK_STR(pass("\"\\u00e9\\n\\\"\\u0001\\/\""),
	    "\"\303\251\\n\\\"\\u0001/\"");
	CHECK(strstr(pass("{\"a\":1"), "bad JSON") != NULL);
	CHECK(strstr(pass("{\"a\":1} x"), "bad JSON") != NULL);
	CHECK(strstr(pass("\"\377\""), "bad JSON") != NULL);
	CHECK_STR(pass("1 2"), "more than one JSON value");
	CHECK_STR(pass("  "), "bad JSON at byte 1: premature EOF");
	memset(deep, '[', sizeof(deep));
	deep[sizeof(deep) - 1] = '\0';
	CHECK_STR(pass(deep), "JSON nested deeper than 128 levels");
}

static void
edits(void)
{
	static const char text[] = "{\"a\":1,\"b\":\"x\",\"c\":true}";
	struct err e;
	struct json *j = json_parse(&a, text, strlen(text), &e);
	struct buf b = { 0 };

	json_set(&a, j, "b", json_new_int(&a, -5));
	json_set(&a, j, "d", json_new_str(&a, "new"));
	json_del(j, "a");
	json_write(&b, j);
	CHECK_STR(buf_str(&b), "{\"b\":-5,\"c\":true,\"d\":\"new\"}");
	json_del(j, "d");
	json_set(&a, j, "e", json_new(&a, JSON_NULL));
	buf_reset(&b);
	json_write(&b, j);
	CHECK_STR(buf_str(&b), "{\"b\":-5,\"c\":true,\"e\":null}");
	CHECK_INT(json_get_int(j, "b", 0), -5);
	CHECK(json_get_bool(j, "c", 0));
	CHECK_STR(json_get_str(j, "c", "none"), "none");
	CHECK_INT(json_count(j), 3);
	buf_fini(&b);
}

static void
writer(void)
{
	struct buf b = { 0 };
	struct jsonw w = { .b = &b };

	jsonw_object(&w, NULL);
	jsonw_array(&w, "a");
	jsonw_int(&w, NULL, 1);
	jsonw_object(&w, NULL);
	jsonw_end_object(&w);
	jsonw_end_array(&w);
	jsonw_bool(&w, "b", 0);
	jsonw_end_object(&w);
	CHECK_STR(buf_str(&b), "{\"a\":[1,{}],\"b\":false}");
	buf_fini(&b);
}

static int
count_number(void *ctx, const char *text, size_t n)
{
	(void)text;
	*(size_t *)ctx += n;
	return 0;
}

/* Values may come one byte at a time and one after the other. */
static void
stream(void)
{
	static const struct json_events ev = { .number = count_number };
	static const char text[] = "[1,22]\n{\"a\":333} 4444";
	size_t sum = 0;
	struct json_stream *s = json_stream_new(&ev, &sum);
	struct err e;
	int bad = 0;

	for (size_t i = 0; i < sizeof(text) - 1; i++)
		bad |= json_stream_feed(s, text + i, 1, &e);
	CHECK_INT(bad, 0);
	CHECK_INT(json_stream_end(s, &e), 0);
	CHECK_INT(sum, 10);
	CHECK_INT(json_stream_feed(s, "[1,", 3, &e), 0);
	CHECK_INT(json_stream_end(s, &e), -1);
	CHECK_INT(json_stream_feed(s, "]", 1, &e), -1);
	json_stream_free(s);
}

int
main(void)
{
	tree();
	edits();
	writer();
	stream();
	arena_fini(&a);
	return check_end("formats");
}
