/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "../../crdstatus/object.h"
#include "check.h"

/*
 * What crdstatus writes to an API, without one: the next status of an object as
 * a server would hold it that takes every write of its newest version.
 */
static struct arena a;

static struct object *o;
static struct json *server; /* the object there */
static int version, generation = 3;
static struct moment m;

static ticks
minute(int n)
{
	ticks t;

	when_parse("2025-06-25T10:00:00Z", 20, &t);
	return t + n * 60 * WHEN_SEC;
}

static const char *
text_of(ticks t)
{
	char s[WHEN_TEXT];

	when_format(s, t);
	return arena_strdup(&a, s);
}

static struct json *
parse(const char *s)
{
	struct err e;
	struct json *j = json_parse(&a, s, strlen(s), &e);

	CHECK(j != NULL);
	return j;
}

static void
touch(void)
{
	json_set(&a, json_get(server, "metadata"), "resourceVersion",
	    json_new_str(&a, arena_printf(&a, "v%d", ++version)));
}

/* An object with that status, which nobody has seen. */
static void
begin(const char *status)
{
	if (o != NULL)
		object_free(o);
	arena_reset(&a);
	o = object_new("m/n", 0);
	m = (struct moment){ minute(30), 1000 };
	server = parse("{\"metadata\":{\"uid\":\"u1\"}}");
	json_set(&a, server, "status", parse(status));
	touch();
}

static void
see(void)
{
	struct err e;

	CHECK_INT(object_seen(o, server, m, &e), 0);
}

/* The object with a merge patch of its status; 0 when there is none, -1 when
 * the patch is of an older version. */
static int
write_now(int take)
{
	struct buf body = { 0 };
	struct err e;
	struct json *patch, *status = json_get(server, "status");
	int changed = object_patch(o, m, &body, &e);

	if (changed != 1) {
		buf_fini(&body);
		return changed;
	}
	patch = parse(buf_str(&body));
	buf_fini(&body);
	if (strcmp(json_get_str(
		       json_get(patch, "metadata"), "resourceVersion", ""),
		json_get_str(
		    json_get(server, "metadata"), "resourceVersion", "?")) != 0)
		return -1;
	for (struct json *j = json_get(patch, "status")->child, *next;
	     j != NULL; j = next) {
		next = j->next;
		json_set(&a, status, j->key, j);
	}
	touch();
	if (take)
		CHECK_INT(object_written(o, server, &e), 0);
	return 1;
}

static const char *
line(const char *dest, int from, int to, const char *status, const char *more)
{
	return arena_printf(&a,
	    "{\"id\":\"1\",\"namespace\":\"m\",\"name\":\"n\",\"rule\":\"\","
	    "\"uid\":\"u1\",\"generation\":%d,\"start\":\"%s\",\"end\":\"%s\","
	    "\"destinations\":[\"a\",\"b\"],\"to\":[\"a\",\"b\"],"
	    "\"destination\":\"%s\",\"status\":\"%s\",\"samples\":1,"
	    "\"rejected\":0,\"had\":0,\"bytes\":1,%s"
	    "\"time\":\"2025-06-25T10:20:00.5Z\"}",
	    generation, text_of(minute(from)), text_of(minute(to)), dest,
	    status, more);
}

static int
take(const char *text)
{
	struct receipt r;
	struct err e;

	if (receipt_read(&a, text, strlen(text), &r, &e) == -1)
		return -2;
	return object_receipt(o, &r, text, strlen(text), m.ms, &e);
}

static int
ok(const char *dest, int from, int to)
{
	return take(line(dest, from, to, "delivered", ""));
}

static int
bad(const char *dest, int from, int to)
{
	return take(line(dest, from, to, "failed",
	    "\"error\":{\"stage\":\"promsend\",\"code\":\"Http503\","
	    "\"message\":\"no\",\"permanent\":false},"));
}

static int
say(const char *type, const char *status, const char *reason)
{
	const char *text = arena_printf(&a,
	    "{\"@condition\":{\"namespace\":\"m\",\"name\":\"n\",\"uid\":"
	    "\"u1\",\"generation\":3,\"type\":\"%s\",\"status\":\"%s\","
	    "\"reason\":\"%s\",\"message\":\"x\"}}",
	    type, status, reason);
	struct window w = { .uid = "u1", .rule = "" };

	return object_condition(o, &w, text, strlen(text));
}

