/* SPDX-License-Identifier: MIT */
#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include "log.h"
#include "meter.h"
#include "when.h"

#define TERMINAL_MS 200
#define LOG_MS      60000

void
meter_init(struct meter *m)
{
	*m = (struct meter){ .terminal = isatty(STDERR_FILENO),
		.began = when_mono_ms(),
		.first = -1 };
	m->shown = m->began;
	if (m->terminal)
		log_over(1);
}

static void
put_line(double rate, int64_t done, int64_t total, const char *left)
{
	char line[160];
	int n = snprintf(line, sizeof(line),
	    "\r%" PRId64 " of %" PRId64 " windows (%d %%), %.1f/s, %s left"
	    "\033[K",
	    done, total, total == 0 ? 100 : (int)(done * 100 / total), rate,
	    left);

	/* There is nowhere to report that it was not written. */
	if (write(STDERR_FILENO, line, (size_t)n) == -1)
		return;
}

static void
say(struct meter *m, int64_t done, int64_t total)
{
	int64_t ms = when_mono_ms() - m->began;
	double rate = 0;
	char left[WHEN_TEXT] = "?";

	if (ms > 0)
		rate = (double)(done - m->first) * 1000 / (double)ms;
	if (rate > 0)
		when_format_duration(
		    left, (ticks)((double)(total - done) / rate) * WHEN_SEC);
	if (m->terminal)
		put_line(rate, done, total, left);
	else
		log_info("backfill", KV_I("done", done), KV_I("windows", total),
		    KV_F("per_second", rate), KV_S("left", left));
	m->shown = when_mono_ms();
}

void
meter_show(struct meter *m, int64_t done, int64_t total)
{
	if (m->first == -1)
		m->first = done;
	if (when_mono_ms() - m->shown >= (m->terminal ? TERMINAL_MS : LOG_MS))
		say(m, done, total);
}

void
meter_end(struct meter *m, int64_t done, int64_t total)
{
	if (m->first == -1)
		m->first = done;
	say(m, done, total);
	if (!m->terminal)
		return;
	log_over(0);
	if (write(STDERR_FILENO, "\n", 1) == -1)
		return;
}
