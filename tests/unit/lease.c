/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../crdwatch/lease.h"
#include "check.h"
#include "jsonw.h"

#define START  1000000
#define CANDS  3
#define STEP   50 /* ms of the world's clock */
#define ROUNDS 60 /* worlds */

/* The API server: one Lease, and the version of its last write. */
struct server {
	struct buf object; /* empty: there is none */
	int version, writes;
	char holder[16];
	int transitions;
};

/* Who wants to lead: with a clock of its own, and answers on their way. */
struct cand {
	struct lease l;
	char id[16];
	int64_t offset, rate; /* of its clock; in tenths of a percent */
	int alive;
	int64_t answer_at; /* 0: none is on its way */
	enum kube_outcome outcome;
	struct buf answer;
};

static struct lease
lease_of(const char *id, uint64_t seed)
{
	return (struct lease){ .name = "crdwatch",
		.space = "m",
		.id = id,
		.duration = LEASE_DURATION,
		.deadline = LEASE_DEADLINE,
		.retry = LEASE_RETRY,
		.seed = seed };
}

/* A write is taken when it was made from the newest version. */
static enum kube_outcome
serve(struct server *s, enum lease_ask ask, const struct buf *body,
    struct buf *out)
{
	struct arena a = { 0 };
	struct err e;
	struct json *o, *meta;
	enum kube_outcome oc = KUBE_OK;

	if (ask == LEASE_GET) {
		buf_puts(out, buf_str(&s->object));
		return s->object.len > 0 ? KUBE_OK : KUBE_NOT_FOUND;
	}
	o = json_parse(&a, buf_str(body), body->len, &e);
	meta = json_get(o, "metadata");
	if (ask == LEASE_POST && s->object.len > 0) {
		oc = KUBE_EXISTS;
	} else if (ask == LEASE_PUT &&
	    atoi(json_get_str(meta, "resourceVersion", "0")) != s->version) {
		oc = KUBE_CONFLICT;
	} else {
		char version[16];

		snprintf(version, sizeof(version), "%d", ++s->version);
		json_set(
		    &a, meta, "resourceVersion", json_new_str(&a, version));
		buf_reset(&s->object);
		json_write(&s->object, o);
		buf_puts(out, s->object.data);
		s->writes++;
		snprintf(s->holder, sizeof(s->holder), "%s",
		    json_get_str(json_get(o, "spec"), "holderIdentity", "?"));
		s->transitions = (int)json_get_int(
		    json_get(o, "spec"), "leaseTransitions", -1);
	}
	arena_fini(&a);
	return oc;
}

/* One request of l and its answer, at that time. */
static enum lease_ask
turn(struct server *s, struct lease *l, int64_t now)
{
	struct buf body = { 0 }, out = { 0 };
	enum lease_ask ask = lease_next(l, now, WHEN_EPOCH + now, &body);
	enum kube_outcome oc;

	if (ask != LEASE_REST) {
		oc = serve(s, ask, &body, &out);
		lease_answer(l, oc, buf_str(&out), out.len, now);
	}
	buf_fini(&body);
	buf_fini(&out);
	return ask;
}

static void
test_first(void)
{
	struct server s = { 0 };
	struct lease a = lease_of("a", 1), b = lease_of("b", 2);
	int64_t now = START;

	CHECK_INT(turn(&s, &a, now), LEASE_GET);
	CHECK_INT(turn(&s, &a, now), LEASE_POST);
	CHECK(lease_leads(&a, now));
	CHECK_STR(s.holder, "a");
	CHECK_INT(s.transitions, 0);
	CHECK_INT(turn(&s, &a, now + 1999), LEASE_REST);
	CHECK_INT(turn(&s, &b, now), LEASE_GET);
	CHECK(!lease_leads(&b, now));
	/* The one that holds it writes without a look. */
	CHECK_INT(turn(&s, &a, now + 2000), LEASE_PUT);
	CHECK_INT(lease_due(&a), now + 4000);
	/* The other sees the renewal, and waits from then on. */
	CHECK_INT(turn(&s, &b, now + 6400), LEASE_GET);
	CHECK_INT(turn(&s, &b, now + 14000), LEASE_GET);
	CHECK_INT(turn(&s, &b, now + 20000), LEASE_GET);
	CHECK(!lease_leads(&b, now + 20000));
	CHECK(lease_lost(&a, now + 12000));
	CHECK(!lease_leads(&a, now + 12000));
	CHECK_INT(turn(&s, &b, now + 25000), LEASE_GET);
	CHECK_INT(turn(&s, &b, now + 25000), LEASE_PUT);
	CHECK(lease_leads(&b, now + 25000));
	CHECK_INT(s.transitions, 1);
	CHECK_INT(turn(&s, &a, now + 25000), LEASE_REST);
	lease_fini(&a);
	lease_fini(&b);
	buf_fini(&s.object);
}

