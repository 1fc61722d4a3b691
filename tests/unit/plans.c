/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "plans.h"

static const char *const ab[] = { "a", "b" };

struct plans plans = { .spec = { .key = "m/n",
			   .uid = "",
			   .generation = 1,
			   .interval = 300 * WHEN_SEC,
			   .destinations = ab,
			   .ndestinations = 2 } };

ticks
plans_at(const char *text)
{
	char full[40];
	ticks t = 0;

	snprintf(full, sizeof(full), "2025-06-25T%s:00Z", text);
	if (when_parse(full, strlen(full), &t) == -1)
		abort();
	return t;
}

void
plans_start(const char *now, struct sched_opts opts)
{
	sched_free(plans.s);
	opts.started = plans_at(now);
	if (opts.max_ahead == 0)
		opts.max_ahead = 1000;
	plans.s = sched_new(&opts);
}

static void
put_minute(struct buf *b, ticks t)
{
	int64_t m = (t - plans_at("00:00")) / (60 * WHEN_SEC);

	buf_printf(b, "%02d:%02d", (int)(m / 60), (int)(m % 60));
}

/* The next plan in short, or "-" and when to ask again. */
const char *
plans_next(const char *now)
{
	struct buf b = { 0 };
	const char *out;

	plans.now = plans_at(now);
	if (sched_next(plans.s, plans_at(now), &plans.plan, &plans.wake) == 0) {
		buf_puts(&b, "- ");
		if (plans.wake != SCHED_NEVER)
			put_minute(&b, plans.wake);
	} else {
		put_minute(&b, plans.plan.start);
		buf_puts(&b, "-");
		put_minute(&b, plans.plan.end);
		for (size_t i = 0; i < plans.plan.nto; i++)
			buf_printf(
			    &b, "%s%s", i == 0 ? " " : ",", plans.plan.to[i]);
		buf_printf(&b, " #%d%s%s%s%s%s%s", (int)plans.plan.attempt,
		    plans.plan.again ? " again" : "",
		    plans.plan.late ? " late" : "",
		    plans.plan.pass_over ? " over" : "",
		    plans.plan.kind == SCHED_FOUND ? " found" : "",
		    plans.plan.kind == SCHED_DROP ? " drop" : "",
		    plans.plan.kind == SCHED_PROBE ? " probe" : "");
	}
	out = arena_strdup(&plans.a, buf_str(&b));
	buf_fini(&b);
	return out;
}

void
plans_done(int good)
{
	sched_done(plans.s, plans.plan.key, plans.plan.ticket,
	    good ? SCHED_ANSWERED : SCHED_FAILED, plans.now);
}

/* Plan and put on the pipe. */
const char *
plans_run(const char *now)
{
	const char *out = plans_next(now);

	if (*out != '-')
		plans_done(1);
	return out;
}

/* An entry of a backlog: destinations, start, attempts, more. */
const char *
plans_entry(const char *names, const char *from, const char *to, int attempts,
    const char *last, const char *more)
{
	return arena_printf(&plans.a,
	    "{\"startTime\":\"2025-06-25T%s:00Z\","
	    "\"endTime\":\"2025-06-25T%s:00Z\",\"destinations\":[%s],"
	    "\"attempts\":%d,\"firstAttempt\":\"2025-06-25T%s:00Z\","
	    "\"lastAttempt\":\"2025-06-25T%s:00Z\"%s}",
	    from, to, names, attempts, last, last, more);
}

void
plans_show(const char *now, const char *last, const char *backlog)
{
	const char *text = arena_printf(&plans.a,
	    "{\"lastSuccessfulExecution\":\"2025-06-25T%s:00Z\","
	    "\"backlog\":[%s]}",
	    last, backlog);
	struct owed o = { 0 };
	struct err e;

	if (owed_read(&o, json_parse(&plans.a, text, strlen(text), &e), &e) ==
	    -1)
		abort();
	sched_set(plans.s, &plans.spec, NULL, &o, plans_at(now));
	owed_fini(&o);
}

void
plans_fini(void)
{
	sched_free(plans.s);
	arena_fini(&plans.a);
}
