/* SPDX-License-Identifier: MIT */
#include <stdlib.h>

#include "check.h"
#include "owed.h"

/*
 * Receipts in, status out.  Times are minutes of one hour; a status reads as
 * one line: "L05 a@05#1 late:b@00-05#1".
 */
static struct arena a;
static struct owed o;
static int clock_s; /* seconds of the time that a receipt carries */

static ticks
minute(int m)
{
	ticks t;

	when_parse("2025-06-25T10:00:00Z", 20, &t);
	return t + m * 60 * WHEN_SEC;
}

static int
to_minute(ticks t)
{
	return (int)((t - minute(0)) / (60 * WHEN_SEC));
}

static struct json *
names(const char *list)
{
	struct json *j = json_new(&a, JSON_ARRAY);
	char *copy = arena_strdup(&a, list), *rest = copy, *s;

	while ((s = strsep(&rest, ",")) != NULL)
		json_push(j, json_new_str(&a, s));
	return j;
}

static struct receipt
receipt(const char *dest, int start, int end, enum receipt_status status)
{
	struct receipt r = { .destination = dest, .status = status };

	r.w.start = minute(start);
	r.w.end = minute(end);
	r.w.uid = "";
	r.w.generation = 1;
	r.w.destinations = names("a,b");
	r.time = minute(30) + clock_s++ * WHEN_SEC;
	return r;
}

static enum owed_effect
ok(const char *dest, int start, int end)
{
	struct receipt r = receipt(dest, start, end, RECEIPT_DELIVERED);

	return owed_apply(&o, &r);
}

static enum owed_effect
fail(const char *dest, int start, int end, const char *code)
{
	struct receipt r = receipt(dest, start, end, RECEIPT_FAILED);

	r.error = (struct end_error){
		.stage = "promsend", .code = code, .message = "no"
	};
	return owed_apply(&o, &r);
}

static enum owed_effect
late(const char *dest, int start, int end, enum receipt_status status)
{
	struct receipt r = receipt(dest, start, end, status);

	r.w.late = 1;
	if (status == RECEIPT_FAILED)
		r.error = (struct end_error){
			.stage = "promsend", .code = "Http503", .message = "no"
		};
	return owed_apply(&o, &r);
}

/* The status as it is written, in short. */
static const char *
shown(void)
{
	struct json *s = json_new(&a, JSON_OBJECT), *j;
	struct buf b = { 0 };
	const char *out;
	ticks t;

	owed_write(&a, &o, s, 100);
	out = json_get_str(s, "lastSuccessfulExecution", "");
	when_parse(out, strlen(out), &t);
	buf_printf(&b, "L%02d", to_minute(t));
	for (j = json_get(s, "backlog")->child; j != NULL; j = j->next) {
		int is_late = json_get_bool(j, "late", 0);

		buf_puts(&b, is_late ? " late:" : " ");
		for (struct json *d = json_get(j, "destinations")->child;
		     d != NULL; d = d->next)
			buf_puts(&b, d->str);
		out = json_get_str(j, "startTime", "");
		when_parse(out, strlen(out), &t);
		buf_printf(&b, "@%02d", to_minute(t));
		out = json_get_str(j, "endTime", "");
		when_parse(out, strlen(out), &t);
		if (is_late)
			buf_printf(&b, "-%02d", to_minute(t));
		buf_printf(&b, "#%d", (int)json_get_int(j, "attempts", -1));
	}
	out = arena_strdup(&a, buf_str(&b));
	buf_fini(&b);
	return out;
}

/* Write the status, forget all, read it back. */
static void
restart(void)
{
	struct json *s = json_new(&a, JSON_OBJECT);
	struct err e;

	owed_write(&a, &o, s, 100);
	CHECK_INT(owed_read(&o, s, &e), 0);
}

static void
begin(void)
{
	owed_fini(&o);
	ok("a", 0, 0);
	ok("b", 0, 0);
}

