/* SPDX-License-Identifier: MIT */
#include "check.h"
#include "plans.h"

static void
founding(void)
{
	plans_start("12:07", (struct sched_opts){ 0 });
	sched_set(plans.s, &plans.spec, NULL, NULL, plans_at("12:07"));
	CHECK_STR(plans_run("12:07"), "12:00-12:00 a,b #1 found");
	CHECK_STR(plans_run("12:30"), "- "); /* until the status shows it */
	plans_show("12:07", "12:00", "");
	CHECK_STR(plans_run("12:07"), "12:00-12:05 a,b #1 again");
	CHECK_STR(plans_run("12:07"), "- 12:10");
	CHECK_STR(plans_run("12:10"), "12:05-12:10 a,b #1");

	plans_start("12:07", (struct sched_opts){ .once = 1 });
	sched_set(plans.s, &plans.spec, NULL, NULL, plans_at("12:07"));
	CHECK_STR(plans_next("12:07"), "12:00-12:00 a,b #1 found");
	CHECK_STR(plans_next("12:07"), "- ");
	plans_done(1);
	CHECK_STR(plans_run("12:07"), "12:00-12:05 a,b #1 again");
	CHECK_STR(plans_run("12:07"), "- 12:10");
}

static void
order(void)
{
	plans_start("12:02", (struct sched_opts){ .max_ahead = 3 });
	plans_show("12:02", "12:00", "");
	CHECK_STR(plans_next("12:20"), "12:00-12:05 a,b #1");
	CHECK_STR(plans_next("12:20"), "- "); /* that query still runs */
	plans_done(1);
	CHECK_STR(plans_run("12:20"), "12:05-12:10 a,b #1");
	CHECK_STR(plans_run("12:20"), "12:10-12:15 a,b #1");
	CHECK_STR(plans_run("12:20"), "- "); /* three ahead of the status */
	plans_show("12:20", "12:05", "");
	CHECK_STR(plans_run("12:20"), "12:15-12:20 a,b #1");
	/* An older status changes nothing. */
	plans_show("12:20", "12:10", "");
	plans_show("12:20", "12:05",
	    plans_entry("\"a\"", "12:00", "12:05", 1, "12:06", ""));
	CHECK_STR(plans_run("12:21"), "- 12:25");
	/* A query that failed: wait for the status. */
	CHECK_STR(plans_next("12:25"), "12:20-12:25 a,b #1");
	plans_done(0);
	CHECK_STR(plans_run("12:31"), "- ");
	plans_show("12:31", "12:20",
	    plans_entry("\"a\",\"b\"", "12:20", "12:25", 1, "12:26", ""));
	CHECK_STR(plans_run("12:31"), "12:20-12:25 a,b #2 again");
	/* It waits, too, when it is not ahead. */
	plans_start("12:02", (struct sched_opts){ 0 });
	plans_show("12:02", "12:00", "");
	CHECK_STR(plans_next("12:10"), "12:00-12:05 a,b #1");
	plans_done(0);
	CHECK_STR(plans_run("12:10"), "- ");
}

static void
failing(void)
{
	const char *one =
	    plans_entry("\"b\"", "12:00", "12:05", 1, "12:05", "");
	const char *two =
	    plans_entry("\"b\"", "12:00", "12:05", 2, "12:11", "");

	plans_start("12:02", (struct sched_opts){ 0 });
	plans_show("12:02", "12:00", "");
	CHECK_STR(plans_run("12:05"), "12:00-12:05 a,b #1");
	CHECK_STR(plans_run("12:10"), "12:05-12:10 a,b #1");
	plans_show("12:10", "12:05", one);
	/* a goes on; b gets the oldest window that it is owed, alone. */
	CHECK_STR(plans_run("12:15"), "12:10-12:15 a #1");
	CHECK_STR(plans_run("12:15"), "12:00-12:05 b #2 again");
	CHECK_STR(plans_run("12:15"), "- 12:20");
	plans_show("12:15", "12:10", one); /* no new attempt yet */
	CHECK_STR(plans_run("12:15"), "- 12:20");
	plans_show("12:15", "12:15", two);
	CHECK_STR(plans_run("12:15"), "12:00-12:05 b #3 again");
	CHECK_INT(plans.plan.since, plans_at("12:11"));
	plans_show("12:15", "12:15",
	    plans_entry("\"b\"", "12:05", "12:10", 0, "12:11", ""));
	CHECK_STR(plans_run("12:16"), "12:05-12:10 b #1");
	CHECK_STR(plans_run("12:16"), "12:10-12:15 b #1");
	CHECK_STR(plans_run("12:21"), "12:15-12:20 a,b #1");
}

