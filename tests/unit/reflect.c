/* SPDX-License-Identifier: MIT */
#include "../../crdwatch/reflect.h"
#include "check.h"
#include "log.h"

#define OBJ(name, version)                                                     \
	"{\"kind\":\"MetricsExporter\",\"metadata\":{\"managedFields\""        \
	":[{\"a\":[{}]}],\"name\":\"" name "\",\"resourceVersion\":\"" version \
	"\"}}"
#define LIST(items, version, more)                                   \
	"{\"apiVersion\":\"adx-mon.azure.com/v1\",\"items\":[" items \
	"],\"kind\":\"L\",\"metadata\":{\"continue\":\"" more        \
	"\",\"resourceVersion\":\"" version "\"}}\n"
#define EVENT(type, object) "{\"type\":\"" type "\",\"object\":" object "}\n"
#define STATUS(code, reason)                                                \
	"{\"kind\":\"Status\",\"apiVersion\":\"v1\",\"status\":\"Failure\"" \
	",\"message\":\"why\",\"reason\":\"" reason "\",\"code\":" code "}"

/* What has been told, and what was asked last. */
static struct buf told, path;
static int64_t now = 1000;
static struct reflect r;

static void
put(void *ctx, int gone, struct json *o, const char *text, size_t n)
{
	(void)ctx;
	CHECK(strstr(text, "managedFields") == NULL);
	CHECK_INT((long long)strlen(text), (long long)n);
	buf_printf(&told, "%s%s ", gone ? "-" : "+",
	    json_get_str(json_get(o, "metadata"), "name", "?"));
}

static void
whole(void *ctx)
{
	(void)ctx;
	buf_puts(&told, "whole ");
}

static void
fresh(void)
{
	reflect_fini(&r);
	buf_reset(&told);
	r = (struct reflect){ .plural = "metricsexporters",
		.put = put,
		.whole = whole,
		.seed = 7 };
}

/* What the next request asks, behind the path, once it is due. */
static const char *
ask(void)
{
	const char *query;

	CHECK(!r.running);
	if (now < r.due)
		now = r.due;
	buf_reset(&path);
	reflect_ask(&r, &path, now);
	query = strchr(buf_str(&path), '?');
	return query != NULL ? query : "";
}

static void
end(enum kube_outcome outcome, int code, int64_t after)
{
	struct kube_reply a = { .status = { outcome, code, "", "why", 0 } };

	now += after;
	reflect_end(&r, &a, now);
}

/* Answer with a body, in pieces of n bytes. */
static void
answer(const char *body, size_t n, int64_t after)
{
	size_t len = strlen(body), at = 0;

	for (; at < len; at += n)
		if (reflect_feed(&r, body + at, len - at < n ? len - at : n))
			break;
	end(at < len ? KUBE_TROUBLE : KUBE_OK, at < len ? 0 : 200, after);
}

static void
listing(void)
{
	for (size_t n = 1; n < 400; n = n * 3 + 1) {
		fresh();
		CHECK_STR(ask(), "?limit=500");
		answer(
		    LIST(OBJ("a", "5") "," OBJ("b", "6"), "9", "x y"), n, 10);
		CHECK_STR(ask(), "?limit=500&continue=x%20y");
		CHECK(!r.listed);
		answer(LIST(OBJ("c", "7"), "9", ""), n, 10);
		CHECK(r.listed);
		CHECK(strncmp(ask(),
			  "?watch=1&resourceVersion=9&allowWatchBookmarks="
			  "true&timeoutSeconds=",
			  66) == 0);
		CHECK(r.seconds >= 300 && r.seconds < 600);
		answer(EVENT("MODIFIED", OBJ("a", "10")) EVENT("DELETED",
			   OBJ("b", "11")) EVENT("BOOKMARK", OBJ("", "12")),
		    n, 300000);
		CHECK_STR(buf_str(&told), "+a +b +c whole +a -b ");
		CHECK_INT(r.due, now);
		CHECK(strstr(ask(), "resourceVersion=12&") != NULL);
	}
}

/* One that has listed, and watches. */
static void
watching(void)
{
	fresh();
	ask();
	answer(LIST(OBJ("a", "5"), "9", ""), 1000, 10);
	ask();
	buf_reset(&told);
}

