/* SPDX-License-Identifier: MIT */
#include "check.h"
#include "plans.h"

/*
 * The schedule when something changes while windows are on their way: the
 * resource, its status, or the clock.  "-" is for no plan.
 */
#define MINUTE (60 * WHEN_SEC)

static const struct sched_spec *
before(void)
{
	static struct sched_spec spec;

	if (spec.key == NULL)
		spec = plans.spec;
	return &spec;
}

/* Windows from 12:00 on are owed, and it is 12:06; one is on its way. */
static uint64_t
begin(struct sched_opts opts)
{
	plans.spec = *before();
	plans_start("12:02", opts);
	plans_show("12:02", "12:00", "");
	CHECK_STR(plans_next("12:06"), "12:00-12:05 a,b #1");
	return plans.plan.ticket;
}

static void
arrive(const char *now, uint64_t ticket)
{
	sched_done(plans.s, "m/n", ticket, SCHED_ANSWERED, plans_at(now));
}

/* Deleted, and made anew: what is on its way is of the one before. */
static void
another_uid(void)
{
	uint64_t old = begin((struct sched_opts){ 0 });

	plans.spec.uid = "u2";
	sched_set(plans.s, &plans.spec, NULL, NULL, plans_at("12:07"));
	CHECK_STR(plans_next("12:07"), "12:00-12:00 a,b #1 found");
	arrive("12:07", old);
	CHECK_STR(plans_run("12:11"), "- ");
	plans_done(1);
	plans_show("12:11", "12:00", "");
	CHECK_STR(plans_run("12:11"), "12:00-12:05 a,b #1");
}

/* A file has no uid: its status stays, and it goes on where that is. */
static void
no_uid(void)
{
	uint64_t old = begin((struct sched_opts){ 0 });

	sched_del(plans.s, "m/n");
	plans_show("12:07", "12:00", "");
	/* It may be sent twice, so it says again. */
	CHECK_STR(plans_next("12:07"), "12:00-12:05 a,b #1 again");
	arrive("12:07", old);
	CHECK_STR(plans_run("12:11"), "- ");
	plans_done(1);
	CHECK_STR(plans_run("12:11"), "12:05-12:10 a,b #1");
}

/* Windows of the new interval start where the last one ended. */
static void
intervals(void)
{
	uint64_t old = begin((struct sched_opts){ 0 });

	plans.spec.interval = MINUTE;
	plans_show("12:07", "12:00", "");
	CHECK_STR(plans_run("12:07"), "- ");
	arrive("12:07", old);
	CHECK_STR(plans_run("12:07"), "12:05-12:06 a,b #1");
	CHECK_STR(plans_next("12:07"), "12:06-12:07 a,b #1");
	plans.spec.interval = 15 * MINUTE;
	plans_show("12:08", "12:00", "");
	plans_done(1);
	/* One is shorter, to be on the grid again. */
	CHECK_STR(plans_run("12:14"), "- 12:15");
	CHECK_STR(plans_run("12:15"), "12:07-12:15 a,b #1");
	/* What has failed comes again by the spec as it is. */
	plans_show("12:16", "12:00",
	    plans_entry("\"a\",\"b\"", "12:05", "12:06", 1, "12:08", ""));
	CHECK_STR(plans_run("12:16"), "12:05-12:15 a,b #2 again");
}

static void
delays(void)
{
	uint64_t old = begin((struct sched_opts){ 0 });

	plans.spec.delay = 10 * MINUTE;
	plans_show("12:07", "12:00", "");
	arrive("12:07", old);
	CHECK_STR(plans_run("12:12"), "- 12:20");
	plans.spec.delay = 0;
	plans_show("12:13", "12:00", "");
	CHECK_STR(plans_run("12:13"), "12:05-12:10 a,b #1");
}

/* Who is new to the list is owed what the status says, who stays goes on, and
 * a window that is on its way is no business of those who came later. */
static void
destinations(void)
{
	static const char *const abc[] = { "a", "b", "c" };
	static const char *const ac[] = { "a", "c" };
	uint64_t old = begin((struct sched_opts){ 0 }), one;

	plans.spec.destinations = abc;
	plans.spec.ndestinations = 3;
	plans_show("12:07", "12:00", "");
	CHECK_STR(plans_next("12:07"), "12:00-12:05 c #1");
	one = plans.plan.ticket;
	CHECK_INT(plans.plan.listed, plans_at("12:07"));
	arrive("12:07", old);
	CHECK_STR(plans_run("12:11"), "12:05-12:10 a,b #1");
	/* b is called c2 now, and then b again. */
	plans.spec.destinations = ac;
	plans.spec.ndestinations = 2;
	plans_show("12:12", "12:00", "");
	arrive("12:12", one);
	CHECK_STR(plans_run("12:12"), "12:05-12:10 c #1");
	plans.spec.destinations = abc;
	plans.spec.ndestinations = 3;
	plans_show("12:13", "12:05", "");
	CHECK_STR(plans_run("12:13"), "12:05-12:10 b #1");
	CHECK_STR(plans_run("12:15"), "12:10-12:15 a,b,c #1");
}

/* Somebody else has been there: what was planned is not owed any more. */
static void
another_exporter(void)
{
	uint64_t old = begin((struct sched_opts){ 0 });

	plans_show("12:31", "12:30", "");
	CHECK_STR(plans_run("12:34"), "- ");
	arrive("12:34", old);
	CHECK_STR(plans_run("12:36"), "12:30-12:35 a,b #1");
	/* Past a window that failed: those behind it were held. */
	plans_show("12:41", "12:45",
	    plans_entry("\"b\"", "12:40", "12:45", 3, "12:37", ""));
	CHECK_STR(plans_run("12:45"), "12:40-12:45 b #4 again");
	CHECK_INT(plans.plan.settled, plans_at("12:40"));
	CHECK_STR(plans_run("12:50"), "12:45-12:50 a #1");
}