/* What is wrong with a write, and what is done then. */
static void
test_failures(void)
{
	struct server s = { 0 };
	struct lease a = lease_of("a", 1), b = lease_of("b", 2);
	struct buf body = { 0 }, out = { 0 };
	int64_t now = START;

	/* Both find none; one of them is too late. */
	lease_next(&a, now, WHEN_EPOCH, &body);
	lease_answer(&a, KUBE_NOT_FOUND, "", 0, now);
	turn(&s, &b, now);
	turn(&s, &b, now);
	CHECK(lease_leads(&b, now));
	CHECK_INT(turn(&s, &a, now), LEASE_POST);
	CHECK(!lease_leads(&a, now));
	CHECK(lease_due(&a) >= now + 2000 && lease_due(&a) <= now + 4400);
	/* Somebody has put a label on it: a conflict, a look, a write. */
	s.version++;
	CHECK_INT(turn(&s, &b, now + 2000), LEASE_PUT);
	CHECK_INT(turn(&s, &b, now + 2000), LEASE_GET);
	CHECK(lease_leads(&b, now + 2000));
	buf_reset(&out);
	buf_puts(&out, s.object.data);
	CHECK(strstr(out.data, "\"resourceVersion\":\"1\"") != NULL);
	lease_fini(&a);
	lease_fini(&b);
	buf_fini(&s.object);
	buf_fini(&body);
	buf_fini(&out);
}

/* A write that was taken, and its answer lost. */
static void
test_lost_answer(void)
{
	struct server s = { 0 };
	struct lease a = lease_of("a", 1);
	struct buf body = { 0 }, out = { 0 };
	int64_t now = START;

	turn(&s, &a, now);
	CHECK_INT(lease_next(&a, now, WHEN_EPOCH, &body), LEASE_POST);
	serve(&s, LEASE_POST, &body, &out);
	lease_answer(&a, KUBE_TROUBLE, "", 0, now + 5000);
	CHECK(!lease_leads(&a, now + 5000));
	now = lease_due(&a);
	CHECK_INT(turn(&s, &a, now), LEASE_GET);
	CHECK_INT(turn(&s, &a, now), LEASE_PUT);
	CHECK(lease_leads(&a, now));
	CHECK_INT(s.transitions, 0);
	/* An answer that is no Lease is no leave to lead. */
	lease_next(&a, now + 2000, WHEN_EPOCH, &body);
	lease_answer(&a, KUBE_OK, "<html>", 6, now + 2000);
	CHECK_INT(a.renewed, now);
	/* A holder that is another, however old, ends it at once. */
	buf_reset(&body);
	buf_puts(
	    &body, "{\"kind\":\"Lease\",\"spec\":{\"holderIdentity\":\"z\"}}");
	lease_next(&a, lease_due(&a), WHEN_EPOCH, &out);
	lease_answer(&a, KUBE_OK, body.data, body.len, now + 4000);
	CHECK(lease_lost(&a, now + 4000));
	lease_fini(&a);
	buf_fini(&s.object);
	buf_fini(&body);
	buf_fini(&out);
}

/* What is in the Lease of others stays, and times have six digits. */
static void
test_body(void)
{
	static const char was[] =
	    "{\"apiVersion\":\"coordination.k8s.io/v1\",\"kind\":\"Lease\","
	    "\"metadata\":{\"name\":\"crdwatch\",\"resourceVersion\":\"7\","
	    "\"labels\":{\"a\":\"b\"}},\"spec\":{\"holderIdentity\":\"\","
	    "\"leaseDurationSeconds\":1,\"leaseTransitions\":4,"
	    "\"strategy\":\"OldestEmulationVersion\"}}";
	struct lease l = lease_of("me_1", 1);
	struct buf body = { 0 };

	lease_next(&l, START, WHEN_EPOCH, &body);
	lease_answer(&l, KUBE_OK, was, sizeof(was) - 1, START);
	CHECK_INT(
	    lease_next(&l, START, WHEN_EPOCH + 12345678, &body), LEASE_PUT);
	CHECK_STR(buf_str(&body),
	    "{\"apiVersion\":\"coordination.k8s.io/v1\",\"kind\":\"Lease\","
	    "\"metadata\":{\"name\":\"crdwatch\",\"resourceVersion\":\"7\","
	    "\"labels\":{\"a\":\"b\"}},\"spec\":{\"holderIdentity\":\"me_1\","
	    "\"leaseDurationSeconds\":15,\"leaseTransitions\":5,"
	    "\"strategy\":\"OldestEmulationVersion\",\"acquireTime\":"
	    "\"1970-01-01T00:00:01.234567Z\",\"renewTime\":"
	    "\"1970-01-01T00:00:01.234567Z\"}}");
	lease_fini(&l);
	buf_fini(&body);
}