static void
forgotten(void)
{
	int64_t was;

	watching();
	/* As a status, and as an event behind others, after a good while. */
	end(KUBE_GONE, 410, 60000);
	CHECK_STR(ask(),
	    "?limit=500&resourceVersion=9&resourceVersionMatch=NotOlderThan");
	answer(LIST(OBJ("a", "5"), "20", ""), 1000, 10);
	ask();
	answer(EVENT("ADDED", OBJ("b", "21"))
		   EVENT("ERROR", STATUS("410", "Expired")),
	    1000, 60000);
	CHECK_INT(r.due, now);
	CHECK(strstr(ask(), "resourceVersion=21&") != NULL);
	/* In the middle of a list: in one piece. */
	answer(LIST(OBJ("a", "5"), "30", "m"), 1000, 10);
	CHECK(strstr(ask(), "continue=m") != NULL);
	end(KUBE_GONE, 410, 10);
	CHECK_STR(
	    ask(), "?resourceVersion=30&resourceVersionMatch=NotOlderThan");
	end(KUBE_TOO_NEW, 504, 10);
	CHECK_STR(ask(), "");
	answer(LIST(OBJ("a", "5"), "8", ""), 1000, 10);
	CHECK(strstr(ask(), "resourceVersion=8&") != NULL);
	/* Again and again, at once: no hot loop. */
	was = now;
	for (int i = 0; i < 5; i++) {
		answer(EVENT("ERROR", STATUS("410", "Gone")), 1000, 5);
		ask();
		answer(LIST("", "8", ""), 1000, 5);
		ask();
	}
	CHECK(now - was > 800 + 1600 + 3200 + 6400);
}

static void
patience(void)
{
	int64_t least = 800;

	watching();
	for (int i = 0; i < 10; i++) {
		end(i % 2 ? KUBE_BUSY : KUBE_TROUBLE, i % 2 ? 429 : 0, 3);
		CHECK(r.due - now >= least && r.due - now <= least * 11 / 10);
		least = least * 2 < 30000 ? least * 2 : 30000;
		CHECK(strstr(ask(), "watch=1&resourceVersion=9") != NULL);
	}
	/* One that works ends the waiting. */
	answer(EVENT("MODIFIED", OBJ("a", "10")), 1000, 5000);
	CHECK_INT(r.due, now);
	ask();
	/* A watch that breaks off after long is no failure. */
	end(KUBE_TROUBLE, 0, 70000);
	CHECK_INT(r.due, now);
	ask();
	/* One that ends at once is, however well. */
	answer("", 1, 5);
	CHECK(r.due - now >= 800);
	ask();
	answer("", 1, 5);
	CHECK(r.due - now >= 1600);
	ask();
	/* What is asked for is said to be wrong: slowly, and a list. */
	end(KUBE_DENIED, 403, 5);
	CHECK(r.due - now >= 30000 && r.last.code == 78);
	CHECK(strstr(ask(), "watch=1") != NULL);
	end(KUBE_NOT_FOUND, 404, 5);
	CHECK(r.due - now >= 30000);
	CHECK(strstr(ask(), "NotOlderThan") != NULL);
	end(KUBE_NOT_FOUND, 404, 5);
	CHECK(r.due - now >= 30000);
	CHECK_STR(buf_str(&told), "+a ");
}

/* A body that makes no sense: it is said, and nothing is concluded. */
static void
nonsense(const char *body, const char *words)
{
	watching();
	for (int watches = 1; watches >= 0; watches--) {
		buf_reset(&told);
		answer(body, 7, 5);
		CHECK(r.broken && r.due >= now + 800);
		CHECK(strstr(r.last.msg, words) != NULL);
		if (strstr(r.last.msg, words) == NULL)
			fprintf(stderr, "it says: %s\n", r.last.msg);
		CHECK_STR(buf_str(&told), "");
		ask();
		end(KUBE_GONE, 410, 5);
		ask();
	}
}

static void
garbage(void)
{
	struct buf b = { 0 };

	nonsense("<html>sign in</html>", "received \"<html>");
	nonsense(
	    "{\"type\":\"ADDED\",\"object\":{\"kind", "received \"{\"type");
	nonsense("[]", "not an object");
	nonsense("17 ", "not an object");
	nonsense("{\"a\":\xff\xfe}", "received");
	nonsense("{\"items\":[1],\"object\":1}", "");
	watching();
	answer(EVENT("SOME", OBJ("a", "1")), 100, 5);
	CHECK(strstr(r.last.msg, "type SOME") != NULL);
	ask();
	answer("{\"type\":\"ADDED\"}", 100, 5);
	CHECK(strstr(r.last.msg, "no event") != NULL);
	reflect_again(&r);
	ask();
	answer("{\"kind\":\"Welcome\"}", 100, 5);
	CHECK(strstr(r.last.msg, "no list of objects") != NULL);
	CHECK(strstr(buf_str(&told), "whole") == NULL);
	ask();
	/* An endless line, inside a text. */
	buf_puts(&b, "{\"items\":[{\"a\":\"");
	for (int i = 0; i < 50000; i++)
		buf_puts(&b,
		    "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
		    "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx");
	answer(b.data, 16384, 5);
	CHECK(strstr(r.last.msg, "over 4194304 bytes") != NULL);
	buf_fini(&b);
}

int
main(void)
{
	log_init("reflect", LV_ERROR, 0);
	listing();
	forgotten();
	patience();
	garbage();
	reflect_fini(&r);
	buf_fini(&told);
	buf_fini(&path);
	return check_end("reflect");
}
