/* SPDX-License-Identifier: MIT */
#include "check.h"
#include "control.h"
#include "receipt.h"

#define WINDOW                                                               \
	"{\"@window\":{\"id\":\"x\",\"namespace\":\"m\",\"name\":\"n\","     \
	"\"uid\":\"u\",\"generation\":3,\"start\":\"2025-06-25T10:00:00Z\"," \
	"\"end\":\"2025-06-25T10:05:00Z\",\"again\":true,\"new\":[1],"       \
	"\"destinations\":[\"a\",\"b\"],\"to\":[\"b\"],"                     \
	"\"transform\":{\"valueColumn\":\"v\"}}}"

static struct arena a;

static enum control_kind
peek(const char *s, enum control_form form)
{
	return control_peek(s, strlen(s), form);
}

static void
kinds(void)
{
	CHECK(peek("{\"@window\":{}}", CONTROL_JSON) == CONTROL_WINDOW);
	CHECK(peek("{\"@end\":{}}", CONTROL_JSON) == CONTROL_END);
	CHECK(peek("{\"@condition\":{}}", CONTROL_JSON) == CONTROL_CONDITION);
	CHECK(peek("{\"@@end\":1}", CONTROL_JSON) == CONTROL_NONE);
	CHECK(peek("{\"@ended\":1}", CONTROL_JSON) == CONTROL_NONE);
	CHECK(peek("# @end {}", CONTROL_PROM) == CONTROL_END);
	CHECK(peek("# @ended {}", CONTROL_PROM) == CONTROL_NONE);
	CHECK(peek("# HELP x", CONTROL_PROM) == CONTROL_NONE);
	CHECK(peek("", CONTROL_PROM) == CONTROL_NONE);
}

static int
parses(const char *line)
{
	struct err e;

	return control_parse(&a, peek(line, CONTROL_JSON), line, strlen(line),
		   CONTROL_JSON, &e) != NULL;
}

static void
windows(struct window *w)
{
	struct buf b = { 0 };
	struct err e;
	struct json *j = control_parse(
	    &a, CONTROL_WINDOW, WINDOW, strlen(WINDOW), CONTROL_JSON, &e);

	CHECK(j != NULL && window_read(j, w, &e) == 0);
	CHECK(w->again && !w->late && w->generation == 3);
	CHECK_INT(w->end - w->start, 300 * WHEN_SEC);
	CHECK(window_is_for(w, "b") && window_is_for(w, NULL));
	CHECK(!window_is_for(w, "a"));
	control_write(&b, CONTROL_WINDOW, j, CONTROL_PROM);
	CHECK(strncmp(b.data, "# @window {\"id\":\"x\"", 18) == 0);
	CHECK(strstr(b.data, "\"new\":[1]") != NULL);
	buf_fini(&b);
	CHECK(!parses("{\"@end\":{},\"x\":1}"));
	CHECK(!parses("{\"@end\":[]}"));
	CHECK(!parses("{\"@end\":{}"));
	json_set(&a, j, "end", json_new_str(&a, "2025-06-25T09:00:00Z"));
	CHECK(window_read(j, w, &e) == -1);
	json_set(&a, j, "end", json_new_str(&a, "2025-06-25T10:05:00Z"));
	CHECK(window_read(j, w, &e) == 0);
}

static void
receipts(const struct window *w)
{
	struct receipt r = { .w = *w, .destination = "b", .samples = 7 }, back;
	struct buf b = { 0 }, long_text = { 0 };
	struct err e;

	r.status = RECEIPT_FAILED;
	r.time = w->end;
	for (int i = 0; i < 900; i++)
		buf_puts(&long_text, "\342\202\254\n");
	r.error = (struct end_error){ "promsend", "Http503",
		buf_str(&long_text), 0, 503, "kqlpipe;7" };
	receipt_write(&b, &r);
	CHECK(b.len <= RECEIPT_MAX && b.data[b.len - 1] == '\n');
	CHECK(strstr(b.data, "transform") == NULL);
	CHECK(strstr(b.data, "\"new\":[1]") != NULL);
	CHECK(receipt_read(&a, b.data, b.len, &back, &e) == 0);
	CHECK_STR(back.destination, "b");
	CHECK_STR(back.error.code, "Http503");
	CHECK_INT(strlen(back.error.message), 1024);
	CHECK_INT(back.error.http, 503);
	CHECK_STR(back.error.request_id, "kqlpipe;7");
	CHECK(back.status == RECEIPT_FAILED && back.samples == 7);
	CHECK(back.time == w->end && back.w.start == w->start);
	buf_reset(&b);
	for (int i = 0; i < 2000; i++)
		buf_puts(&b, "0123");
	json_set(
	    &a, (struct json *)r.w.tree, "huge", json_new_str(&a, buf_str(&b)));
	buf_reset(&b);
	receipt_write(&b, &r);
	CHECK(b.len <= RECEIPT_MAX);
	CHECK(receipt_read(&a, b.data, b.len, &back, &e) == 0);
	CHECK(window_is_for(&back.w, "a"));
	CHECK(receipt_read(&a, "{}", 2, &back, &e) == -1);
	buf_fini(&b);
	buf_fini(&long_text);
}

int
main(void)
{
	struct window w;

	kinds();
	windows(&w);
	receipts(&w);
	arena_fini(&a);
	return check_end("streams");
}
