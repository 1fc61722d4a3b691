/* SPDX-License-Identifier: MIT */
#include <malloc.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <unistd.h>

#include "intake.h"
#include "log.h"
#include "opts.h"
#include "status.h"
#include "web.h"

struct opts {
	const char *listen, *health_listen, *path, *name, *metrics_dir;
	int64_t max_series;
	const char *state_dir;
	ticks stale_after, stuck_after, expire_after;
	int health_only, timestamps;
	struct opt_common common;
};

#define AT(field) offsetof(struct opts, field)

static const struct opt table[] = {
	{ "expire-after", 0, OPT_DURATION, AT(expire_after), "DURATION",
	    "forget a resource that is silent for so long (2h)", 0, 0 },
	{ "health-listen", 0, OPT_STR, AT(health_listen), "ADDR:PORT",
	    "answer probes there too", 0, 0 },
	{ "health-only", 0, OPT_FLAG, AT(health_only), NULL,
	    "answer probes alone, read nothing", 0, 0 },
	{ "listen", 0, OPT_STR, AT(listen), "ADDR:PORT", "serve there (:8080)",
	    0, 0 },
	{ "max-series", 0, OPT_INT, AT(max_series), "N",
	    "keep at most so many series (1000000)", 1, 100000000 },
	{ "metrics-dir", 0, OPT_STR, AT(metrics_dir), "DIR",
	    "probes ask the metrics that tools keep in DIR", 0, 0 },
	{ "name", 0, OPT_STR, AT(name), "DESTINATION",
	    "take the windows that are for DESTINATION", 0, 0 },
	{ "path", 0, OPT_STR, AT(path), "/PATH",
	    "serve the metrics there (/metrics)", 0, 0 },
	{ "stale-after", 0, OPT_DURATION, AT(stale_after), "DURATION",
	    "a tool that is silent for so long is stopped (15s)", 0, 0 },
	{ "stuck-after", 0, OPT_DURATION, AT(stuck_after), "DURATION",
	    "windows without a receipt for so long are stuck (5m)", 0, 0 },
	{ "state-dir", 0, OPT_STR, AT(state_dir), "DIR",
	    "keep the newest windows in DIR", 0, 0 },
	{ "timestamps", 0, OPT_FLAG, AT(timestamps), NULL,
	    "serve the times of samples too", 0, 0 },
	{ 0 },
};

static const struct opt_tool tool = {
	.name = "promserve",
	.synopsis = "[option ...]",
	.summary = "serve the latest values of Prometheus text",
	.table = table,
	.common = offsetof(struct opts, common),
	.min_args = 0,
	.max_args = 0,
};

