/* SPDX-License-Identifier: MIT */
#include "../../kqlrun/schedule.h"
#include "check.h"

/*
 * Status and clock in, windows out.  Times are minutes of one day; a plan
 * reads "12:00-12:05 a,b #1".
 */
static struct arena a;
static struct sched *s;
static struct sched_plan plan;
static ticks wake;

static const char *const ab[] = { "a", "b" };
static struct sched_spec spec = { .key = "m/n",
	.uid = "",
	.generation = 1,
	.interval = 300 * WHEN_SEC,
	.destinations = ab,
	.ndestinations = 2 };

static ticks
at(const char *text)
{
	char full[40];
	ticks t = 0;

	snprintf(full, sizeof(full), "2025-06-25T%s:00Z", text);
	CHECK_INT(when_parse(full, strlen(full), &t), 0);
	return t;
}

static void
start(const char *now, struct sched_opts opts)
{
	sched_free(s);
	opts.started = at(now);
	if (opts.max_ahead == 0)
		opts.max_ahead = 1000;
	s = sched_new(&opts);
}

static void
put_minute(struct buf *b, ticks t)
{
	int64_t m = (t - at("00:00")) / (60 * WHEN_SEC);

	buf_printf(b, "%02d:%02d", (int)(m / 60), (int)(m % 60));
}

/* The next plan in short, or "-" and when to ask again. */
static const char *
next(const char *now)
{
	struct buf b = { 0 };
	const char *out;

	if (sched_next(s, at(now), &plan, &wake) == 0) {
		buf_puts(&b, "- ");
		if (wake != SCHED_NEVER)
			put_minute(&b, wake);
	} else {
		put_minute(&b, plan.start);
		buf_puts(&b, "-");
		put_minute(&b, plan.end);
		for (size_t i = 0; i < plan.nto; i++)
			buf_printf(&b, "%s%s", i == 0 ? " " : ",", plan.to[i]);
		buf_printf(&b, " #%d%s%s%s%s%s%s", (int)plan.attempt,
		    plan.again ? " again" : "", plan.late ? " late" : "",
		    plan.pass_over ? " over" : "",
		    plan.kind == SCHED_FOUND ? " found" : "",
		    plan.kind == SCHED_DROP ? " drop" : "",
		    plan.kind == SCHED_PROBE ? " probe" : "");
	}
	out = arena_strdup(&a, buf_str(&b));
	buf_fini(&b);
	return out;
}

static void
done(int good)
{
	sched_done(s, plan.key, plan.ticket,
	    good ? SCHED_ANSWERED : SCHED_FAILED, plan.end);
}

/* Plan and put on the pipe. */
static const char *
run(const char *now)
{
	const char *out = next(now);

	if (*out != '-')
		done(1);
	return out;
}

/* An entry of a backlog: destinations, start, attempts, more. */
static const char *
entry(const char *names, const char *from, const char *to, int attempts,
    const char *last, const char *more)
{
	return arena_printf(&a,
	    "{\"startTime\":\"2025-06-25T%s:00Z\","
	    "\"endTime\":\"2025-06-25T%s:00Z\",\"destinations\":[%s],"
	    "\"attempts\":%d,\"firstAttempt\":\"2025-06-25T%s:00Z\","
	    "\"lastAttempt\":\"2025-06-25T%s:00Z\"%s}",
	    from, to, names, attempts, last, last, more);
}

static void
show(const char *now, const char *last, const char *backlog)
{
	const char *text = arena_printf(&a,
	    "{\"lastSuccessfulExecution\":\"2025-06-25T%s:00Z\","
	    "\"backlog\":[%s]}",
	    last, backlog);
	struct owed o = { 0 };
	struct err e;

	CHECK_INT(owed_read(&o, json_parse(&a, text, strlen(text), &e), &e), 0);
	sched_set(s, &spec, NULL, &o, at(now));
	owed_fini(&o);
}

static void
founding(void)
{
	start("12:07", (struct sched_opts){ 0 });
	sched_set(s, &spec, NULL, NULL, at("12:07"));
	CHECK_STR(run("12:07"), "12:00-12:00 a,b #1 found");
	CHECK_STR(run("12:30"), "- "); /* until the status shows it */
	show("12:07", "12:00", "");
	CHECK_STR(run("12:07"), "12:00-12:05 a,b #1 again");
	CHECK_STR(run("12:07"), "- 12:10");
	CHECK_STR(run("12:10"), "12:05-12:10 a,b #1");

	start("12:07", (struct sched_opts){ .once = 1 });
	sched_set(s, &spec, NULL, NULL, at("12:07"));
	CHECK_STR(next("12:07"), "12:00-12:00 a,b #1 found");
	CHECK_STR(next("12:07"), "- ");
	done(1);
	CHECK_STR(run("12:07"), "12:00-12:05 a,b #1 again");
	CHECK_STR(run("12:07"), "- 12:10");
}