/* What the server's object says is owed, in short. */
static const char *
shown_of(const struct owed *x)
{
	const char *s = arena_printf(
	    &a, "L%02d", (int)((x->last - minute(0)) / (60 * WHEN_SEC)));

	for (size_t i = 0; i < x->ndests; i++)
		s = arena_printf(&a, "%s %s@%02d#%d", s, x->dests[i].name,
		    (int)((x->dests[i].next - minute(0)) / (60 * WHEN_SEC)),
		    (int)x->dests[i].tries.attempts);
	for (size_t i = 0; i < x->nlates; i++)
		s = arena_printf(&a, "%s late:%s@%02d", s, x->lates[i].name,
		    (int)((x->lates[i].start - minute(0)) / (60 * WHEN_SEC)));
	return s;
}

static const char *
shown(const char *rule)
{
	const struct json *status = json_get(server, "status");
	struct owed x = { 0 };
	const char *s = "none";
	struct err e;

	if (*rule != '\0' && owed_rule(&a, status, rule, &status, &e) == -1)
		return arena_strdup(&a, e.msg);
	if (owed_read(&x, status, &e) == -1)
		return arena_strdup(&a, e.msg);
	if (x.founded)
		s = shown_of(&x);
	owed_fini(&x);
	return s;
}

static const char *
cond(const char *type)
{
	const struct json *c = condition_find(json_get(server, "status"), type);

	return arena_printf(&a, "%s %s", json_get_str(c, "status", "none"),
	    json_get_str(c, "reason", ""));
}

static void
test_plain(void)
{
	begin("{}");
	CHECK_INT(ok("a", 0, 0), OBJECT_UNSEEN);
	CHECK_INT(ok("b", 0, 0), OBJECT_UNSEEN);
	see();
	CHECK_INT(write_now(1), 1);
	CHECK_STR(shown(""), "L00");
	CHECK_INT(write_now(1), 0);
	CHECK_INT(ok("a", 0, 5), OBJECT_CHANGED);
	CHECK_INT(write_now(1), 0); /* a alone: nothing to say */
	CHECK_INT(ok("b", 0, 5), OBJECT_CHANGED);
	CHECK_INT(ok("b", 0, 5), OBJECT_SAME);
	CHECK_INT(write_now(1), 1);
	CHECK_STR(shown(""), "L05");
	CHECK_STR(cond("Ready"), "True Ok");
	CHECK_INT((int)o->nparts, 0); /* the status says all */
	CHECK_INT((int)o->journal.b.len, 0);
	CHECK_INT(bad("b", 5, 10), OBJECT_CHANGED);
	CHECK_INT(ok("a", 5, 10), OBJECT_CHANGED);
	CHECK_INT(write_now(1), 1);
	CHECK_STR(shown(""), "L10 b@05#1");
	CHECK_STR(cond("Ready"), "False DeliveryFailing");
	CHECK(object_fails(o));
}

static void
foreign(const char *type)
{
	struct json *c = json_new(&a, JSON_OBJECT);
	struct json *list = json_get(json_get(server, "status"), "conditions");

	json_set(&a, c, "type", json_new_str(&a, type));
	json_set(&a, c, "status", json_new_str(&a, "True"));
	json_push(list, c);
	touch();
}

/* Another adds a condition: what is owed stays as we have it in memory. */
static void
test_conflict(void)
{
	begin("{}");
	see();
	ok("a", 0, 0);
	ok("b", 0, 0);
	CHECK_INT(write_now(1), 1);
	ok("a", 0, 5);
	CHECK_INT(write_now(1), 0);
	bad("b", 0, 5);
	foreign("Foreign");
	CHECK_INT(write_now(1), -1);
	object_failed(o, 0);
	object_unsee(o);
	ok("a", 5, 10); /* comes before it is read again */
	see();
	CHECK_INT(write_now(1), 1);
	CHECK_STR(shown(""), "L10 b@00#1");
	CHECK_STR(cond("Foreign"), "True ");
	CHECK_STR(cond("Ready"), "False DeliveryFailing");
}

