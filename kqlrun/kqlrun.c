/* SPDX-License-Identifier: MIT */
#include <signal.h>
#include <stddef.h>

#include "adhoc.h"
#include "check_bodies.h"
#include "io.h"
#include "log.h"
#include "settings.h"
#include "status.h"
#include "stream.h"

#define AT(member) offsetof(struct args, member)
#define JOBS_MAX   1000

static const struct opt table[] = {
	{ "bad-rows", 0, OPT_STR, AT(bad_rows), "fail|skip",
	    "what bad rows of data files do to a query (fail)", 0, 0 },
	{ "ca-file", 0, OPT_STR, AT(ca_file), "FILE",
	    "trust the authorities in FILE, not the system's", 0, 0 },
	{ "check", 0, OPT_FLAG, AT(check), NULL,
	    "parse and bind queries, run nothing", 0, 0 },
	{ "cluster-jobs", 0, OPT_INT, AT(cluster_jobs), "N",
	    "run N of them at once on one cluster (as many as -j)", 1,
	    JOBS_MAX },
	{ "cluster-labels", 'l', OPT_LIST, AT(labels), "K=V,...",
	    "labels that queries see as _K", 0, 0 },
	{ "database", 'd', OPT_STR, AT(database), "DATABASE",
	    "run the query of -q in DATABASE", 0, 0 },
	{ "destinations", 0, OPT_STR, AT(destinations), "NAME,...",
	    "the destinations that there are (default)", 0, 0 },
	{ "done", 0, OPT_STR, AT(done), "RECEIPTS",
	    "leave out what these say is delivered", 0, 0 },
	{ "dry-run", 0, OPT_FLAG, AT(dry_run), NULL,
	    "print what would be sent, run nothing", 0, 0 },
	{ "explain", 0, OPT_FLAG, AT(explain), NULL,
	    "print the SQL of the embedded engine, run nothing", 0, 0 },
	{ "from", 0, OPT_STR, AT(from), "TIME",
	    "backfill: the windows from TIME on", 0, 0 },
	{ "insecure-skip-verify", 0, OPT_FLAG, AT(insecure), NULL,
	    "do not verify TLS", 0, 0 },
	{ "jobs", 'j', OPT_INT, AT(jobs), "N", "run N queries at once (4)", 1,
	    JOBS_MAX },
	{ "kusto-endpoint", 'e', OPT_LIST, AT(endpoints),
	    "[CLUSTER/]DB=ENDPOINT", "where a database is (repeatable)", 0, 0 },
	{ "max-ahead", 0, OPT_INT, AT(max_ahead), "N",
	    "windows ahead of the status (1000)", 1, INT32_MAX },
	{ "max-catchup", 0, OPT_DURATION, AT(max_catchup), "DURATION",
	    "drop windows that are older", 0, 0 },
	{ "max-rows", 0, OPT_INT, AT(max_rows), "N",
	    "a result of more rows is an error", 1, INT64_MAX },
	{ "now", 0, OPT_STR, AT(now), "TIME[xRATE]",
	    "start the clock at TIME, RATE times as fast", 0, 0 },
	{ "once", '1', OPT_FLAG, AT(once), NULL,
	    "at end of file run what is due and exit", 0, 0 },
	{ "order-wait", 0, OPT_DURATION, AT(order_wait), "DURATION",
	    "pass over a window whose query fails for so long", 0, 0 },
	{ "param", 0, OPT_LIST, AT(params), "NAME=VALUE",
	    "the value of a parameter that the query declares", 0, 0 },
	{ "query", 'q', OPT_STR, AT(query), "KQL", "run one query", 0, 0 },
	{ "query-file", 0, OPT_STR, AT(query_file), "FILE",
	    "run the one query in FILE", 0, 0 },
	{ "spool-dir", 0, OPT_STR, AT(spool_dir), "DIR",
	    "keep large responses in DIR (TMPDIR)", 0, 0 },
	{ "spread", 0, OPT_DURATION, AT(spread), "DURATION",
	    "start windows evenly over DURATION after they are due", 0, 0 },
	{ "timeout", 0, OPT_DURATION, AT(timeout), "DURATION",
	    "end a query that takes longer (4m)", 0, 0 },
	{ "token-file", 0, OPT_STR, AT(token_file), "FILE",
	    "send the token in FILE to services", 0, 0 },
	{ "to", 0, OPT_STR, AT(to), "TIME", "backfill: the windows before TIME",
	    0, 0 },
	{ 0 },
};

static struct metric counts[] = {
	[COUNT_RESOURCES] = { "kqlpipe_kqlrun_resources", "gauge",
	    "Resources that are known, those with a problem too.", 0 },
	[COUNT_SKIPPED] = { "kqlpipe_kqlrun_skipped_total", "counter",
	    "Lines that were no event, and resources that could not run.", 0 },
	[COUNT_RUNNING] = { "kqlpipe_kqlrun_windows_in_flight", "gauge",
	    "Windows whose query runs or whose response waits.", 0 },
	[COUNT_WINDOWS] = { "kqlpipe_kqlrun_windows_total", "counter",
	    "Windows begun.", 0 },
	[COUNT_FAILED] = { "kqlpipe_kqlrun_windows_failed_total", "counter",
	    "Windows that ended with an error.", 0 },
	[COUNT_ROWS] = { "kqlpipe_kqlrun_rows_total", "counter",
	    "Rows of good responses.", 0 },
	[COUNT_AWAY] = { "kqlpipe_kqlrun_breakers_open", "gauge",
	    "Endpoints and destinations taken to be away.", 0 },
	[COUNT_LAST] = { "kqlpipe_kqlrun_window_timestamp_seconds", "gauge",
	    "When a window was last written.", 0 },
	[COUNT_MAX] = { 0 },
};

static const struct opt_tool tool = {
	.name = "kqlrun",
	.synopsis = "[option ...]",
	.summary = "run KQL queries, window by window",
	.table = table,
	.common = AT(common),
};

/* The work behind the command line; a status. */
static int
run(struct settings *s, struct err *e)
{
	int adhoc = s->args.query != NULL || s->args.query_file != NULL;
	int status;

	if (metrics_start(
		s->args.common.metrics_file, tool.name, s->counts, e) == -1)
		return log_fail(e);
	status = adhoc      ? adhoc_run(s, e)
	    : s->args.check ? check_run(s, e)
			    : stream_run(s, e);
	metrics_stop();
	return status == -1 ? log_fail(e) : status;
}

/* A command line that cannot be run. */
static int
refuse(struct settings *s, const struct err *e)
{
	settings_fini(s);
	if (e->code == ST_USAGE)
		opts_usage(&tool, "%s", e->msg);
	return log_fail(e);
}

int
main(int argc, char *argv[])
{
	struct args a = {
		.bad_rows = "fail",
		.destinations = "default",
		.jobs = 4,
		.max_ahead = 1000,
		.max_catchup = 0,
		.timeout = 240 * WHEN_SEC,
	};
	struct settings s;
	struct err e;
	int status;

	signal(SIGPIPE, SIG_DFL);
	signal(SIGXFSZ, SIG_IGN); /* a file that may not grow is full */
	opts_parse(&tool, argc, argv, &a);
	if (settings_init(&s, &a, counts, &e) == -1)
		return refuse(&s, &e);
	status = run(&s, &e);
	settings_fini(&s);
	if (io_finish(&e) == -1 && status != ST_RETRY)
		status = log_fail(&e);
	return status;
}
