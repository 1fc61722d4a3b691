/* SPDX-License-Identifier: MIT */
#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

#include "decode.h"
#include "io.h"
#include "metrics.h"
#include "opts.h"
#include "out.h"
#include "status.h"

struct settings {
	struct opt_common common;
};

static const struct opt options[] = { { 0 } };

static const struct opt_tool tool = {
	.name = "kql2rows",
	.synopsis = "[option ...] [FILE ...]",
	.summary = "turn Kusto answers into rows",
	.table = options,
	.common = offsetof(struct settings, common),
	.max_args = -1,
};

static struct metric counts[] = {
	[COUNT_WINDOWS] = { "kqlpipe_kql2rows_windows_total", "counter",
	    "Windows read.", 0 },
	[COUNT_FAILED] = { "kqlpipe_kql2rows_failed_total", "counter",
	    "Answers that were no good.", 0 },
	[COUNT_ROWS] = { "kqlpipe_kql2rows_rows_total", "counter",
	    "Rows written.", 0 },
	[COUNT_MAX] = { 0 },
};

static int
run_file(struct decoder *d, const char *path, struct err *e)
{
	int fd, status;

	if (strcmp(path, "-") == 0)
		return decoder_run(d, STDIN_FILENO, "stdin", e);
	if ((fd = open(path, O_RDONLY | O_CLOEXEC)) == -1)
		return err_sys(e, ST_CONFIG, "%s", path);
	status = decoder_run(d, fd, path, e);
	close(fd);
	return status;
}

/* Each file in turn; the worst status, or that of the first trouble. */
static int
run(int argc, char *argv[], struct err *e)
{
	static char dash[] = "-", *standard[] = { dash };
	struct decoder *d;
	struct out out;
	int status = ST_OK, got = ST_OK;

	out_init(&out, STDOUT_FILENO);
	d = decoder_new(&out, counts);
	if (argc == 0) {
		argv = standard;
		argc = 1;
	}
	for (int i = 0; i < argc && got != -1; i++) {
		if ((got = run_file(d, argv[i], e)) != ST_OK)
			status = got;
	}
	if (got == -1)
		status = log_fail(e);
	decoder_free(d);
	out_fini(&out);
	return status;
}

int
main(int argc, char *argv[])
{
	struct settings s = { 0 };
	int first = opts_parse(&tool, argc, argv, &s), status;
	struct err e;

	signal(SIGPIPE, SIG_DFL);
	signal(SIGXFSZ, SIG_IGN); /* a file that may not grow is full */
	if (metrics_start(s.common.metrics_file, tool.name, counts, &e) == -1)
		return log_fail(&e);
	status = run(argc - first, argv + first, &e);
	metrics_stop();
	if (io_finish(&e) == -1)
		status = log_fail(&e);
	return status;
}
