/* SPDX-License-Identifier: MIT */
#include "check.h"
#include "plans.h"

/*
 * The schedule while queries, endpoints or destinations keep failing.
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
	CHECK_STR(all_plans("12:17", SCHED_ANSWERED), "1b 3b 2b 5b 4b 1b");

	plans.spec.endpoint = "https://c";
	plans_start("12:02", (struct sched_opts){ 0 });
	show_each("12:06", 7, 0);
	CHECK_STR(all_plans("12:06", SCHED_DOWN), "1ab 2ab 3ab 4ab 5ab");
	CHECK_INT((int)sched_open(plans.s), 1);
	CHECK_STR(all_plans("12:07", SCHED_FAILED), "6ab 7ab");
	CHECK_INT((int)sched_open(plans.s), 0);
	plans.spec.endpoint = NULL;
}

int
main(void)
{
	passing();
	breaking();
	plans_fini();
	return check_end("away");
}
