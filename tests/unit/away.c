/* SPDX-License-Identifier: MIT */
#include "check.h"
#include "plans.h"

/*
 * The schedule while queries, endpoints or destinations keep failing, have no
 * room, or do not agree on the time.
 */
/* The window of a and b at 12:00 fails, for the n-th time at `last`. */
static void
show_stuck(const char *now, int n, const char *last, const char *stage)
{
	plans_show(now, "12:00",
	    arena_printf(&plans.a,
		"{\"startTime\":\"2025-06-25T12:00:00Z\","
		"\"endTime\":\"2025-06-25T12:05:00Z\","
		"\"destinations\":[\"a\",\"b\"],\"attempts\":%d,"
		"\"firstAttempt\":\"2025-06-25T12:06:00Z\","
		"\"lastAttempt\":\"2025-06-25T%s:00Z\",\"error\":{"
		"\"stage\":\"%s\",\"code\":\"c\",\"message\":\"\"}}",
		n, last, stage));
}

/* A window whose query keeps failing holds up those behind it only if theirs
 * fail too. */
static void
passing(void)
{
	plans_start("12:02", (struct sched_opts){ 0 });
	show_stuck("12:08", 1, "12:07", "kqlrun");
	CHECK_STR(
	    plans_run("12:15"), "12:00-12:05 a,b #2 again"); /* too early */
	show_stuck("12:16", 2, "12:15", "kqlrun");
	CHECK_STR(plans_next("12:26"), "12:05-12:10 #1 probe");
	CHECK_STR(plans_run("12:26"), "- ");
	plans_done(0); /* that fails too */
	CHECK_STR(plans_next("12:26"), "12:00-12:05 a,b #3 again");
	plans_done(0);
	CHECK_STR(plans_run("12:40"), "- ");
	show_stuck("12:26", 3, "12:26", "kqlrun");
	CHECK_STR(plans_run("12:40"), "12:05-12:10 #1 probe"); /* it answers */
	CHECK_STR(plans_next("12:40"), "12:00-12:05 a,b #4 again over");
	plans_done(0);
	CHECK_STR(
	    plans_run("12:50"), "- "); /* until the status has passed it */
	plans_show("12:50", "12:05",
	    plans_entry(
		"\"a\",\"b\"", "12:00", "12:05", 4, "12:40", ",\"late\":true"));
	CHECK_STR(plans_run("12:50"), "12:05-12:10 a,b #1");

	/* It is not passed over for what is a destination's fault, nor before
	 * the next window is due, nor before --order-wait. */
	plans_start("12:02", (struct sched_opts){ 0 });
	show_stuck("12:26", 2, "12:15", "promsend");
	CHECK_STR(plans_run("12:26"), "12:00-12:05 a,b #3 again");
	plans_start(
	    "12:02", (struct sched_opts){ .order_wait = 60 * WHEN_SEC });
	show_stuck("12:08", 1, "12:07", "kqlrun");
	CHECK_STR(plans_run("12:09"), "12:00-12:05 a,b #2 again");
	plans_start(
	    "12:02", (struct sched_opts){ .order_wait = 60 * WHEN_SEC });
	show_stuck("12:11", 1, "12:07", "kqlrun");
	CHECK_STR(plans_run("12:11"), "12:05-12:10 #1 probe");
	plans_start(
	    "12:02", (struct sched_opts){ .order_wait = 3600 * WHEN_SEC });
	show_stuck("12:26", 2, "12:15", "kqlrun");
	CHECK_STR(plans_run("12:26"), "12:00-12:05 a,b #3 again");
	/* With -1 as well: the status is that of the runs before. */
	plans_start("12:26", (struct sched_opts){ .once = 1 });
	show_stuck("12:26", 2, "12:15", "kqlrun");
	CHECK_STR(plans_run("12:26"), "12:05-12:10 #1 probe");
	CHECK_STR(plans_next("12:26"), "12:00-12:05 a,b #3 again over");
	plans_done(0);
	CHECK_STR(plans_run("12:26"), "12:05-12:10 a,b #1 again");
}

/* Resources m/1 to m/n, all owed the window at 12:00; of `failed` destination
 * b has failed at that since 12:06. */
static void
show_each(const char *now, int n, int failed)
{
	const char *b = ",\"error\":{\"stage\":\"promsend\","
			"\"code\":\"Http503\",\"message\":\"\"}";

	for (int i = 1; i <= n; i++) {
		plans.spec.key = arena_printf(&plans.a, "m/%d", i);
		plans_show(now, "12:00",
		    i <= failed
			? plans_entry("\"b\"", "12:00", "12:05", 1, "12:06", b)
			: "");
	}
	plans.spec.key = "m/n";
}

