/* SPDX-License-Identifier: MIT */
#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <unistd.h>

#include "files.h"
#include "intake.h"
#include "io.h"
#include "log.h"
#include "metrics.h"
#include "opts.h"
#include "status.h"

#define HELD_MAX (1 << 20) /* bytes of lines held that force a write */

struct opts {
	struct opt_common common;
	const char *state_dir;
	int64_t ready_fd;
};

static const struct opt table[] = {
	{ "ready-fd", 0, OPT_INT, offsetof(struct opts, ready_fd), "FD",
	    "write a newline to this descriptor once the lock is held", 0,
	    65535 },
	{ "state-dir", 's', OPT_STR, offsetof(struct opts, state_dir), "DIR",
	    "keep the status of resources in DIR", 0, 0 },
	{ 0 },
};

static const struct opt_tool tool = {
	.name = "crdstatus",
	.synopsis = "-s DIR [--ready-fd=FD]",
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
	    "Groups of status files written.", 0 },
	{ 0 },
};

/* Write statuses first, then pass on the lines that they follow from: who
 * reads those may rely on them. */
static int
flush(struct intake *in, struct err *e)
{
	struct keeper *k = in->keeper;

	if (k->ops->work(k, in->held.size > HELD_MAX, e) == -1)
		return -1;
	return held_pass(&in->held, k->said, STDOUT_FILENO, e);
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

/*
 * Take lines as they come.  A torn last line ends the loop as the end of the
 * file does: the whole lines before it count.
 */
static int
pump(struct intake *in, struct io *io, struct err *e)
{
	struct pollfd fd = { .fd = io->fd, .events = POLLIN };
	struct err end;
	int more = 1;
	size_t n;
	char *line;

	while (more == 1) {
		if (flush(in, e) == -1 ||
		    in->keeper->ops->wait(in->keeper, &fd, e) == -1)
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

static int
say_ready(int fd, struct err *e)
{
	if (fd == -1)
		return 0;
	if (io_write(fd, "\n", 1, e) == -1)
		return err_wrap(e, "--ready-fd");
	close(fd);
	return 0;
}

/* Returns a status: that of what could not be written, of a refused line, of
 * owed windows, the first of these. */
static int
run(const struct opts *o, struct err *e)
{
	struct files files;
	struct intake in = { .keeper = &files.keeper };
	struct io io;
	int status = ST_OK;

	io_init(&io, STDIN_FILENO, "stdin");
	held_init(&in.held);
	if (files_open(&files, o->state_dir, metrics, e) == -1 ||
	    say_ready((int)o->ready_fd, e) == -1 || pump(&in, &io, e) == -1)
		status = log_fail(e);
	else if (in.refused)
		status = ST_DATA;
	else if (in.keeper->ops->owed(in.keeper) > 0)
		status = ST_SKIP;
	intake_fini(&in);
	files_fini(&files);
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
	struct opts o = { .ready_fd = -1 };
	struct err e;
	int status;

	opts_parse(&tool, argc, argv, &o);
	if (o.state_dir == NULL)
		opts_usage(&tool,
		    "-s is missing: this version keeps status in files, not "
		    "yet in a Kubernetes API");
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