static void
order(void)
{
	start("12:02", (struct sched_opts){ .max_ahead = 3 });
	show("12:02", "12:00", "");
	CHECK_STR(next("12:20"), "12:00-12:05 a,b #1");
	CHECK_STR(next("12:20"), "- "); /* that query still runs */
	done(1);
	CHECK_STR(run("12:20"), "12:05-12:10 a,b #1");
	CHECK_STR(run("12:20"), "12:10-12:15 a,b #1");
	CHECK_STR(run("12:20"), "- "); /* three ahead of the status */
	show("12:20", "12:05", "");
	CHECK_STR(run("12:20"), "12:15-12:20 a,b #1");
	/* An older status changes nothing. */
	show("12:20", "12:10", "");
	show(
	    "12:20", "12:05", entry("\"a\"", "12:00", "12:05", 1, "12:06", ""));
	CHECK_STR(run("12:21"), "- 12:25");
	/* A query that failed: wait for the status. */
	CHECK_STR(next("12:25"), "12:20-12:25 a,b #1");
	done(0);
	CHECK_STR(run("12:31"), "- ");
	show("12:31", "12:20",
	    entry("\"a\",\"b\"", "12:20", "12:25", 1, "12:26", ""));
	CHECK_STR(run("12:31"), "12:20-12:25 a,b #2 again");
}

static void
failing(void)
{
	const char *one = entry("\"b\"", "12:00", "12:05", 1, "12:05", "");
	const char *two = entry("\"b\"", "12:00", "12:05", 2, "12:11", "");

	start("12:02", (struct sched_opts){ 0 });
	show("12:02", "12:00", "");
	CHECK_STR(run("12:05"), "12:00-12:05 a,b #1");
	CHECK_STR(run("12:10"), "12:05-12:10 a,b #1");
	show("12:10", "12:05", one);
	/* a goes on; b gets the oldest window that it is owed, alone. */
	CHECK_STR(run("12:15"), "12:10-12:15 a #1");
	CHECK_STR(run("12:15"), "12:00-12:05 b #2 again");
	CHECK_STR(run("12:15"), "- 12:20");
	show("12:15", "12:10", one); /* no new attempt yet */
	CHECK_STR(run("12:15"), "- 12:20");
	show("12:15", "12:15", two);
	CHECK_STR(run("12:15"), "12:00-12:05 b #3 again");
	CHECK_INT(plan.since, at("12:11"));
	show(
	    "12:15", "12:15", entry("\"b\"", "12:05", "12:10", 0, "12:11", ""));
	CHECK_STR(run("12:16"), "12:05-12:10 b #1");
	CHECK_STR(run("12:16"), "12:10-12:15 b #1");
	CHECK_STR(run("12:21"), "12:15-12:20 a,b #1");
}

static void
backoff(void)
{
	start("12:02", (struct sched_opts){ .seed = 7 });
	show("12:11", "12:00",
	    entry("\"a\",\"b\"", "12:00", "12:05", 20, "12:10", ""));
	CHECK_STR(run("12:14"), "- 12:15"); /* five minutes, and a little */
	CHECK(wake >= at("12:15") && wake <= at("12:15") + 30 * WHEN_SEC);
	/* A last attempt in the future counts as one made now. */
	show("12:16", "12:00",
	    entry("\"a\",\"b\"", "12:00", "12:05", 21, "23:00", ""));
	CHECK_STR(run("12:16"), "- 12:21");
	/* Permanent: once an hour, at a restart, when the spec changes. */
	show("12:30", "12:00",
	    entry("\"a\",\"b\"", "12:00", "12:05", 22, "12:29",
		",\"error\":{\"stage\":\"kqlrun\",\"code\":\"c\","
		"\"message\":\"\",\"permanent\":true}"));
	CHECK_STR(run("12:30"), "- 13:29");
	spec.generation = 2;
	sched_set(s, &spec, NULL, NULL, at("12:31"));
	CHECK_STR(run("12:31"), "12:00-12:05 a,b #23 again");
	spec.generation = 1;
	/* With -1 everything that is due has one try. */
	start("12:12", (struct sched_opts){ .once = 1 });
	show("12:12", "12:05",
	    entry("\"a\",\"b\"", "12:00", "12:05", 20, "12:10", ""));
	CHECK_STR(run("12:12"), "12:00-12:05 a,b #21 again");
	CHECK_STR(run("12:12"), "12:05-12:10 a,b #1 again");
	CHECK_STR(run("12:12"), "- 12:15");
}