/* The plans there are, "key destinations", and what became of all. */
static const char *
all_plans(const char *now, enum sched_outcome outcome)
{
	struct buf b = { 0 };
	const char *out;

	while (
	    sched_next(plans.s, plans_at(now), &plans.plan, &plans.wake) == 1) {
		buf_printf(
		    &b, "%s%s", b.len > 0 ? " " : "", plans.plan.key + 2);
		for (size_t i = 0; i < plans.plan.nto; i++)
			buf_puts(&b, plans.plan.to[i]);
		sched_done(plans.s, plans.plan.key, plans.plan.ticket, outcome,
		    plans_at(now));
	}
	out = arena_strdup(&plans.a, buf_str(&b));
	buf_fini(&b);
	return out;
}

/* While a destination or an endpoint is away one window in all is tried. */
static void
breaking(void)
{
	plans_start("12:02", (struct sched_opts){ 0 });
	show_each("12:06", 7, 4);
	CHECK_INT((int)sched_open(plans.s), 0);
	CHECK_STR(
	    all_plans("12:06", SCHED_ANSWERED), "1a 2a 3a 4a 5ab 6ab 7ab");
	show_each("12:06", 7, 5);
	CHECK_INT((int)sched_open(plans.s), 1);
	CHECK_STR(all_plans("12:16", SCHED_ANSWERED),
	    "1a 2a 3a 4a 5a 6ab 7ab 1a 2a 3a 4a 5a 6ab 7ab 1b");
	CHECK_STR(all_plans("12:16", SCHED_ANSWERED), "");
	/* m/1 comes through: b is back, for all. */
	plans.spec.key = "m/1";
	plans_show("12:17", "12:05", "");
	plans.spec.key = "m/n";
	CHECK_INT((int)sched_open(plans.s), 0);
	CHECK_STR(all_plans("12:17", SCHED_ANSWERED), "2b 3b 1b 5b 4b 1b");

	/* What its query keeps from b tells nothing of b, nor does what goes
	 * with its resource: the next is tried. */
	plans_start("12:02", (struct sched_opts){ 0 });
	show_each("12:06", 7, 5);
	all_plans("12:06", SCHED_ANSWERED);
	CHECK_STR(all_plans("12:16", SCHED_FAILED),
	    "3a 5a 1a 4a 2a 6ab 7ab 3b 5b 1b 4b 2b");
	plans_start("12:02", (struct sched_opts){ 0 });
	show_each("12:06", 7, 5);
	all_plans("12:06", SCHED_ANSWERED);
	CHECK_STR(
	    all_plans("12:10", SCHED_ANSWERED), "3a 5a 1a 4a 2a 6ab 7ab 3b");
	CHECK_STR(all_plans("12:11", SCHED_ANSWERED), "");
	sched_del(plans.s, "m/3");
	CHECK_STR(all_plans("12:12", SCHED_ANSWERED), "5b");

	plans.spec.endpoint = "https://c";
	plans_start("12:02", (struct sched_opts){ 0 });
	show_each("12:06", 7, 0);
	CHECK_STR(all_plans("12:06", SCHED_DOWN), "1ab 2ab 3ab 4ab 5ab");
	CHECK_INT((int)sched_open(plans.s), 1);
	CHECK_STR(all_plans("12:07", SCHED_FAILED), "6ab 7ab");
	CHECK_INT((int)sched_open(plans.s), 0);
	plans.spec.endpoint = NULL;
}

/* A resource for a, of that endpoint, owed what starts at `last`. */
static void
show_one(
    const char *now, const char *key, const char *endpoint, const char *last)
{
	const struct sched_spec was = plans.spec;

	plans.spec.key = key;
	plans.spec.endpoint = endpoint;
	plans.spec.ndestinations = 1;
	plans_show(now, last, "");
	plans.spec = was;
}

/* The keys of up to n plans; each stands on the pipe before the next. */
static const char *
turns_of(const char *now, int n)
{
	struct buf b = { 0 };
	const char *out;

	while (n-- > 0 &&
	    sched_next(plans.s, plans_at(now), &plans.plan, &plans.wake) == 1) {
		buf_printf(&b, "%s", plans.plan.key + 2);
		sched_done(plans.s, plans.plan.key, plans.plan.ticket,
		    SCHED_ANSWERED, plans_at(now));
	}
	out = arena_strdup(&plans.a, buf_str(&b));
	buf_fini(&b);
	return out;
}

/* One that is far behind takes its turn like the others. */
static void
taking_turns(void)
{
	plans_start("12:06", (struct sched_opts){ 0 });
	show_one("12:06", "m/x", "e", "00:00");
	show_one("12:06", "m/1", "e", "12:00");
	show_one("12:06", "m/2", "e", "12:00");
	show_one("12:06", "m/3", "e", "12:00");
	CHECK_STR(turns_of("12:09", 9), "x123xxxxx");
	/* As they become due, too. */
	CHECK_STR(turns_of("12:10", 6), "x123xx");
	/* News of it does not put it before others. */
	for (int i = 0; i < 3; i++)
		show_one("12:11", "m/x", "e", "00:05");
	CHECK_STR(turns_of("12:15", 6), "x123xx");
}