static void
backoff(void)
{
	plans_start("12:02", (struct sched_opts){ .seed = 7 });
	plans_show("12:11", "12:00",
	    plans_entry("\"a\",\"b\"", "12:00", "12:05", 20, "12:10", ""));
	CHECK_STR(
	    plans_run("12:14"), "- 12:15"); /* five minutes, and a little */
	CHECK(plans.wake >= plans_at("12:15") &&
	    plans.wake <= plans_at("12:15") + 30 * WHEN_SEC);
	/* A last attempt in the future counts as one made now. */
	plans_show("12:16", "12:00",
	    plans_entry("\"a\",\"b\"", "12:00", "12:05", 21, "23:00", ""));
	CHECK_STR(plans_run("12:16"), "- 12:21");
	plans_show("12:20", "12:00",
	    plans_entry("\"a\",\"b\"", "12:00", "12:05", 21, "23:00", ""));
	CHECK_STR(plans_run("12:20"), "- 12:21");
	/* Permanent: once an hour, at a restart, when the spec changes. */
	plans_show("12:30", "12:00",
	    plans_entry("\"a\",\"b\"", "12:00", "12:05", 22, "12:29",
		",\"error\":{\"stage\":\"kqlrun\",\"code\":\"c\","
		"\"message\":\"\",\"permanent\":true}"));
	CHECK_STR(plans_run("12:30"), "- 13:29");
	plans.spec.generation = 2;
	sched_set(plans.s, &plans.spec, NULL, NULL, plans_at("12:31"));
	CHECK_STR(plans_run("12:31"), "12:00-12:05 a,b #23 again");
	plans.spec.generation = 1;
	/* With -1 everything that is due has one try. */
	plans_start("12:12", (struct sched_opts){ .once = 1 });
	plans_show("12:12", "12:05",
	    plans_entry("\"a\",\"b\"", "12:00", "12:05", 20, "12:10", ""));
	CHECK_STR(plans_run("12:12"), "12:00-12:05 a,b #21 again");
	CHECK_STR(plans_run("12:12"), "12:05-12:10 a,b #1 again");
	CHECK_STR(plans_run("12:12"), "- 12:15");
}

static void
lates(void)
{
	const char *late = plans_entry(
	    "\"a\",\"b\"", "11:00", "11:10", 1, "12:00", ",\"late\":true");

	plans_start("12:02", (struct sched_opts){ 0 });
	plans_show("12:02", "12:00", late);
	CHECK_STR(plans_next("12:05"), "12:00-12:05 a,b #1");
	CHECK_STR(plans_next("12:05"), "11:00-11:05 a,b #2 late"); /* beside */
	CHECK_STR(plans_next("12:05"), "- ");
	plans_done(0);
	CHECK_STR(plans_next("12:30"), "- ");
	plans_show("12:30", "12:05",
	    plans_entry(
		"\"a\"", "11:05", "11:10", 0, "12:00", ",\"late\":true"));
	CHECK_STR(plans_run("12:30"), "11:05-11:10 a #1 late");

	plans_start("12:02", (struct sched_opts){ .once = 1 });
	plans_show("12:02", "12:00", late);
	CHECK_STR(plans_run("12:02"), "11:00-11:05 a,b #2 late");
	CHECK_STR(plans_run("12:02"), "11:05-11:10 a,b #1 late");
	CHECK_STR(plans_run("12:02"), "- 12:05");
}