static void
in_order(void)
{
	struct receipt r;

	owed_fini(&o);
	CHECK_INT(fail("a", 0, 0, "Held"), OWED_NOTHING);
	CHECK_INT(late("a", 0, 5, RECEIPT_DELIVERED), OWED_NOTHING);
	CHECK(!o.founded);
	CHECK_INT(ok("a", 0, 0), OWED_MOVED);
	CHECK_STR(shown(), "L00");
	CHECK_INT(ok("a", 0, 5), OWED_MOVED);
	CHECK_STR(shown(), "L00"); /* b is still owed it */
	CHECK(!owed_is_plain(&o));
	CHECK_INT(ok("b", 0, 5), OWED_MOVED);
	CHECK_STR(shown(), "L05");
	CHECK(owed_is_plain(&o));
	CHECK_INT(ok("b", 0, 5), OWED_NOTHING);
	r = receipt("b", 5, 10, RECEIPT_BEGUN);
	CHECK_INT(owed_apply(&o, &r), OWED_NOTHING);
	r = receipt("b", 5, 10, RECEIPT_REJECTED);
	CHECK_INT(owed_apply(&o, &r), OWED_MOVED);
	CHECK_STR(shown(), "L05");
	r = receipt("c", 5, 10, RECEIPT_DELIVERED);
	CHECK_INT(owed_apply(&o, &r), OWED_NOTHING); /* not listed */
}

static void
failures(void)
{
	begin();
	ok("a", 0, 5);
	CHECK_INT(fail("b", 0, 5, "Http503"), OWED_FAILED);
	CHECK_STR(shown(), "L05 b@00#1"); /* b no longer holds it back */
	CHECK_INT(fail("b", 5, 10, "Held"), OWED_NOTHING);
	ok("a", 5, 10);
	fail("b", 0, 5, "Http503");
	CHECK_STR(shown(), "L10 b@00#2");
	CHECK_INT(owed_oldest(&o), minute(0));
	restart();
	CHECK_INT(ok("b", 0, 5), OWED_MOVED);
	CHECK_STR(shown(), "L10 b@05#0"); /* not there yet */
	ok("b", 5, 10);
	CHECK_STR(shown(), "L10");
	fail("a", 10, 15, "Http503");
	fail("b", 10, 15, "Http503");
	CHECK_STR(shown(), "L10 ab@10#1");
	CHECK_INT(owed_entries(&o), 1);
	ok("b", 10, 15);
	CHECK_STR(shown(), "L15 a@10#1");
	fail("b", 15, 20, "Timeout");
	ok("a", 10, 15);
	CHECK_STR(shown(), "L15 b@15#1");
	ok("b", 15, 20);
	CHECK_STR(shown(), "L15"); /* a is free and owed it */
	/* Held for one that is owed no more: the rest of this was not sent. */
	begin();
	ok("a", 0, 5);
	CHECK_INT(fail("a", 5, 5, "Held"), OWED_FAILED);
	begin();
	ok("a", 0, 5);
	CHECK_INT(fail("a", 0, 5, "Held"), OWED_NOTHING);
	CHECK_INT(fail("a", 0, 10, "Held"), OWED_FAILED);
	CHECK_STR(shown(), "L00 a@05#1");
	CHECK_INT(fail("a", 0, 10, "Held"), OWED_NOTHING);
	begin();
	CHECK_INT(fail("a", 5, 10, "Held"), OWED_FAILED); /* as was all */
	CHECK_STR(shown(), "L00 a@00#1");
}

/* Another exporter was here; what we know of those ahead of it stays. */
static void
moving(void)
{
	begin();
	ok("a", 0, 15);
	owed_move(&o, minute(5));
	CHECK_STR(shown(), "L05");
	CHECK_INT(owed_find(&o, "a")->next, minute(15));
	CHECK_INT(owed_find(&o, "b")->next, minute(5));
	CHECK_INT(ok("a", 15, 20), OWED_MOVED);
	CHECK_STR(shown(), "L05");
	fail("b", 5, 10, "Http503");
	CHECK_STR(shown(), "L20 b@05#1");
	owed_move(&o, minute(10));
	/* Those behind it were held: it fails until it is tried itself. */
	CHECK_STR(shown(), "L20 b@10#1");
	owed_move(&o, minute(25));
	CHECK_STR(shown(), "L25 b@25#1");
	CHECK_INT(ok("b", 25, 30), OWED_MOVED);
	CHECK_STR(shown(), "L25");
	owed_fini(&o);
	owed_move(&o, minute(5));
	CHECK_STR(shown(), "L05");
}