/* The key of the next plan, with its ticket. */
static const char *
next_key(uint64_t *ticket)
{
	if (sched_next(plans.s, plans_at("12:09"), &plans.plan, &plans.wake) ==
	    0)
		return "-";
	*ticket = plans.plan.ticket;
	return plans.plan.key + 2;
}

static void
finish(const char *key, uint64_t ticket)
{
	sched_done(plans.s, key, ticket, SCHED_ANSWERED, plans_at("12:09"));
}

/* A slow cluster leaves room for others. */
static void
sharing(void)
{
	uint64_t one = 0, two = 0, q = 0, t = 0;

	plans_start("12:06", (struct sched_opts){ .endpoint_jobs = 2 });
	show_one("12:06", "m/1", "slow", "11:55");
	show_one("12:06", "m/2", "slow", "12:00");
	show_one("12:06", "m/3", "slow", "12:00");
	show_one("12:06", "m/4", "slow", "12:00");
	show_one("12:06", "m/5", "slow", "12:00");
	show_one("12:06", "m/q", "quick", "12:00");
	CHECK_STR(next_key(&one), "1");
	CHECK_STR(next_key(&two), "2");
	CHECK_STR(next_key(&q), "q");
	CHECK_STR(next_key(&t), "-");
	finish("m/q", q);
	CHECK_STR(next_key(&t), "-");
	/* The others wait in their order; who has left makes room as well. */
	sched_del(plans.s, "m/2");
	sched_pause(plans.s, "m/4");
	finish("m/1", one);
	CHECK_STR(next_key(&t), "3");
	CHECK_STR(next_key(&one), "-");
	finish("m/2", two);
	CHECK_STR(next_key(&two), "5");
	CHECK_STR(next_key(&one), "-");
	finish("m/3", t);
	CHECK_STR(next_key(&t), "1");
	finish("m/5", two);
	finish("m/1", t);
	CHECK_STR(next_key(&t), "-");
}

static void
hear(const char *now, int behind, int rest)
{
	struct gate_news h = { .dated = 1,
		.ahead = behind * 60 * WHEN_SEC,
		.rest = rest * 60 * WHEN_SEC };

	sched_hear(plans.s, "m/n", &h, plans_at(now));
}

/* The earlier clock counts; who asks for rest gets it. */
static void
hearing(void)
{
	plans.spec.endpoint = "e";
	plans_start("12:02", (struct sched_opts){ 0 });
	plans_show("12:02", "12:00", "");
	hear("12:02", 20, 0); /* theirs is at 11:42 */
	CHECK(sched_is_skewed(plans.s, "m/n", plans_at("12:02")));
	CHECK_STR(plans_next("12:06"), "- 12:25");
	hear("12:06", -5, 0);
	CHECK(!sched_is_skewed(plans.s, "m/n", plans_at("12:02")));
	CHECK_STR(plans_run("12:06"), "12:00-12:05 a,b #1");
	hear("12:06", 0, 30);
	CHECK_STR(plans_next("12:20"), "- 12:36");
	CHECK_STR(plans_run("12:36"), "12:05-12:10 a,b #1");
	/* A new resource begins by the earlier clock. */
	plans_start("12:02", (struct sched_opts){ 0 });
	plans_show("12:02", "11:00", "");
	hear("12:02", 30, 0);
	plans.spec.key = "m/o";
	sched_set(plans.s, &plans.spec, NULL, NULL, plans_at("12:02"));
	plans.spec.key = "m/n";
	CHECK_STR(plans_run("12:02"), "11:00-11:05 a,b #1 again");
	CHECK_STR(plans_run("12:02"), "11:25-11:25 a,b #1 found");
	/* With -1 nobody waits. */
	plans_start("12:02", (struct sched_opts){ .once = 1 });
	plans_show("12:02", "11:55", "");
	hear("12:02", 0, 30);
	CHECK_STR(plans_run("12:02"), "11:55-12:00 a,b #1 again");
	plans.spec.endpoint = NULL;
}

/* The clock is set back by hours: nothing waits until it comes there again. */
static void
stepping_back(void)
{
	plans.spec.endpoint = "e";
	plans_start("10:02", (struct sched_opts){ 0 });
	plans_show("22:00", "10:00",
	    plans_entry("\"a\",\"b\"", "10:00", "10:05", 2, "21:59", ""));
	CHECK_STR(plans_next("22:00"), "10:00-10:05 a,b #3 again");
	for (int i = 0; i < 5; i++)
		sched_done(plans.s, "m/n", plans.plan.ticket, SCHED_DOWN,
		    plans_at("22:00"));
	hear("22:00", 700, 60);
	plans_show("22:00", "10:00",
	    plans_entry("\"a\",\"b\"", "10:00", "10:05", 3, "22:00", ""));
	CHECK_STR(plans_next("10:20"), "- 11:20");
	CHECK_STR(plans_run("11:20"), "10:00-10:05 a,b #4 again");
	plans.spec.endpoint = NULL;
}

int
main(void)
{
	passing();
	breaking();
	taking_turns();
	sharing();
	hearing();
	stepping_back();
	plans_fini();
	return check_end("away");
}