/* Another changes what is owed: receipts since the last write count there. */
static void
test_diverged(void)
{
	begin("{}");
	see();
	ok("a", 0, 0);
	ok("b", 0, 0);
	CHECK_INT(write_now(1), 1);
	ok("a", 0, 5);
	ok("b", 0, 5);
	json_set(&a, server, "status",
	    parse("{\"lastSuccessfulExecution\":\"2025-06-25T09:55:00Z\","
		  "\"backlog\":[]}"));
	touch();
	object_unsee(o);
	see();
	CHECK_INT(write_now(1), 1);
	CHECK_STR(shown(""), "L05 late:a@-5 late:b@-5");
	/* Upstream was there. */
	json_set(&a, server, "status",
	    parse("{\"conditions\":[{\"type\":"
		  "\"metricsexporter.adx-mon.azure.com/"
		  "LastSuccessfulExecution\",\"status\":\"True\",\"message\":"
		  "\"2025-06-25T10:10:00Z\"}]}"));
	touch();
	object_unsee(o);
	ok("a", 10, 15);
	ok("b", 10, 15);
	see();
	CHECK_INT(write_now(1), 1);
	CHECK_STR(shown(""), "L15");
	/* It moves its cursor alone: so does what we know, as of a. */
	ok("a", 15, 40);
	say("Criteria", "False", "CriteriaExpressionError");
	CHECK_INT(write_now(1), 1);
	json_set(&a,
	    (struct json *)condition_find(json_get(server, "status"),
		"metricsexporter.adx-mon.azure.com/LastSuccessfulExecution"),
	    "message", json_new_str(&a, "2025-06-25T10:20:00Z"));
	touch();
	object_unsee(o);
	see();
	CHECK_INT(write_now(1), 0);
	bad("b", 20, 25);
	CHECK_INT(write_now(1), 1);
	CHECK_STR(shown(""), "L40 b@20#1");
}

/* A write of which nobody knows what became. */
static void
test_maybe(void)
{
	begin("{}");
	see();
	ok("a", 0, 0);
	bad("a", 0, 5);
	ok("b", 0, 0);
	CHECK_INT(write_now(0), 1); /* taken, and the answer lost */
	object_failed(o, 1);
	see();
	CHECK_STR(shown(""), "L00 a@00#1");
	CHECK_INT((int)o->journal.b.len, 0);
	bad("a", 0, 5);
	CHECK_INT(write_now(1), 1);
	CHECK_STR(shown(""), "L00 a@00#2");
}

static void
test_other_uid(void)
{
	begin("{}");
	see();
	ok("a", 0, 0);
	ok("b", 0, 0);
	json_set(
	    &a, json_get(server, "metadata"), "uid", json_new_str(&a, "u2"));
	touch();
	object_unsee(o);
	see();
	CHECK_INT(write_now(1), 0);
	CHECK_STR(shown(""), "none");
	CHECK_INT(ok("a", 0, 5), OBJECT_UNSEEN); /* of the old one */
	see();
	CHECK_INT(write_now(1), 0);
}

static void
test_conditions(void)
{
	const char *then;

	begin("{}");
	see();
	ok("a", 0, 0);
	ok("b", 0, 0);
	CHECK_INT(write_now(1), 1);
	then = json_get_str(condition_find(json_get(server, "status"), "Ready"),
	    "lastTransitionTime", "");
	CHECK_INT(say("Ready", "False", "InvalidSpec"), OBJECT_CHANGED);
	CHECK_INT(write_now(1), 1);
	CHECK_STR(cond("Ready"), "False InvalidSpec");
	CHECK_INT(say("Ready", "False", "InvalidSpec"), OBJECT_CHANGED);
	CHECK_INT(write_now(1), 0);
	ok("a", 0, 5);
	ok("b", 0, 5);
	CHECK_INT(say("Other", "Unknown", "what is this"), OBJECT_CHANGED);
	m.now = minute(40);
	CHECK_INT(write_now(1), 1);
	CHECK_STR(cond("Ready"), "True Ok");
	CHECK_STR(cond("Other"), "Unknown what_is_this");
	CHECK_STR(
	    json_get_str(condition_find(json_get(server, "status"), "Ready"),
		"lastTransitionTime", ""),
	    "2025-06-25T10:40:00Z");
	CHECK_STR(then, "2025-06-25T10:30:00Z");
	m.now = minute(50);
	bad("a", 5, 10); /* flips, and back before it is written */
	ok("a", 5, 10);
	ok("b", 5, 10);
	CHECK_INT(write_now(1), 1);
	CHECK_STR(
	    json_get_str(condition_find(json_get(server, "status"), "Ready"),
		"lastTransitionTime", ""),
	    "2025-06-25T10:40:00Z");
}