static void
windows(void)
{
	ticks minute = 60 * WHEN_SEC;

	CHECK_INT(
	    sched_window_end(plans_at("12:03"), 5 * minute), plans_at("12:05"));
	CHECK_INT(sched_window_end(plans_at("12:05"), 60 * minute),
	    plans_at("13:00"));
	CHECK_INT(
	    sched_first_start(plans_at("14:05"), 60 * minute, 15 * minute),
	    plans_at("12:00"));
	/* A longer interval: one shorter window that re-aligns. */
	plans_start("12:02", (struct sched_opts){ 0 });
	plans_show("12:02", "12:05", "");
	plans.spec.interval = 60 * minute;
	plans.spec.delay = 2 * minute;
	plans_show("12:02", "12:05", "");
	CHECK_STR(plans_run("12:40"), "- 13:02");
	CHECK_STR(plans_run("13:02"), "12:05-13:00 a,b #1");
	CHECK_STR(plans_run("13:02"), "- 14:02");
	/* A rule's windows wait until it has summarised them. */
	plans.spec.until = plans_at("13:30");
	plans_show("13:02", "13:00", "");
	CHECK_STR(plans_run("14:30"), "- ");
	plans.spec.until = plans_at("14:00");
	plans_show("14:30", "13:00", "");
	CHECK_STR(plans_run("14:30"), "13:00-14:00 a,b #1");
	/* It is set back: what was planned is not planned again; and what it
	 * has not summarised is not too late for --max-catchup. */
	plans.spec.until = plans_at("13:00");
	plans_show("14:30", "13:00", "");
	CHECK_STR(plans_run("15:30"), "- ");
	plans.spec.until = plans_at("15:00");
	plans_show("15:30", "13:00", "");
	CHECK_STR(plans_run("15:30"), "14:00-15:00 a,b #1");
	plans_start("12:02", (struct sched_opts){ .max_catchup = 60 * minute });
	plans_show("12:02", "11:00", "");
	CHECK_STR(plans_run("23:30"), "11:00-15:00 a,b #1 again drop");
	plans.spec.until = plans.spec.delay = 0;
	plans.spec.interval = 5 * minute;
	/* The clock steps back: nothing is planned twice or early. */
	plans_start("12:02", (struct sched_opts){ 0 });
	plans_show("12:02", "12:00", "");
	CHECK_STR(plans_run("12:05"), "12:00-12:05 a,b #1");
	CHECK_STR(plans_run("11:00"), "- 12:10");
	CHECK(sched_is_skewed(plans.s, "m/n", plans_at("11:00")));
	CHECK(!sched_is_skewed(plans.s, "m/n", plans_at("12:00")));
}

/*
 * What the exporter that came before does, and our ruling where that is
 * another: a window never ends before its data, and starts where the last one
 * ended.
 */
