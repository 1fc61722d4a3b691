/* SPDX-License-Identifier: MIT */
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "dry_run.h"
#include "fleet.h"
#include "io.h"
#include "lines.h"
#include "log.h"
#include "meter.h"
#include "planner.h"
#include "slots.h"
#include "status.h"
#include "stream.h"
#include "writer.h"

#define WAIT_MAX  10000 /* ms; the system's clock may be set meanwhile */
#define METER_MAX 1000

struct stream {
	struct settings *settings;
	struct io in;
	int torn; /* stdin ended inside a line, or in one too long */
	struct writer out;
	struct planner planner;
	struct meter meter; /* of a backfill */
	struct fleet fleet;
	struct slots slots;
	struct slot *writing;
	struct pollfd *fds; /* stdin, stdout, then one for each slot */
	ticks wake;         /* when there may be more to plan */
	int news;           /* there may be already */
	int full;           /* there was no room to look */
	ticks clock;        /* as seen last */
};

/* Whether windows may be begun: after end of file only by --once and --from. */
static int
may_start(const struct stream *st)
{
	const struct settings *s = st->settings;

	return !st->in.eof || s->args.once || s->args.dry_run || s->from != 0;
}

/* Whether there is room for one window more. */
static struct slot *
find_room(struct stream *st)
{
	/* What a dry run prints waits in memory, not in a slot. */
	if (!may_start(st) ||
	    (st->settings->args.dry_run && !writer_ready(&st->out)))
		return NULL;
	return slots_free(&st->slots);
}

/* Begin what is due, as far as there is room. */
static void
start_due(struct stream *st)
{
	const struct settings *s = st->settings;
	ticks now = clock_now(&s->clock);
	struct sched_plan p;
	struct slot *w;

	if (now < st->clock) {
		log_warn("the clock was set back",
		    KV_I("seconds", (st->clock - now) / WHEN_SEC));
		fleet_check_clock(&st->fleet);
	}
	st->clock = now;
	st->wake = SCHED_NEVER;
	while ((w = find_room(st)) != NULL &&
	    planner_next(&st->planner, now, &p, &st->wake) == 1) {
		if (!s->args.dry_run) {
			slots_start(&st->slots, w, p.ctx, &p);
			continue;
		}
		if (p.kind == SCHED_QUERY)
			dry_run_write(writer_lines(&st->out), s, p.ctx, &p);
		planner_done(&st->planner, p.key, p.ticket, SCHED_UNASKED, now);
		st->news = 1;
	}
	st->full = w == NULL;
}

/* What the schedule has to know of it. */
static enum sched_outcome
outcome(const struct slot *w)
{
	const struct query_error *err = &w->job.error;

	if (!sched_asks(w->kind))
		return SCHED_UNASKED;
	if (!query_failed(err))
		return SCHED_ANSWERED;
	return err->away ? SCHED_DOWN : SCHED_FAILED;
}

/* Say how far a backfill has come; not of a dry run, which prints it. */
static void
show_backfill(struct stream *st, void (*say)(struct meter *, int64_t, int64_t))
{
	const struct backfill *b = &st->planner.backfill;

	if (st->planner.sched == NULL && !st->settings->args.dry_run)
		say(&st->meter, b->passed, b->total);
}

/* Whether the planner waits for a time which it must not miss. */
static int
must_wait(const struct stream *st)
{
	return st->planner.sched == NULL && st->wake != SCHED_NEVER;
}

/* Say when an endpoint or a destination goes or comes back. */
static void
count_away(struct stream *st)
{
	struct metric *m = &st->settings->counts[COUNT_AWAY];
	int64_t n = (int64_t)planner_open(&st->planner);

	if (n > m->value)
		log_warn("an endpoint or destination is away: one window in "
			 "all is tried for it at a time",
		    KV_I("away", n));
	else if (n < m->value)
		log_info("an endpoint or destination is back", KV_I("away", n));
	m->value = n;
}

/* What its endpoint says of itself.  A clock that was given is not compared
 * with that of others. */
static void
hear(struct stream *st, const struct slot *w)
{
	const struct query_error *err = &w->job.error;
	const struct clock *clock = &st->settings->clock;
	struct gate_news h = { .dated = err->dated && clock->start == 0,
		.ahead = err->ahead };

	if (query_failed(err))
		h.rest = clock_span(clock, err->retry_after_ms);
	planner_hear(&st->planner, buf_str(&w->key), &h, clock_now(clock));
}

/* The window stands on the pipe, or was but a probe. */
static void
written(struct stream *st, struct slot *w)
{
	const struct query_error *err = &w->job.error;
	const char *key = buf_str(&w->key);

	hear(st, w);
	planner_done(&st->planner, key, w->ticket, outcome(w),
	    clock_now(&st->settings->clock));
	/* A late window says nothing of how the resource does now. */
	if (w->kind == SCHED_QUERY && !w->late)
		fleet_ran(&st->fleet, key, w->generation, &err->said);
	st->settings->counts[COUNT_RUNNING].value--;
	job_clear(&w->job);
	w->state = SLOT_FREE;
	st->news = 1;
}

static void
write_window(struct stream *st, struct slot *w)
{
	const struct query_error *err = &w->job.error;
	int good = !query_failed(err);
	struct buf tail = { 0 };

	lines_end(&tail, buf_str(&w->id), w->job.rows, err);
	writer_window(&st->out, &w->head, good ? &w->job.spool : NULL, &tail);
	buf_fini(&tail);
	w->state = SLOT_WRITES;
	st->writing = w;
}