#define COUNTER(what, name, help) \
	[SERVE_##what] = { "kqlpipe_promserve_" name, "counter", help, 0 }
#define GAUGE(what, name, help) \
	[SERVE_##what] = { "kqlpipe_promserve_" name, "gauge", help, 0 }

static struct metric metrics[] = {
	GAUGE(SERIES, "series", "Series kept."),
	GAUGE(BYTES, "text_bytes", "Bytes of text kept."),
	GAUGE(HIDDEN, "series_hidden",
	    "Series of the last page that another resource has too."),
	COUNTER(WINDOWS, "windows_answered_total",
	    "Windows delivered or rejected."),
	COUNTER(FAILED, "windows_failed_total",
	    "Windows that failed and are owed again."),
	COUNTER(REFUSED, "samples_rejected_total", "Samples refused for good."),
	COUNTER(SCRAPES, "scrapes_total", "Pages of metrics served."),
	[SERVE_END] = { 0 },
};

static volatile sig_atomic_t stop;

static void
on_signal(int sig)
{
	(void)sig;
	stop = 1;
}

/* The first signal waits for the end of input, a second one ends at once. */
static void
set_signals(void)
{
	struct sigaction end = { .sa_handler = on_signal,
		.sa_flags = (int)(SA_RESETHAND | SA_RESTART) };
	struct sigaction ignore = { .sa_handler = SIG_IGN };

	sigaction(SIGTERM, &end, NULL);
	sigaction(SIGINT, &end, NULL);
	sigaction(SIGPIPE, &ignore, NULL);
	sigaction(SIGXFSZ, &ignore, NULL); /* that is a full disk */
}

/*
 * Wait for a signal, or for the other end of standard input to be closed:
 * whoever holds it has ended then.  Nothing is read.
 */
static int
stay(void)
{
	struct pollfd fd = { .fd = STDIN_FILENO };
	sigset_t ends, was;
	int n = 0;

	sigemptyset(&ends);
	sigaddset(&ends, SIGTERM);
	sigaddset(&ends, SIGINT);
	sigprocmask(SIG_BLOCK, &ends, &was);
	while (!stop && n <= 0)
		n = ppoll(&fd, 1, NULL, &was);
	sigprocmask(SIG_SETMASK, &was, NULL);
	return ST_OK;
}

/* What is kept from an earlier run is served from the beginning. */
static int
open_state(const struct opts *o, struct intake_config *ic, struct err *e)
{
	if (o->state_dir == NULL) {
		log_info("no --state-dir: windows are kept in memory alone");
		return 0;
	}
	if ((ic->state = state_open(o->state_dir, e)) == NULL)
		return err_wrap(e, "--state-dir");
	intake_load(ic);
	return 0;
}

static int
serve(const struct opts *o, struct store *store, struct views *views,
    struct err *e)
{
	struct health health = { .dir = o->metrics_dir,
		.stale = o->stale_after,
		.stuck = o->stuck_after,
		.lock = PTHREAD_MUTEX_INITIALIZER };
	int probes = o->health_only && o->health_listen != NULL;
	struct web_config wc = { .listen = probes ? NULL : o->listen,
		.health = &health,
		.health_listen = o->health_listen,
		.path = o->path,
		.views = o->health_only ? NULL : views,
		.scrapes = &metrics[SERVE_SCRAPES] };
	struct intake_config ic = { .destination = o->name,
		.max_series = (size_t)o->max_series,
		.stamps = o->timestamps,
		.expire_ms = o->expire_after / WHEN_MS,
		.store = store,
		.metrics = metrics };
	struct web *web;
	int status;

	if (!o->health_only && open_state(o, &ic, e) == -1)
		return -1;
	if ((web = web_new(&wc, e)) == NULL)
		status = -1;
	else
		status = o->health_only
		    ? stay()
		    : intake_run(&ic, STDIN_FILENO, STDOUT_FILENO, e);
	web_free(web);
	state_close(ic.state);
	return status;
}

/*
 * The text of a window comes and goes as a whole, so it is given back to the
 * system as a whole: by default malloc learns from the first that is freed to
 * keep such, in pieces.
 */
static void
set_memory(void)
{
	mallopt(M_MMAP_THRESHOLD, 256 << 10);
	mallopt(M_ARENA_MAX, 2);
}

static int
run(const struct opts *o, struct err *e)
{
	struct store *store = store_new();
	struct views *views = views_new(store, &metrics[SERVE_HIDDEN]);
	int status = -1;

	set_memory();
	set_signals();
	if (o->path[0] != '/')
		err_set(e, ST_USAGE, "--path: \"%s\" has no slash", o->path);
	else if (metrics_start(o->common.metrics_file, tool.name, metrics, e) ==
	    0)
		status = serve(o, store, views, e);
	metrics_stop();
	views_free(views);
	store_free(store);
	return status;
}

int
main(int argc, char *argv[])
{
	struct opts o = { .listen = ":8080",
		.path = "/metrics",
		.max_series = 1000000,
		.stale_after = 15 * WHEN_SEC,
		.stuck_after = 300 * WHEN_SEC,
		.expire_after = 7200 * WHEN_SEC };
	struct err e;
	int status;

	opts_parse(&tool, argc, argv, &o);
	if ((status = run(&o, &e)) == -1)
		status = log_fail(&e);
	return status;
}