static const struct {
	const char *now;
	int interval, delay; /* seconds */
	const char *cursor;  /* NULL: a new resource */
	const char *start, *end;
	int due;
} upstream[] = {
	{ "2023-01-01T14:30:45Z", 7200, 0, "2023-01-01T14:00:00Z",
	    "2023-01-01T14:00:00Z", "2023-01-01T16:00:00Z",
	    0 }, /* not as upstream */
	{ "2025-06-23T12:01:02Z", 300, 0, NULL, "2025-06-23T11:55:00Z",
	    "2025-06-23T12:00:00Z", 1 },
	{ "2025-06-23T12:01:02Z", 900, 0, "2025-06-23T11:45:00Z",
	    "2025-06-23T11:45:00Z", "2025-06-23T12:00:00Z", 1 },
	{ "2025-06-23T12:01:02Z", 1800, 0, NULL, "2025-06-23T11:30:00Z",
	    "2025-06-23T12:00:00Z", 1 },
	{ "2025-06-23T12:01:02Z", 1800, 0, "2025-06-23T11:30:00Z",
	    "2025-06-23T11:30:00Z", "2025-06-23T12:00:00Z", 1 },
	{ "2025-06-23T12:01:02Z", 3600, 0, "2025-06-23T11:00:00Z",
	    "2025-06-23T11:00:00Z", "2025-06-23T12:00:00Z", 1 },
	{ "2025-06-23T12:01:02Z", 86400, 0, NULL, "2025-06-22T00:00:00Z",
	    "2025-06-23T00:00:00Z", 1 },
	{ "2025-06-23T12:01:02Z", 3600, 0, "2025-06-23T15:01:02Z",
	    "2025-06-23T15:01:02Z", "2025-06-23T16:00:00Z",
	    0 }, /* not as upstream */
	{ "2025-06-23T12:01:02Z", 3600, 600, NULL, "2025-06-23T10:00:00Z",
	    "2025-06-23T11:00:00Z", 1 },
	{ "2025-06-23T12:01:02Z", 3600, 900, "2025-06-23T11:00:00Z",
	    "2025-06-23T11:00:00Z", "2025-06-23T12:00:00Z",
	    0 }, /* not as upstream */
	{ "2025-06-23T12:01:02Z", 3600, 0, NULL, "2025-06-23T11:00:00Z",
	    "2025-06-23T12:00:00Z", 1 },
	{ "2025-06-23T12:01:02Z", 3600, 7200, NULL, "2025-06-23T09:00:00Z",
	    "2025-06-23T10:00:00Z", 1 },
	{ "2026-03-10T12:05:10Z", 300, 0, "2026-03-10T12:00:00Z",
	    "2026-03-10T12:00:00Z", "2026-03-10T12:05:00Z", 1 },
	{ "2026-03-10T12:34:56Z", 3600, 0, "2026-03-09T10:00:00Z",
	    "2026-03-09T10:00:00Z", "2026-03-09T11:00:00Z", 1 },
	{ "2026-03-10T12:20:40Z", 3600, 0, "2026-03-10T12:00:00Z",
	    "2026-03-10T12:00:00Z", "2026-03-10T13:00:00Z",
	    0 }, /* not as upstream */
	{ "2026-03-10T13:20:40Z", 3600, 0, "2026-03-10T12:20:00Z",
	    "2026-03-10T12:20:00Z", "2026-03-10T13:00:00Z",
	    1 }, /* not as upstream */
	{ "2026-03-10T12:00:40Z", 3600, 0, "2026-03-10T12:00:00Z",
	    "2026-03-10T12:00:00Z", "2026-03-10T13:00:00Z",
	    0 }, /* not as upstream */
	{ "2026-03-10T12:01:10Z", 30, 0, "2026-03-10T12:00:30Z",
	    "2026-03-10T12:00:30Z", "2026-03-10T12:01:00Z", 1 },
	{ "2026-03-12T08:00:00Z", 604800, 0, NULL, "2026-03-02T00:00:00Z",
	    "2026-03-09T00:00:00Z", 1 },
	{ "2026-03-10T12:05:00Z", 420, 0, NULL, "2026-03-10T11:56:00Z",
	    "2026-03-10T12:03:00Z", 1 },
	{ "2026-03-10T12:05:00Z", 5400, 0, NULL, "2026-03-10T10:30:00Z",
	    "2026-03-10T12:00:00Z", 1 },
	{ "2026-03-10T12:38:10Z", 3600, 0, "2026-03-10T12:35:00Z",
	    "2026-03-10T12:35:00Z", "2026-03-10T13:00:00Z",
	    0 }, /* not as upstream */
	{ "2026-03-10T13:14:00Z", 3600, 900, "2026-03-10T12:00:00Z",
	    "2026-03-10T12:00:00Z", "2026-03-10T13:00:00Z", 0 },
	{ "2026-03-10T13:15:00Z", 3600, 900, "2026-03-10T12:00:00Z",
	    "2026-03-10T12:00:00Z", "2026-03-10T13:00:00Z", 1 },
	{ "2026-03-10T12:20:00Z", 3600, 0, "2026-03-10T12:00:00Z",
	    "2026-03-10T12:00:00Z", "2026-03-10T13:00:00Z",
	    0 }, /* not as upstream */
	{ "2026-03-10T14:05:00Z", 3600, 900, NULL, "2026-03-10T12:00:00Z",
	    "2026-03-10T13:00:00Z", 1 },
	{ "2026-03-10T14:05:00Z", 3600, 0, NULL, "2026-03-10T13:00:00Z",
	    "2026-03-10T14:00:00Z", 1 },
	{ "2025-06-23T12:01:02Z", 1800, 300, NULL, "2025-06-23T11:00:00Z",
	    "2025-06-23T11:30:00Z", 1 },
	{ "2025-06-23T12:01:02Z", 86400, 3600, NULL, "2025-06-22T00:00:00Z",
	    "2025-06-23T00:00:00Z", 1 },
};

static ticks
time_of(const char *text)
{
	ticks t = 0;

	CHECK_INT(when_parse(text, strlen(text), &t), 0);
	return t;
}