static void
holes(void)
{
	begin();
	ok("a", 0, 5);
	CHECK_INT(ok("a", 15, 20), OWED_MOVED);
	CHECK_STR(shown(), "L00 late:a@05-10#1 late:a@10-15#1");
	CHECK_INT(late("a", 5, 10, RECEIPT_FAILED), OWED_FAILED);
	CHECK_INT(late("b", 5, 10, RECEIPT_DELIVERED), OWED_NOTHING);
	restart();
	CHECK_INT(late("a", 10, 15, RECEIPT_REJECTED), OWED_MOVED);
	CHECK_STR(shown(), "L00 late:a@05-10#2");
	CHECK_INT(late("a", 5, 7, RECEIPT_DELIVERED), OWED_MOVED);
	CHECK_STR(shown(), "L00 late:a@07-10#0");
	CHECK_INT(late("a", 7, 10, RECEIPT_DELIVERED), OWED_MOVED);
	CHECK_STR(shown(), "L00");
	/* Died behind a failed window: the sender was holding it. */
	fail("a", 0, 5, "Http503");
	CHECK_INT(fail("a", 5, 10, "Died"), OWED_NOTHING);
	CHECK_STR(shown(), "L00 a@00#1");
}

static void
passing_over(void)
{
	struct receipt r = receipt("a", 0, 5, RECEIPT_FAILED);

	begin();
	fail("a", 0, 5, "General_BadRequest");
	r.w.pass_over = 1;
	r.error = (struct end_error){
		.stage = "kqlrun", .code = "General", .message = "no"
	};
	CHECK_INT(owed_apply(&o, &r), OWED_PASSED);
	CHECK_STR(shown(), "L00 late:a@00-05#2");
	ok("a", 5, 10);
	ok("b", 0, 5);
	CHECK_STR(shown(), "L05 late:a@00-05#2");
	/* At the bound nothing more is passed over, but holes are facts. */
	ok("b", 5, 10);
	ok("a", 610, 615);
	CHECK_INT(owed_entries(&o), OWED_BACKLOG_MAX);
	ok("b", 1210, 1215);
	CHECK_INT(owed_entries(&o), OWED_BACKLOG_MAX + 1);
	r.w.start = minute(615);
	r.w.end = minute(620);
	CHECK_INT(owed_apply(&o, &r), OWED_FAILED);
	restart();
	CHECK_INT(owed_find(&o, "a")->next, minute(615));
}

/* A late window may be of a backfill, with destinations of its own. */
static void
late_lists(void)
{
	struct receipt r = receipt("c", 0, 5, RECEIPT_DELIVERED);

	begin();
	ok("a", 0, 5);
	fail("b", 5, 10, "Http503");
	CHECK_STR(shown(), "L05 b@05#1 late:b@00-05#1");
	r.w.late = 1;
	r.w.listed = 99;
	r.w.destinations = names("c");
	CHECK_INT(owed_apply(&o, &r), OWED_NOTHING);
	CHECK_STR(shown(), "L05 b@05#1 late:b@00-05#1");
	CHECK(owed_find(&o, "a") != NULL && owed_find(&o, "c") == NULL);
	/* Nor does one move the cursor while no list is known. */
	begin();
	fail("a", 0, 5, "Http503");
	ok("a", 0, 5);
	fail("a", 5, 10, "Http503");
	CHECK_STR(shown(), "L00 a@05#1");
	restart();
	CHECK_INT(late("b", 0, 5, RECEIPT_DELIVERED), OWED_NOTHING);
	CHECK_STR(shown(), "L00 a@05#1");
	/* Nor a receipt whose list is not the newest. */
	r = receipt("a", 5, 10, RECEIPT_FAILED);
	r.error.stage = r.error.code = r.error.message = "x";
	r.w.uid = "u";
	o.generation = 2;
	CHECK_INT(owed_apply(&o, &r), OWED_FAILED);
	CHECK_STR(shown(), "L00 a@05#2");
	/* A late window of a destination without an entry goes all the same. */
	begin();
	ok("a", 5, 10);
	ok("b", 0, 5);
	ok("b", 5, 10);
	CHECK_STR(shown(), "L10 late:a@00-05#1");
	restart();
	CHECK_INT(late("a", 0, 5, RECEIPT_DELIVERED), OWED_MOVED);
	CHECK_STR(shown(), "L10");
}