/* Write on: the rest of a window, then the next that is ready. */
static int
write_on(struct stream *st, struct err *e)
{
	struct slot *w;

	for (;;) {
		if (writer_pump(&st->out, e) == -1)
			return -1;
		if (!writer_ready(&st->out))
			return 0;
		if (st->writing != NULL) {
			written(st, st->writing);
			st->settings->counts[COUNT_LAST].value =
			    when_to_unix_ms(when_now()) / 1000;
		}
		st->writing = NULL;
		if ((w = slots_pick(&st->slots, when_mono_ms())) == NULL)
			return 0;
		if (w->kind == SCHED_PROBE)
			written(st, w);
		else
			write_window(st, w);
	}
}

static int
read_events(struct stream *st, struct err *e)
{
	struct err bad;
	char *line;
	size_t n;
	int more = io_fill(&st->in, &bad);

	while ((line = io_take(&st->in, &n)) != NULL)
		fleet_line(&st->fleet, line, n, st->in.line);
	if (more != -1)
		return 0;
	if (bad.code != ST_DATA) {
		*e = bad;
		return -1;
	}
	/* What came whole still counts. */
	log_error("input ends here", KV_S("error", bad.msg));
	st->in.eof = 1;
	st->torn = 1;
	return 0;
}

/* Milliseconds in which only a descriptor can bring news; -1: for ever. */
static int
wait_ms(const struct stream *st)
{
	int64_t now = when_mono_ms(), least = -1, left;
	int max = st->meter.terminal ? METER_MAX : WAIT_MAX;

	if (st->meter.terminal)
		least = max;
	for (size_t i = 0; i < st->slots.n; i++) {
		const struct slot *w = &st->slots.v[i];

		left = w->job.expires - now;
		if (w->state == SLOT_RUNS && (least == -1 || left < least))
			least = left > 0 ? left : 0;
	}
	if (st->wake != SCHED_NEVER) {
		left = clock_ms_until(&st->settings->clock, st->wake);
		if (left != -1 && (least == -1 || left < least))
			least = left;
	}
	return least < max ? (int)least : max;
}

static void
fill_fds(struct stream *st)
{
	st->fds[0] = (struct pollfd){ .fd = st->in.eof ? -1 : st->in.fd,
		.events = POLLIN };
	/* Without events it still tells when the reader has gone. */
	st->fds[1] = (struct pollfd){ .fd = st->out.fd,
		.events = writer_waits(&st->out) ? POLLOUT : 0 };
	for (size_t i = 0; i < st->slots.n; i++) {
		const struct slot *w = &st->slots.v[i];
		int fd = w->state == SLOT_RUNS ? w->job.fd : -1;

		st->fds[2 + i] = (struct pollfd){ .fd = fd, .events = POLLIN };
	}
}

static int
wait_and_read(struct stream *st, struct err *e)
{
	fill_fds(st);
	if (kusto_poll(st->settings->engines.kusto, st->fds, 2 + st->slots.n,
		wait_ms(st), e) == -1)
		return -1;
	if (st->fds[1].revents & POLLERR)
		raise(SIGPIPE);
	if (st->fds[1].revents & (POLLERR | POLLNVAL))
		return err_set(e, ST_RETRY, "stdout: nobody reads it");
	slots_take(&st->slots);
	for (size_t i = 0; i < st->slots.n; i++) {
		struct slot *w = &st->slots.v[i];

		if (st->fds[2 + i].revents != 0)
			slots_read(&st->slots, w);
		else if (w->state == SLOT_RUNS)
			job_check_time(&w->job, when_mono_ms());
	}
	return st->fds[0].revents != 0 ? read_events(st, e) : 0;
}

static int
loop(struct stream *st, struct err *e)
{
	for (;;) {
		st->news = 0;
		count_away(st);
		start_due(st);
		show_backfill(st, meter_show);
		if (write_on(st, e) == -1)
			return -1;
		/* Room may have come since. */
		if (st->news || (st->full && find_room(st) != NULL))
			continue;
		if (st->in.eof && slots_busy(&st->slots) == 0 &&
		    !writer_waits(&st->out) && !must_wait(st))
			return 0;
		if (wait_and_read(st, e) == -1)
			return -1;
	}
}

/* How it ended. */
static int
verdict(const struct stream *st)
{
	const struct settings *s = st->settings;
	int failed = s->counts[COUNT_FAILED].value > 0;

	if (st->torn)
		return ST_DATA;
	if (s->from != 0 && !s->args.dry_run &&
	    (failed || (s->args.done != NULL && st->planner.backfill.owed > 0)))
		return ST_RETRY;
	if (s->counts[COUNT_SKIPPED].value > 0 || (s->args.once && failed))
		return ST_SKIP;
	return ST_OK;
}

int
stream_run(struct settings *s, struct err *e)
{
	struct stream st = { .settings = s };
	int status = -1;

	io_init(&st.in, STDIN_FILENO, "stdin");
	writer_init(&st.out, STDOUT_FILENO);
	fleet_init(&st.fleet, s, &st.planner, &st.out);
	st.fds = arena_zalloc(
	    &s->arena, (2 + (size_t)s->args.jobs) * sizeof(*st.fds));
	if (planner_init(&st.planner, s, e) == 0) {
		if (s->from != 0 && !s->args.dry_run)
			meter_init(&st.meter);
		if (slots_init(&st.slots, s, e) == 0 && loop(&st, e) == 0)
			status = verdict(&st);
		show_backfill(&st, meter_end);
		slots_fini(&st.slots);
		planner_fini(&st.planner);
	}
	fleet_fini(&st.fleet);
	writer_fini(&st.out);
	io_fini(&st.in);
	return status;
}