static void
as_upstream(void)
{
	struct sched_spec one = plans.spec;

	for (size_t i = 0; i < sizeof(upstream) / sizeof(*upstream); i++) {
		struct owed o = { .founded = upstream[i].cursor != NULL };
		ticks now = time_of(upstream[i].now);

		one.interval = upstream[i].interval * WHEN_SEC;
		one.delay = upstream[i].delay * WHEN_SEC;
		if (o.founded)
			o.last = time_of(upstream[i].cursor);
		plans_start("12:00", (struct sched_opts){ .once = 1 });
		sched_set(plans.s, &one, NULL, &o, now);
		if (!o.founded &&
		    sched_next(plans.s, now, &plans.plan, &plans.wake) == 1)
			plans_done(1);
		CHECK_INT(sched_next(plans.s, now, &plans.plan, &plans.wake),
		    upstream[i].due);
		if (!upstream[i].due)
			CHECK_INT(
			    plans.wake, time_of(upstream[i].end) + one.delay);
		if (!upstream[i].due)
			CHECK_INT(sched_next(plans.s, plans.wake, &plans.plan,
				      &plans.wake),
			    1);
		CHECK_INT(plans.plan.start, time_of(upstream[i].start));
		CHECK_INT(plans.plan.end, time_of(upstream[i].end));
	}
}

static void
catching_up(void)
{
	plans_start(
	    "12:02", (struct sched_opts){ .max_catchup = 600 * WHEN_SEC });
	plans_show("12:02", "10:00", "");
	CHECK_STR(plans_next("12:02"), "10:00-11:50 a,b #1 again drop");
	sched_done(plans.s, "m/n", plans.plan.ticket, SCHED_UNASKED, plans.now);
	/* What is newer waits until the status says so; one that does not,
	 * since another exporter wrote it, is told once more. */
	CHECK_STR(plans_run("12:02"), "- 12:03");
	CHECK_STR(plans_run("12:03"), "10:00-11:50 a,b #1 again drop");
	CHECK_STR(plans_run("12:03"), "- 12:04");
	plans_show("12:03", "11:50", "");
	CHECK_STR(plans_run("12:03"), "11:50-11:55 a,b #1 again");
	CHECK_STR(plans_run("12:03"), "11:55-12:00 a,b #1 again");
	CHECK_STR(plans_run("12:03"), "- 12:05");
	/* With -1 there is no status to wait for. */
	plans_start("12:02",
	    (struct sched_opts){ .once = 1, .max_catchup = 600 * WHEN_SEC });
	plans_show("12:02", "10:00", "");
	CHECK_STR(plans_run("12:02"), "10:00-11:50 a,b #1 again drop");
	CHECK_STR(plans_run("12:02"), "11:50-11:55 a,b #1 again");
}

static void
changes(void)
{
	static const char *const ac[] = { "a", "c" };
	const char *const *before = plans.spec.destinations;
	int one, two;

	/* One new to the list may be owed older windows than it seemed. */
	plans_start("12:32", (struct sched_opts){ 0 });
	plans_show("12:32", "12:30", "");
	plans_show("12:33", "12:30",
	    plans_entry("\"b\"", "12:20", "12:25", 0, "12:25", ""));
	CHECK_STR(plans_run("12:33"), "12:20-12:25 b #1 again");
	plans_start("12:02", (struct sched_opts){ 0 });
	plans_show("12:02", "12:00", "");
	CHECK_STR(plans_run("12:05"), "12:00-12:05 a,b #1");
	/* Another destination is owed from the status on. */
	plans.spec.destinations = ac;
	plans_show("12:06", "12:00", "");
	CHECK_STR(plans_run("12:06"), "12:00-12:05 c #1");
	CHECK_STR(plans_run("12:10"), "12:05-12:10 a,c #1");
	plans.spec.destinations = before;
	/* Paused until it changes, and nothing is forgotten. */
	plans_show("12:11", "12:00", "");
	sched_pause(plans.s, "m/n");
	CHECK_STR(plans_run("12:15"), "- ");
	plans_show("12:15", "12:05", "");
	CHECK_STR(plans_run("12:15"), "12:10-12:15 a #1");
	CHECK_STR(plans_run("12:15"), "12:05-12:10 b #1");
	/* Deleted and made anew: another uid starts afresh. */
	plans_start("12:02", (struct sched_opts){ 0 });
	CHECK(sched_set(plans.s, &plans.spec, &one, NULL, plans_at("12:02")) ==
	    NULL);
	CHECK_STR(plans_run("12:02"), "11:55-11:55 a,b #1 found");
	plans.spec.uid = "u";
	CHECK(sched_set(plans.s, &plans.spec, &two, NULL, plans_at("12:02")) ==
	    &one);
	CHECK_STR(plans_run("12:02"), "11:55-11:55 a,b #1 found");
	plans.spec.uid = "";
	CHECK(sched_del(plans.s, "m/n") == &two);
	CHECK(sched_del(plans.s, "m/n") == NULL);
	CHECK_STR(plans_run("12:30"), "- ");
	/* One that comes with a status was run before, here or elsewhere. */
	plans_show("12:30", "12:20", "");
	CHECK_STR(plans_run("12:30"), "12:20-12:25 a,b #1 again");
	CHECK_STR(plans_run("12:30"), "12:25-12:30 a,b #1 again");
	CHECK_STR(plans_run("12:35"), "12:30-12:35 a,b #1");
	sched_del(plans.s, "m/n");
	sched_set(plans.s, &plans.spec, NULL, NULL, plans_at("12:36"));
	CHECK_STR(plans_run("12:36"), "12:30-12:30 a,b #1 found");
	plans_show("12:36", "12:30", "");
	CHECK_STR(plans_run("12:36"), "12:30-12:35 a,b #1");
	sched_del(plans.s, "m/n");
	/* So says the latest clock. */
	plans_show("12:20", "12:30", "");
	CHECK_STR(plans_run("12:36"), "12:30-12:35 a,b #1 again");
	sched_del(plans.s, "m/n");
	sched_done(plans.s, "m/n", 1, SCHED_ANSWERED, plans_at("12:00"));
	sched_pause(plans.s, "m/n");
}