/* Receipts applied to the status twice, or a status that comes twice: one
 * failure more is one try more, else nothing. */
static void
statuses_again(void)
{
	const char *one =
	    plans_entry("\"a\",\"b\"", "12:00", "12:05", 1, "12:06", "");
	const char *two =
	    plans_entry("\"a\",\"b\"", "12:00", "12:05", 2, "12:06", "");

	arrive("12:06", begin((struct sched_opts){ 0 }));
	plans_show("12:07", "12:00", one);
	CHECK_STR(plans_run("12:08"), "12:00-12:05 a,b #2 again");
	plans_show("12:08", "12:00", one);
	CHECK_STR(plans_run("12:09"), "- ");
	plans_show("12:09", "12:00", two);
	CHECK_STR(plans_run("12:09"), "12:00-12:05 a,b #3 again");
	plans_show("12:10", "12:05", "");
	plans_show("12:10", "12:00", two); /* on its way since long */
	CHECK_STR(plans_run("12:10"), "12:05-12:10 a,b #1");
}

/* An hour forward makes due what is due by that clock, and back again nothing
 * is sent twice. */
static void
clocks(void)
{
	uint64_t old = begin((struct sched_opts){ 0 });

	arrive("13:06", old);
	for (int i = 0; i < 12; i++)
		CHECK(*plans_run("13:06") != '-');
	CHECK_STR(plans_run("13:06"), "- 13:10");
	CHECK_STR(plans_run("12:08"), "- 13:10");
	plans_show("12:08", "13:05", "");
	CHECK(sched_is_skewed(plans.s, "m/n", plans_at("12:08")));
	CHECK_STR(plans_run("13:10"), "13:05-13:10 a,b #1");
	/* An hour back, and what failed is tried as it would have been. */
	plans_show("13:16", "13:05",
	    plans_entry("\"a\",\"b\"", "13:05", "13:10", 8, "13:15", ""));
	CHECK_STR(plans_run("12:16"), "- 13:10");
	CHECK_STR(plans_run("13:10"), "13:05-13:10 a,b #9 again");
}

/* Late entries of 11:00 to 11:00 + n minutes. */
static const char *
lates(int n)
{
	struct buf b = { 0 };
	const char *out;

	for (int i = 0; i < n; i++) {
		char from[16], to[16];

		snprintf(from, sizeof(from), "%02d:%02d", 9 + i / 60, i % 60);
		snprintf(to, sizeof(to), "%02d:%02d", 9 + (i + 1) / 60,
		    (i + 1) % 60);
		buf_puts(&b,
		    plans_entry(
			"\"a\"", from, to, i + 1, "12:00", ",\"late\":true"));
		buf_putc(&b, ',');
	}
	out = arena_strdup(&plans.a, buf_str(&b));
	buf_fini(&b);
	return out;
}

/* At the bound nothing is passed over: not tried behind, but waited for. */
static void
bound(void)
{
	const char *stuck =
	    plans_entry("\"a\",\"b\"", "12:00", "12:05", 9, "12:06",
		",\"error\":{\"stage\":\"kqlrun\",\"code\":\"c\","
		"\"message\":\"\"}");

	plans.spec = *before();
	for (int full = 0; full < 2; full++) {
		plans_start("12:02", (struct sched_opts){ 0 });
		plans_show("12:20", "12:00",
		    arena_printf(&plans.a, "%s%s", lates(98 + full), stuck));
		CHECK_STR(plans_next("12:20"),
		    full ? "12:00-12:05 a,b #10 again"
			 : "12:05-12:10 #1 probe");
	}
}

/* A window behind one that fails is tried; then the spec changes, or it is
 * gone: its answer is of no use, or does no harm. */
static void
probes(void)
{
	const char *stuck =
	    plans_entry("\"a\",\"b\"", "12:00", "12:05", 9, "12:06",
		",\"error\":{\"stage\":\"kqlrun\",\"code\":\"c\","
		"\"message\":\"\"}");
	uint64_t probe;

	plans.spec = *before();
	plans_start("12:02", (struct sched_opts){ 0 });
	plans_show("12:20", "12:00", stuck);
	CHECK_STR(plans_next("12:20"), "12:05-12:10 #1 probe");
	probe = plans.plan.ticket;
	plans_show("12:21", "12:05", ""); /* it went through after all */
	CHECK_STR(plans_run("12:21"), "- ");
	arrive("12:21", probe);
	CHECK_STR(plans_run("12:21"), "12:05-12:10 a,b #1 again");
	plans_start("12:02", (struct sched_opts){ 0 });
	plans_show("12:20", "12:00", stuck);
	CHECK_STR(plans_next("12:20"), "12:05-12:10 #1 probe");
	probe = plans.plan.ticket;
	sched_del(plans.s, "m/n");
	plans_show("12:21", "12:00", stuck);
	CHECK_STR(plans_next("12:21"), "12:05-12:10 #1 probe");
	arrive("12:21", probe);
	CHECK_STR(plans_run("12:21"), "- ");
	plans_done(0);
}

int
main(void)
{
	another_uid();
	no_uid();
	intervals();
	delays();
	destinations();
	another_exporter();
	statuses_again();
	clocks();
	bound();
	probes();
	plans_fini();
	return check_end("edits");
}
