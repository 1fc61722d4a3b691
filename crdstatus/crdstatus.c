/* SPDX-License-Identifier: MIT */
#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <unistd.h>

#include "api.h"
#include "files.h"
#include "intake.h"
#include "io.h"
#include "log.h"
#include "metrics.h"
#include "opts.h"
#include "status.h"

#define HELD_MAX  (1 << 20)   /* bytes of lines held that force a write */
#define HELD_LAST (256 << 20) /* and for which there is no room */

struct opts {
	struct opt_common common;
	const char *state_dir;
	const char *kubeconfig;
	const char *context;
	int64_t status_qps;
	int64_t drain_timeout; /* ticks */
	int64_t ready_fd;
	int no_events;
};

static const struct opt table[] = {
	{ "context", 0, OPT_STR, offsetof(struct opts, context), "NAME",
	    "use that context of the kubeconfig", 0, 0 },
	{ "drain-timeout", 0, OPT_DURATION,
	    offsetof(struct opts, drain_timeout), "DURATION",
	    "end when none was written for that long after the input (10s)", 0,
	    0 },
	{ "kubeconfig", 0, OPT_STR, offsetof(struct opts, kubeconfig), "PATH",
	    "write to the Kubernetes API of that kubeconfig", 0, 0 },
	{ "no-events", 0, OPT_FLAG, offsetof(struct opts, no_events), NULL,
	    "tell no events of Kubernetes", 0, 0 },
	{ "ready-fd", 0, OPT_INT, offsetof(struct opts, ready_fd), "FD",
	    "write a newline to this descriptor once statuses can be written",
	    0, 65535 },
	{ "state-dir", 's', OPT_STR, offsetof(struct opts, state_dir), "DIR",
	    "keep the status of resources in DIR", 0, 0 },
	{ "status-qps", 0, OPT_INT, offsetof(struct opts, status_qps), "N",
	    "statuses to write a second at most (20)", 1, 1000 },
	{ 0 },
};

static const struct opt_tool tool = {
	.name = "crdstatus",
	.synopsis = "[-s DIR | --kubeconfig=PATH] [option ...]",
	.summary = "write how far each destination has come",
	.table = table,
	.common = offsetof(struct opts, common),
};

static struct metric metrics[] = {
	[M_RECEIPTS] = { "kqlpipe_crdstatus_receipts_total", "counter",
	    "Receipts read.", 0 },
	[M_FAILED] = { "kqlpipe_crdstatus_receipts_failed_total", "counter",
	    "Receipts that said failed.", 0 },
	[M_REJECTED] = { "kqlpipe_crdstatus_receipts_rejected_total", "counter",
	    "Receipts that said rejected.", 0 },
	[M_CONDITIONS] = { "kqlpipe_crdstatus_conditions_total", "counter",
	    "Conditions read.", 0 },
	[M_REFUSED] = { "kqlpipe_crdstatus_refused_total", "counter",
	    "Lines that were not valid or whose status file is not.", 0 },
	[M_WRITES] = { "kqlpipe_crdstatus_writes_total", "counter",
	    "Statuses written to the API, or groups of status files.", 0 },
	[M_CONFLICTS] = { "kqlpipe_crdstatus_conflicts_total", "counter",
	    "Writes that came after another's and were made again.", 0 },
	[M_EVENTS] = { "kqlpipe_crdstatus_events_total", "counter",
	    "Events of Kubernetes told.", 0 },
	[M_LAST] = { "kqlpipe_crdstatus_receipt_timestamp_seconds", "gauge",
	    "When a receipt last came.", 0 },
	{ 0 },
};

/* Lines that have waited for too long for there to be room. */
static int
make_room(struct intake *in, struct err *e)
{
	if (in->held.size <= HELD_LAST)
		return 0;
	if (!in->overrun)
		log_warn("lines are passed on before their status is written: "
			 "too many wait for it",
		    KV_I("bytes", (int64_t)in->held.size));
	in->overrun = 1;
	return held_pass(&in->held,
	    in->held.passed + (in->held.added - in->held.passed) / 2,
	    STDOUT_FILENO, e);
}

/* Write statuses first, then pass on the lines that they follow from: who
 * reads those may rely on them. */
static int
flush(struct intake *in, struct err *e)
{
	struct keeper *k = in->keeper;

	if (k->ops->work(k, in->held.size > HELD_MAX, e) == -1)
		return -1;
	return held_pass(&in->held, k->said, STDOUT_FILENO, e) == -1
	    ? -1
	    : make_room(in, e);
}