/* What is tried once more says that it is owed first, so that nobody holds it;
 * one that has windows on the way goes apart. */
static void
owed_first(void)
{
	plans_start("12:32", (struct sched_opts){ 0 });
	plans_show("12:32", "12:00",
	    plans_entry("\"b\"", "12:05", "12:10", 1, "12:06", ""));
	CHECK_STR(plans_run("12:32"), "12:05-12:10 b #2 again");
	CHECK_STR(plans_run("12:32"), "12:00-12:05 a #1 again");
	plans_show("12:32", "12:00",
	    plans_entry("\"b\"", "12:05", "12:10", 2, "12:07", ""));
	CHECK_STR(plans_run("12:33"), "12:05-12:10 a #1 again");
	CHECK_INT(plans.plan.settled, plans_at("12:00"));
	CHECK_STR(plans_run("12:33"), "12:10-12:15 a #1 again");
	CHECK_STR(plans_run("12:33"), "12:15-12:20 a #1 again");
	CHECK_STR(plans_run("12:33"), "12:20-12:25 a #1 again");
	CHECK_STR(plans_run("12:33"), "12:25-12:30 a #1 again");
	CHECK_STR(plans_run("12:33"), "12:05-12:10 b #3 again");
	CHECK_INT(plans.plan.settled, plans_at("12:05"));
}

/* Many resources: each has its turn, and all come in the order of time. */
static void
many(void)
{
	struct sched_spec each = plans.spec;
	struct owed o = { .founded = 1 };
	ticks before = 0;
	int n = 0;

	plans_start("12:00", (struct sched_opts){ .spread = 60 * WHEN_SEC });
	o.last = plans_at("12:00");
	for (int i = 0; i < 1000; i++) {
		each.key = arena_printf(&plans.a, "m/n%d", i);
		sched_set(plans.s, &each, NULL, &o, plans_at("12:00"));
	}
	for (int i = 0; i < 1000; i += 3)
		sched_del(plans.s, arena_printf(&plans.a, "m/n%d", i));
	for (ticks now = plans_at("12:00"); now < plans_at("12:07");
	     now = plans.wake) {
		while (sched_next(plans.s, now, &plans.plan, &plans.wake) == 1)
			n++;
		CHECK(plans.wake > now && plans.wake >= before);
		before = plans.wake;
	}
	CHECK_INT(n, 666);
}

int
main(void)
{
	founding();
	order();
	failing();
	backoff();
	lates();
	windows();
	as_upstream();
	catching_up();
	changes();
	owed_first();
	many();
	plans_fini();
	return check_end("schedule");
}
