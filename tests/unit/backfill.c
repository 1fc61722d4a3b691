/* SPDX-License-Identifier: MIT */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "../../kqlrun/backfill.h"
#include "../../kqlrun/meter.h"
#include "check.h"
#include "log.h"

/* Windows of a past range: whom they wait for, and what is said of them. */
#define HOUR (3600 * WHEN_SEC)
#define DAY  (24 * HOUR)

static struct backfill b;
static struct sched_plan plan;
static ticks wake;

/* A resource of that name, its windows of an hour answered by endpoint. */
static void
add(const char *key, const char *endpoint)
{
	static const char *const to[] = { "d" };
	struct sched_spec s = { .key = key,
		.endpoint = endpoint,
		.interval = HOUR,
		.destinations = to,
		.ndestinations = 1 };

	backfill_set(&b, &s, NULL);
}

/* A range of three hours, with so many queries of an endpoint at once. */
static void
begin(int64_t jobs)
{
	struct err e;

	backfill_fini(&b);
	CHECK_INT(backfill_init(&b, DAY, DAY + 3 * HOUR, jobs, NULL, &e), 0);
}

/* The resource whose window is next at an hour of the second day. */
static const char *
next(int hour)
{
	return backfill_next(&b, DAY + hour * HOUR, &plan, &wake) ? plan.key
								  : "-";
}

static void
room(void)
{
	uint64_t first;
	char key[8];

	begin(1);
	add("one", "e");
	CHECK_STR(next(9), "one");
	first = plan.ticket;
	add("two", "e");
	add("other", "f");
	CHECK_STR(next(9), "other");
	CHECK_STR(next(9), "-");
	CHECK(wake == SCHED_NEVER);
	backfill_done(&b, "one", first);
	CHECK(*next(9) != '-');
	/* Whoever is deleted meanwhile leaves the room that it took. */
	snprintf(key, sizeof(key), "%s", plan.key);
	backfill_del(&b, key);
	CHECK_STR(next(9), "-");
	backfill_done(&b, key, plan.ticket);
	CHECK(*next(9) != '-');
	begin(0);
	add("one", "e");
	add("two", "e");
	CHECK(*next(9) != '-');
	CHECK(*next(9) != '-');
	CHECK_STR(next(9), "-");
}

static void
rest(void)
{
	struct gate_news news = { .rest = 2 * HOUR };

	begin(0);
	add("one", "e");
	add("two", "e");
	add("other", "f");
	backfill_hear(&b, "one", &news, DAY + 5 * HOUR);
	CHECK_STR(next(6), "other");
	CHECK_STR(next(6), "-");
	CHECK_INT(wake - DAY, 7 * HOUR);
	CHECK(*next(7) != '-');
	backfill_hear(&b, "gone", &news, DAY);
}

/* What is not complete by the earlier of both clocks is left out. */
static void
clocks(void)
{
	struct gate_news news = { .dated = 1, .ahead = HOUR };

	begin(0);
	add("one", "e");
	CHECK_STR(next(3), "one");
	backfill_hear(&b, "one", &news, DAY + 3 * HOUR);
	backfill_done(&b, "one", plan.ticket);
	CHECK_STR(next(3), "one");
	backfill_done(&b, "one", plan.ticket);
	CHECK_STR(next(3), "-");
	CHECK_INT(b.total, 2);
	CHECK_INT(b.passed, 2);
	CHECK_STR(next(9), "-");
}

/* What is said of n windows, when so many seconds have gone by since the last
 * word. */
static const char *
said(struct meter *m, int seconds, int64_t n)
{
	static char text[512];
	int was = dup(STDERR_FILENO), ends[2];
	ssize_t len;

	CHECK_INT(pipe2(ends, O_NONBLOCK), 0);
	dup2(ends[1], STDERR_FILENO);
	m->shown -= seconds * 1000;
	meter_show(m, n, 9);
	dup2(was, STDERR_FILENO);
	close(was);
	close(ends[1]);
	len = read(ends[0], text, sizeof(text) - 1);
	close(ends[0]);
	text[len > 0 ? len : 0] = '\0';
	return text;
}

/* A line a minute where there is no terminal. */
static void
minutes(void)
{
	struct meter m;

	meter_init(&m);
	m.terminal = 0;
	log_over(0);
	CHECK_STR(said(&m, 0, 1), "");
	CHECK_STR(said(&m, 58, 2), "");
	CHECK(strstr(said(&m, 2, 3), " done=3 windows=9 ") != NULL);
	CHECK_STR(said(&m, 58, 4), "");
	CHECK(strstr(said(&m, 2, 5), " done=5 windows=9 ") != NULL);
}

int
main(void)
{
	log_init("backfill", LV_INFO, 0);
	room();
	rest();
	clocks();
	minutes();
	backfill_fini(&b);
	return check_end("backfill");
}