/* The end of the input: what can be written still is, and passed on. */
static int
finish(struct intake *in, struct err *e)
{
	struct keeper *k = in->keeper;
	struct err pass;
	int bad = intake_end(in, e) == -1 || k->ops->finish(k, e) == -1;

	if (held_pass(&in->held, k->said, STDOUT_FILENO, &pass) == -1) {
		*e = pass;
		return -1;
	}
	return bad ? -1 : 0;
}

static int
say_ready(struct keeper *k, int *fd, struct err *e)
{
	if (*fd == -1 || !k->ready)
		return 0;
	if (io_write(*fd, "\n", 1, e) == -1)
		return err_wrap(e, "--ready-fd");
	close(*fd);
	*fd = -1;
	return 0;
}

/*
 * Take lines as they come.  A torn last line ends the loop as the end of the
 * file does: the whole lines before it count.
 */
static int
pump(struct intake *in, struct io *io, int ready_fd, struct err *e)
{
	struct pollfd fd = { .fd = io->fd, .events = POLLIN };
	struct keeper *k = in->keeper;
	struct err end;
	int more = 1;
	size_t n;
	char *line;

	while (more == 1) {
		if (flush(in, e) == -1 || say_ready(k, &ready_fd, e) == -1 ||
		    k->ops->wait(k, &fd, e) == -1)
			return -1;
		if (fd.revents != 0)
			more = io_fill(io, e);
		while ((line = io_take(io, &n)) != NULL)
			if (intake_line(in, line, n, io->line, &end) == -1) {
				*e = end;
				return -1;
			}
	}
	if (finish(in, &end) == -1) {
		*e = end;
		return -1;
	}
	return more;
}

/* A keeper of either kind. */
union keepers {
	struct keeper keeper;
	struct files files;
	struct api api;
};

static int
open_keeper(union keepers *k, const struct opts *o, struct err *e)
{
	const struct api_config c = {
		.kubeconfig = o->kubeconfig,
		.context = o->context,
		.qps = o->status_qps,
		.drain_ms = o->drain_timeout / WHEN_MS,
		.quiet = o->no_events,
		.metrics = metrics,
	};

	if (o->state_dir != NULL)
		return files_open(&k->files, o->state_dir, metrics, e);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGHUP, SIG_IGN); /* credentials are read again as it is */
	return api_open(&k->api, &c, e);
}

/* Returns a status: that of what could not be written, of a refused line, of
 * owed windows, the first of these. */
static int
run(const struct opts *o, struct err *e)
{
	union keepers k;
	struct intake in = { .keeper = &k.keeper };
	struct io io;
	int status = ST_OK;

	io_init(&io, STDIN_FILENO, "stdin");
	held_init(&in.held);
	if (open_keeper(&k, o, e) == -1 ||
	    pump(&in, &io, (int)o->ready_fd, e) == -1)
		status = log_fail(e);
	else if (in.refused || k.keeper.refused)
		status = ST_DATA;
	else if (k.keeper.ops->owed(&k.keeper) > 0)
		status = ST_SKIP;
	intake_fini(&in);
	if (o->state_dir != NULL)
		files_fini(&k.files);
	else
		api_fini(&k.api);
	io_fini(&io);
	return status;
}

static void
let_pass(int sig)
{
	(void)sig;
}

/* A signal to all stages at once must not take the one that remembers: it ends
 * with its input.  A second signal ends it all the same. */
static void
set_signals(void)
{
	struct sigaction sa = { .sa_handler = let_pass,
		.sa_flags = SA_RESETHAND | SA_RESTART };

	sigaction(SIGINT, &sa, NULL);
	sigaction(SIGTERM, &sa, NULL);
	signal(SIGPIPE, SIG_DFL);
}

int
main(int argc, char *argv[])
{
	struct opts o = {
		.ready_fd = -1, .status_qps = 20, .drain_timeout = 10 * WHEN_SEC
	};
	struct err e;
	int status;

	opts_parse(&tool, argc, argv, &o);
	if (o.state_dir != NULL && (o.kubeconfig != NULL || o.context != NULL))
		opts_usage(&tool, "-s and a Kubernetes API are two places");
	if (o.ready_fd != -1 && fcntl((int)o.ready_fd, F_GETFD) == -1)
		opts_usage(
		    &tool, "--ready-fd: %d is not open", (int)o.ready_fd);
	set_signals();
	if (metrics_start(o.common.metrics_file, tool.name, metrics, &e) == -1)
		return log_fail(&e);
	status = run(&o, &e);
	metrics_stop();
	if (io_finish(&e) == -1)
		status = log_fail(&e);
	return status;
}