static void
destinations(void)
{
	struct receipt r;

	begin();
	ok("a", 0, 5);
	fail("b", 0, 5, "Http503");
	r = receipt("a", 5, 10, RECEIPT_DELIVERED);
	r.w.generation = 7;
	r.w.destinations = names("a,c");
	owed_apply(&o, &r);
	CHECK_STR(shown(), "L05"); /* b is forgotten, c owed from 05 */
	CHECK_INT(owed_find(&o, "c")->next, minute(5));
	fail("b", 5, 10, "Http503");
	CHECK(owed_find(&o, "b") != NULL); /* a hash says no order */
	/* When it was set says which list is the newest. */
	begin();
	r = receipt("a", 0, 5, RECEIPT_DELIVERED);
	r.w.listed = 20;
	r.w.destinations = names("a,c");
	owed_apply(&o, &r);
	CHECK(owed_find(&o, "b") == NULL && owed_find(&o, "c") != NULL);
	r = receipt("b", 0, 5, RECEIPT_FAILED);
	r.w.listed = 10;
	r.w.generation = 9;
	CHECK_INT(owed_apply(&o, &r), OWED_NOTHING);
	r.w.listed = 30; /* put back */
	CHECK_INT(owed_apply(&o, &r), OWED_FAILED);
	CHECK_STR(shown(), "L05 b@00#1");
	/* A new one may be begun with by a status older than ours. */
	begin();
	ok("a", 0, 5);
	ok("b", 0, 5);
	r = receipt("c", 0, 5, RECEIPT_FAILED);
	r.w.listed = 40;
	r.w.destinations = names("a,b,c");
	CHECK_INT(owed_apply(&o, &r), OWED_FAILED);
	CHECK_STR(shown(), "L05 c@00#1");
	r.w.start = minute(-5);
	r.w.end = minute(0);
	CHECK_INT(owed_apply(&o, &r), OWED_NOTHING);
	/* Without a list it is whoever answers. */
	owed_fini(&o);
	r = receipt("x", 0, 0, RECEIPT_DELIVERED);
	r.w.destinations = NULL;
	CHECK_INT(owed_apply(&o, &r), OWED_MOVED);
	CHECK_STR(shown(), "L00");
	/* An older generation of an object with a uid changes no list. */
	owed_fini(&o);
	r = receipt("a", 0, 0, RECEIPT_DELIVERED);
	r.w.uid = "u";
	r.w.generation = 3;
	owed_apply(&o, &r);
	r.destination = "b";
	r.w.generation = 2;
	r.w.destinations = names("b");
	owed_apply(&o, &r);
	CHECK(owed_find(&o, "a") != NULL);
}

static int
reads(const char *text)
{
	struct err e;
	struct json *j = json_parse(&a, text, strlen(text), &e);

	return owed_read(&o, j, &e) == 0 ? o.founded : -1;
}

#define T(m)  "\"2025-06-25T10:" m ":00Z\""
#define LAST  "\"lastSuccessfulExecution\":" T("10")
#define ENTRY "\"startTime\":" T("00") ",\"endTime\":" T("05")