static void
lates(void)
{
	const char *late = entry(
	    "\"a\",\"b\"", "11:00", "11:10", 1, "12:00", ",\"late\":true");

	start("12:02", (struct sched_opts){ 0 });
	show("12:02", "12:00", late);
	CHECK_STR(next("12:05"), "12:00-12:05 a,b #1");
	CHECK_STR(next("12:05"), "11:00-11:05 a,b #2 late"); /* beside */
	CHECK_STR(next("12:05"), "- ");
	done(0);
	CHECK_STR(next("12:30"), "- ");
	show("12:30", "12:05",
	    entry("\"a\"", "11:05", "11:10", 0, "12:00", ",\"late\":true"));
	CHECK_STR(run("12:30"), "11:05-11:10 a #1 late");

	start("12:02", (struct sched_opts){ .once = 1 });
	show("12:02", "12:00", late);
	CHECK_STR(run("12:02"), "11:00-11:05 a,b #2 late");
	CHECK_STR(run("12:02"), "11:05-11:10 a,b #1 late");
	CHECK_STR(run("12:02"), "- 12:05");
}

/* The window of a and b at 12:00 fails, for the n-th time at `last`. */
static void
show_stuck(const char *now, int n, const char *last, const char *stage)
{
	show(now, "12:00",
	    arena_printf(&a,
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
	start("12:02", (struct sched_opts){ 0 });
	show_stuck("12:08", 1, "12:07", "kqlrun");
	CHECK_STR(run("12:15"), "12:00-12:05 a,b #2 again"); /* too early */
	show_stuck("12:16", 2, "12:15", "kqlrun");
	CHECK_STR(next("12:26"), "12:05-12:10 #1 probe");
	CHECK_STR(run("12:26"), "- ");
	done(0); /* that fails too */
	CHECK_STR(next("12:26"), "12:00-12:05 a,b #3 again");
	done(0);
	CHECK_STR(run("12:40"), "- ");
	show_stuck("12:26", 3, "12:26", "kqlrun");
	CHECK_STR(run("12:40"), "12:05-12:10 #1 probe"); /* it answers */
	CHECK_STR(next("12:40"), "12:00-12:05 a,b #4 again over");
	done(0);
	CHECK_STR(run("12:50"), "- "); /* until the status has passed it */
	show("12:50", "12:05",
	    entry(
		"\"a\",\"b\"", "12:00", "12:05", 4, "12:40", ",\"late\":true"));
	CHECK_STR(run("12:50"), "12:05-12:10 a,b #1");

	/* It is not passed over for what is a destination's fault, nor before
	 * the next window is due, nor before --order-wait. */
	start("12:02", (struct sched_opts){ 0 });
	show_stuck("12:26", 2, "12:15", "promsend");
	CHECK_STR(run("12:26"), "12:00-12:05 a,b #3 again");
	start("12:02", (struct sched_opts){ .order_wait = 60 * WHEN_SEC });
	show_stuck("12:08", 1, "12:07", "kqlrun");
	CHECK_STR(run("12:09"), "12:00-12:05 a,b #2 again");
	start("12:02", (struct sched_opts){ .order_wait = 60 * WHEN_SEC });
	show_stuck("12:11", 1, "12:07", "kqlrun");
	CHECK_STR(run("12:11"), "12:05-12:10 #1 probe");
	start("12:02", (struct sched_opts){ .order_wait = 3600 * WHEN_SEC });
	show_stuck("12:26", 2, "12:15", "kqlrun");
	CHECK_STR(run("12:26"), "12:00-12:05 a,b #3 again");
	/* With -1 as well: the status is that of the runs before. */
	start("12:26", (struct sched_opts){ .once = 1 });
	show_stuck("12:26", 2, "12:15", "kqlrun");
	CHECK_STR(run("12:26"), "12:05-12:10 #1 probe");
	CHECK_STR(next("12:26"), "12:00-12:05 a,b #3 again over");
	done(0);
	CHECK_STR(run("12:26"), "12:05-12:10 a,b #1 again");
}

/* Resources m/1 to m/n, all owed the window at 12:00; of `failed` destination
 * b has failed at that since 12:06. */
static void
show_each(const char *now, int n, int failed)
{
	const char *b = ",\"error\":{\"stage\":\"promsend\","
			"\"code\":\"Http503\",\"message\":\"\"}";

	for (int i = 1; i <= n; i++) {
		spec.key = arena_printf(&a, "m/%d", i);
		show(now, "12:00",
		    i <= failed
			? entry("\"b\"", "12:00", "12:05", 1, "12:06", b)
			: "");
	}
	spec.key = "m/n";
}

/* The plans there are, "key destinations", and what became of all. */
static const char *
all_plans(const char *now, enum sched_outcome outcome)
{
	struct buf b = { 0 };
	const char *out;

	while (sched_next(s, at(now), &plan, &wake) == 1) {
		buf_printf(&b, "%s%s", b.len > 0 ? " " : "", plan.key + 2);
		for (size_t i = 0; i < plan.nto; i++)
			buf_puts(&b, plan.to[i]);
		sched_done(s, plan.key, plan.ticket, outcome, at(now));
	}
	out = arena_strdup(&a, buf_str(&b));
	buf_fini(&b);
	return out;
}

/* While a destination or an endpoint is away one window in all is tried. */
static void
breaking(void)
{
	start("12:02", (struct sched_opts){ 0 });
	show_each("12:06", 7, 4);
	CHECK_INT((int)sched_open(s), 0);
	CHECK_STR(
	    all_plans("12:06", SCHED_ANSWERED), "1a 2a 3a 4a 5ab 6ab 7ab");
	show_each("12:06", 7, 5);
	CHECK_INT((int)sched_open(s), 1);
	CHECK_STR(all_plans("12:16", SCHED_ANSWERED),
	    "1a 2a 3a 4a 5a 6ab 7a 1a 2a 3a 4a 5a 6a 7a");
	CHECK_STR(all_plans("12:16", SCHED_ANSWERED), "");
	/* m/1 comes through: b is back, for all. */
	spec.key = "m/1";
	show("12:17", "12:05", "");
	spec.key = "m/n";
	CHECK_INT((int)sched_open(s), 0);
	CHECK_STR(all_plans("12:17", SCHED_ANSWERED),
	    "1b 3b 2b 5b 4b 7b 6b 1b 7b");

	spec.endpoint = "https://c";
	start("12:02", (struct sched_opts){ 0 });
	show_each("12:06", 7, 0);
	CHECK_STR(all_plans("12:06", SCHED_DOWN), "1ab 2ab 3ab 4ab 5ab");
	CHECK_INT((int)sched_open(s), 1);
	CHECK_STR(all_plans("12:07", SCHED_FAILED), "6ab 7ab");
	CHECK_INT((int)sched_open(s), 0);
	spec.endpoint = NULL;
}

static void
windows(void)
{
	ticks minute = 60 * WHEN_SEC;

	CHECK_INT(sched_window_end(at("12:03"), 5 * minute), at("12:05"));
	CHECK_INT(sched_window_end(at("12:05"), 60 * minute), at("13:00"));
	CHECK_INT(sched_first_start(at("14:05"), 60 * minute, 15 * minute),
	    at("12:00"));
	/* A longer interval: one shorter window that re-aligns. */
	start("12:02", (struct sched_opts){ 0 });
	show("12:02", "12:05", "");
	spec.interval = 60 * minute;
	spec.delay = 2 * minute;
	show("12:02", "12:05", "");
	CHECK_STR(run("12:40"), "- 13:02");
	CHECK_STR(run("13:02"), "12:05-13:00 a,b #1");
	CHECK_STR(run("13:02"), "- 14:02");
	/* A rule's windows wait until it has summarised them. */
	spec.until = at("13:30");
	show("13:02", "13:00", "");
	CHECK_STR(run("14:30"), "- ");
	spec.until = at("14:00");
	show("14:30", "13:00", "");
	CHECK_STR(run("14:30"), "13:00-14:00 a,b #1");
	spec.until = spec.delay = 0;
	spec.interval = 5 * minute;
	/* The clock steps back: nothing is planned twice or early. */
	start("12:02", (struct sched_opts){ 0 });
	show("12:02", "12:00", "");
	CHECK_STR(run("12:05"), "12:00-12:05 a,b #1");
	CHECK_STR(run("11:00"), "- 12:10");
	CHECK(sched_is_skewed(s, "m/n", at("11:00")));
	CHECK(!sched_is_skewed(s, "m/n", at("12:00")));
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
	struct sched_spec one = spec;

	for (size_t i = 0; i < sizeof(upstream) / sizeof(*upstream); i++) {
		struct owed o = { .founded = upstream[i].cursor != NULL };
		ticks now = time_of(upstream[i].now);

		one.interval = upstream[i].interval * WHEN_SEC;
		one.delay = upstream[i].delay * WHEN_SEC;
		if (o.founded)
			o.last = time_of(upstream[i].cursor);
		start("12:00", (struct sched_opts){ .once = 1 });
		sched_set(s, &one, NULL, &o, now);
		if (!o.founded && sched_next(s, now, &plan, &wake) == 1)
			done(1);
		CHECK_INT(sched_next(s, now, &plan, &wake), upstream[i].due);
		if (!upstream[i].due)
			CHECK_INT(wake, time_of(upstream[i].end) + one.delay);
		if (!upstream[i].due)
			CHECK_INT(sched_next(s, wake, &plan, &wake), 1);
		CHECK_INT(plan.start, time_of(upstream[i].start));
		CHECK_INT(plan.end, time_of(upstream[i].end));
	}
}

static void
catching_up(void)
{
	start("12:02", (struct sched_opts){ .max_catchup = 600 * WHEN_SEC });
	show("12:02", "10:00", "");
	CHECK_STR(next("12:02"), "10:00-11:50 a,b #1 again drop");
	done(0);
	CHECK_STR(run("12:02"), "11:50-11:55 a,b #1 again");
	CHECK_STR(run("12:02"), "11:55-12:00 a,b #1 again");
	CHECK_STR(run("12:02"), "- 12:05");
}

static void
changes(void)
{
	static const char *const abc[] = { "a", "c" };
	int one, two;

	start("12:02", (struct sched_opts){ 0 });
	show("12:02", "12:00", "");
	CHECK_STR(run("12:05"), "12:00-12:05 a,b #1");
	/* Another destination is owed from the status on. */
	spec.destinations = abc;
	show("12:06", "12:00", "");
	CHECK_STR(run("12:06"), "12:00-12:05 c #1");
	CHECK_STR(run("12:10"), "12:05-12:10 a,c #1");
	spec.destinations = ab;
	/* Paused until it changes, and nothing is forgotten. */
	show("12:11", "12:00", "");
	sched_pause(s, "m/n");
	CHECK_STR(run("12:15"), "- ");
	show("12:15", "12:05", "");
	CHECK_STR(run("12:15"), "12:10-12:15 a #1");
	CHECK_STR(run("12:15"), "12:05-12:10 b #1");
	/* Deleted and made anew: another uid starts afresh. */
	start("12:02", (struct sched_opts){ 0 });
	CHECK(sched_set(s, &spec, &one, NULL, at("12:02")) == NULL);
	CHECK_STR(run("12:02"), "11:55-11:55 a,b #1 found");
	spec.uid = "u";
	CHECK(sched_set(s, &spec, &two, NULL, at("12:02")) == &one);
	CHECK_STR(run("12:02"), "11:55-11:55 a,b #1 found");
	spec.uid = "";
	CHECK(sched_del(s, "m/n") == &two);
	CHECK(sched_del(s, "m/n") == NULL);
	CHECK_STR(run("12:30"), "- ");
	sched_done(s, "m/n", 1, SCHED_ANSWERED, at("12:00"));
	sched_pause(s, "m/n");
}

/* Many resources: each has its turn, and all come in the order of time. */
static void
many(void)
{
	struct sched_spec each = spec;
	struct owed o = { .founded = 1 };
	ticks before = 0;
	int n = 0;

	start("12:00", (struct sched_opts){ .spread = 60 * WHEN_SEC });
	o.last = at("12:00");
	for (int i = 0; i < 1000; i++) {
		each.key = arena_printf(&a, "m/n%d", i);
		sched_set(s, &each, NULL, &o, at("12:00"));
	}
	for (int i = 0; i < 1000; i += 3)
		sched_del(s, arena_printf(&a, "m/n%d", i));
	for (ticks now = at("12:00"); now < at("12:07"); now = wake) {
		while (sched_next(s, now, &plan, &wake) == 1)
			n++;
		CHECK(wake > now && wake >= before);
		before = wake;
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
	passing();
	breaking();
	windows();
	as_upstream();
	catching_up();
	changes();
	many();
	sched_free(s);
	arena_fini(&a);
	return check_end("schedule");
}