/* Its own clock at a time of the world's. */
static int64_t
clock_of(const struct cand *c, int64_t now)
{
	return c->offset + now * c->rate / 1000;
}

/* Let a contender go on: an answer that came, then a request, whose answer
 * takes a while, or never comes. */
static void
go_on(struct server *s, struct cand *c, int64_t now)
{
	int64_t mine = clock_of(c, now);
	struct buf body = { 0 };
	enum lease_ask ask;
	int luck = rand() % 100;

	if (c->answer_at != 0 && now >= c->answer_at) {
		lease_answer(&c->l, c->outcome, buf_str(&c->answer),
		    c->answer.len, mine);
		c->answer_at = 0;
	}
	ask = lease_next(&c->l, mine, WHEN_EPOCH + mine, &body);
	if (ask != LEASE_REST) {
		buf_reset(&c->answer);
		c->outcome = KUBE_TROUBLE;
		if (luck >= 10) /* else it never comes there */
			c->outcome = serve(s, ask, &body, &c->answer);
		c->answer_at = now + 1 + rand() % 400;
		if (luck < 20) { /* … or the answer never comes back */
			c->outcome = KUBE_TROUBLE;
			c->answer_at = now + lease_patience(&c->l, mine);
		}
	}
	buf_fini(&body);
}

static void
cand_start(struct cand *c, int number)
{
	lease_fini(&c->l);
	snprintf(c->id, sizeof(c->id), "c%d-%d", number, rand() % 1000000);
	c->l = lease_of(c->id, (uint64_t)rand());
	c->offset = 1000 + rand();
	c->rate = 960 + rand() % 81;
	c->alive = 1;
	c->answer_at = 0;
}

static int
leaders(struct cand *c, int64_t now)
{
	int n = 0;

	for (int i = 0; i < CANDS; i++)
		n += c[i].alive && lease_leads(&c[i].l, clock_of(&c[i], now));
	return n;
}

/*
 * Five minutes of three contenders whose clocks differ and drift, a tenth of
 * whose requests and answers are lost, and who are killed or stopped for a
 * while now and then: never two lead, and somebody soon does.
 */
static void
test_world(unsigned seed)
{
	struct server s = { 0 };
	struct cand c[CANDS] = { 0 };
	int64_t stopped[CANDS] = { 0 }, nobody = 0, longest = 0;
	int most = 0;

	srand(seed);
	for (int i = 0; i < CANDS; i++)
		cand_start(&c[i], i);
	for (int64_t now = 0; now < 300000; now += STEP) {
		int i = rand() % CANDS;

		if (rand() % 1000 == 0)
			cand_start(&c[i], i);
		else if (rand() % 1000 == 0)
			stopped[i] = now + rand() % 30000;
		for (i = 0; i < CANDS; i++)
			if (now >= stopped[i] &&
			    !lease_lost(&c[i].l, clock_of(&c[i], now)))
				go_on(&s, &c[i], now);
			else if (now >= stopped[i])
				cand_start(&c[i], i);
		i = leaders(c, now);
		most = i > most ? i : most;
		nobody = i > 0 ? 0 : nobody + STEP;
		longest = nobody > longest ? nobody : longest;
	}
	CHECK_INT(most, 1);
	CHECK(longest < 60000);
	CHECK(s.writes > 30);
	for (int i = 0; i < CANDS; i++) {
		lease_fini(&c[i].l);
		buf_fini(&c[i].answer);
	}
	buf_fini(&s.object);
}

int
main(void)
{
	test_first();
	test_failures();
	test_lost_answer();
	test_body();
	for (unsigned seed = 1; seed <= ROUNDS; seed++)
		test_world(seed);
	return check_end("lease");
}