static void
reading(void)
{
	CHECK_INT(reads("{}"), 0);
	CHECK_INT(reads("null"), 0);
	CHECK_INT(reads("{\"conditions\":[]}"), 0);
	CHECK_INT(reads("{" LAST "}"), 1);
	CHECK_INT(reads("{" LAST ",\"backlog\":null}"), 1);
	CHECK_INT(reads("{" LAST ",\"backlog\":[{" ENTRY
			",\"destinations\":[\"a\"],\"attempts\":3}]}"),
	    1);
	CHECK_STR(shown(), "L10 a@00#3");
	CHECK_INT(reads("{\"backlog\":[]}"), -1);
	CHECK_INT(reads("{\"lastSuccessfulExecution\":\"x\"}"), -1);
	CHECK_INT(reads("{\"lastSuccessfulExecution\":5}"), -1);
	CHECK_INT(reads("{" LAST ",\"backlog\":{}}"), -1);
	CHECK_INT(reads("{" LAST ",\"backlog\":[1]}"), -1);
	CHECK_INT(reads("{" LAST ",\"backlog\":[{" ENTRY "}]}"), -1);
	CHECK_INT(reads("{" LAST ",\"backlog\":[{" ENTRY
			",\"destinations\":[\"a\",\"a\"]}]}"),
	    -1);
	CHECK_INT(reads("{" LAST ",\"backlog\":[{" ENTRY
			",\"destinations\":[\"a\"],\"attempts\":-1}]}"),
	    -1);
	CHECK_INT(reads("[]"), -1);
}

#define COND(type, message)                                           \
	"{\"conditions\":[{\"type\":\"metricsexporter.adx-mon.azure." \
	"com/" type "\",\"observedGeneration\":4,\"message\":" message "}],"
#define PACKED                                                              \
	"\"{\\\"lastSuccessfulExecution\\\":\\\"2025-06-25T10:05:00Z\\\","  \
	"\\\"backlog\\\":[{\\\"startTime\\\":\\\"2025-06-25T10:00:00Z\\\"," \
	"\\\"endTime\\\":\\\"2025-06-25T10:05:00Z\\\","                     \
	"\\\"destinations\\\":[\\\"b\\\"],\\\"attempts\\\":1}]}\""

static void
reading_conditions(void)
{
	CHECK_INT(reads(COND("Backlog", PACKED) LAST "}"), 1);
	CHECK_STR(shown(), "L05 b@00#1");
	CHECK_INT(o.generation, 4);
	CHECK_INT(reads(COND("Backlog", "\"{\"") LAST "}"), -1);
	CHECK_INT(
	    reads(COND("LastSuccessfulExecution", T("20")) "\"x\":1}"), 1);
	CHECK_STR(shown(), "L20");
	CHECK_INT(
	    reads(COND("LastSuccessfulExecution", "\"soon\"") "\"x\":1}"), -1);
	/* Upstream has been there: what it did is owed no more. */
	CHECK_INT(reads(COND("LastSuccessfulExecution", T("05")) LAST
		      ",\"backlog\":[{" ENTRY
		      ",\"destinations\":[\"a\"],\"attempts\":3}]}"),
	    1);
	CHECK_STR(shown(), "L10 a@05#3");
	CHECK_INT(reads(COND("LastSuccessfulExecution", T("15")) LAST
		      ",\"backlog\":[{" ENTRY
		      ",\"destinations\":[\"a\"],\"attempts\":3}]}"),
	    1);
	CHECK_STR(shown(), "L15 a@15#3");
	CHECK_INT(ok("a", 15, 20), OWED_MOVED);
	CHECK_STR(shown(), "L15");
}

/* A run of failures must not let the memory of a resource grow. */
static void
memory(void)
{
	begin();
	for (int i = 0; i < 10000; i++)
		fail("b", 0, 5, "Http503");
	CHECK(arena_size(&o.arena) < 100000);
	CHECK_STR(shown(), "L00 b@00#10000");
}

int
main(void)
{
	in_order();
	failures();
	moving();
	holes();
	passing_over();
	late_lists();
	destinations();
	reading();
	reading_conditions();
	memory();
	owed_fini(&o);
	arena_fini(&a);
	return check_end("owed");
}