static int
rule(const char *name, int from, int to)
{
	const char *text = arena_printf(&a,
	    "{\"id\":\"1\",\"namespace\":\"m\",\"name\":\"n\",\"rule\":\"%s\","
	    "\"uid\":\"u1\",\"generation\":3,\"start\":\"%s\",\"end\":\"%s\","
	    "\"destinations\":[\"a\"],\"destination\":\"a\","
	    "\"status\":\"delivered\",\"samples\":1,\"rejected\":0,\"had\":0,"
	    "\"bytes\":1,\"time\":\"2025-06-25T10:20:00Z\"}",
	    name, text_of(minute(from)), text_of(minute(to)));

	return take(text);
}

static void
test_rules(void)
{
	begin("{}");
	see();
	rule("r1", 0, 5);
	rule("r2", 5, 10);
	CHECK_INT(write_now(1), 1);
	CHECK_STR(shown(""), "none");
	CHECK_STR(shown("r1"), "L05");
	CHECK_STR(shown("r2"), "L10");
	CHECK_INT(
	    (int)json_count(json_get(json_get(server, "status"), "rules")), 2);
	/* Another object of memory, and a schema that prunes. */
	json_del(json_get(server, "status"), "rules");
	touch();
	object_unsee(o);
	see();
	rule("r2", 10, 15);
	CHECK_INT(write_now(1), 1);
	CHECK_STR(shown("r1"), "L05");
	CHECK_STR(shown("r2"), "L15");
	/* A month later one of them is gone, but it may only have slept. */
	m.now += 31 * WHEN_DAY;
	rule("r2", 15, 31 * 24 * 60);
	CHECK_INT(write_now(1), 1);
	CHECK_STR(shown("r1"), "L05");
	m.ms += 86400000;
	rule("r2", 31 * 24 * 60, 31 * 24 * 60 + 5);
	CHECK_INT(write_now(1), 1);
	CHECK_STR(shown("r1"), "none");
}

/* However much comes while the API is away, little of it is kept. */
static void
test_journal(void)
{
	size_t most = 0;

	begin("{}");
	ok("a", 0, 0);
	ok("b", 0, 0);
	for (int i = 0; i < 2000; i++) {
		ok("a", i * 5, i * 5 + 5);
		take(line("b", i * 5, i * 5 + 5, "failed",
		    i == 0 ? "\"error\":{\"stage\":\"promsend\",\"code\":"
			     "\"Http503\",\"message\":\"no\"},"
			   : "\"error\":{\"stage\":\"promsend\",\"code\":"
			     "\"Held\",\"message\":\"no\"},"));
		if (i % 10 == 0)
			bad("b", 0, 5);
		if (o->journal.b.len > most)
			most = o->journal.b.len;
		CHECK(i != 0 || most > 0);
	}
	CHECK(most < 16384);
	see();
	CHECK_INT(write_now(1), 1);
	CHECK(strncmp(shown(""), "L10000 b@00#", 12) == 0);
}

static void
test_not_understood(void)
{
	struct err e;

	begin("{\"lastSuccessfulExecution\":7}");
	ok("a", 0, 5);
	CHECK_INT(object_seen(o, server, m, &e), -1);
	CHECK(o->version == NULL);
}

int
main(void)
{
	test_plain();
	test_conflict();
	test_diverged();
	test_maybe();
	test_other_uid();
	test_conditions();
	test_rules();
	test_journal();
	test_not_understood();
	object_free(o);
	arena_fini(&a);
	return check_end("statuses");
}
