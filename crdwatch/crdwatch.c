/* SPDX-License-Identifier: MIT */
#include <fcntl.h>
#include <stddef.h>
#include <string.h>

#include "io.h"
#include "log.h"
#include "metrics.h"
#include "opts.h"
#include "resource.h"
#include "status.h"
#include "watch.h"

struct opts {
	struct opt_common common;
	struct opt_list paths;
	struct opt_list labels;
	struct opt_list destinations;
	const char *criteria_match;
	const char *state_dir;
	const char *kubeconfig;
	const char *context;
	const char *namespace;
	const char *lease;
	const char *shard;
	int once;
	int64_t stop_fd;
};

static const struct opt table[] = {
	{ "file", 'f', OPT_LIST, offsetof(struct opts, paths), "PATH",
	    "read resources from a file, a directory, or - (stdin)", 0, 0 },
	{ "cluster-labels", 'l', OPT_LIST, offsetof(struct opts, labels),
	    "K=V,...", "labels of this instance, for criteria", 0, 0 },
	{ "criteria-match", 0, OPT_STR, offsetof(struct opts, criteria_match),
	    "any|all", "keys of criteria that must match (any)", 0, 0 },
	{ "destinations", 0, OPT_LIST, offsetof(struct opts, destinations),
	    "A,B", "names that resources may use (default: any)", 0, 0 },
	{ "kubeconfig", 0, OPT_STR, offsetof(struct opts, kubeconfig), "PATH",
	    "how to reach the Kubernetes API", 0, 0 },
	{ "context", 0, OPT_STR, offsetof(struct opts, context), "NAME",
	    "the kubeconfig's context (default: the current one)", 0, 0 },
	{ "leader-elect", 0, OPT_MAYBE, offsetof(struct opts, lease), "LEASE",
	    "run only while this instance holds the Lease (crdwatch)", 0, 0 },
	{ "namespace", 'N', OPT_STR, offsetof(struct opts, namespace), "NS",
	    "only the resources of this namespace (default: all)", 0, 0 },
	{ "once", '1', OPT_FLAG, offsetof(struct opts, once), NULL,
	    "print what there is and exit", 0, 0 },
	{ "shard", 0, OPT_STR, offsetof(struct opts, shard), "I/N",
	    "take one of N parts of the resources; I from 0 on", 0, 0 },
	{ "state-dir", 's', OPT_STR, offsetof(struct opts, state_dir), "DIR",
	    "where the status of resources is", 0, 0 },
	{ "stop-fd", 0, OPT_INT, offsetof(struct opts, stop_fd), "FD",
	    "end when this descriptor is closed at its other end", 0, 65535 },
	{ 0 },
};

static const struct opt_tool tool = {
	.name = "crdwatch",
	.synopsis = "[-f PATH] [option ...] [PATH ...]",
	.summary = "find the resources that this instance must run",
	.table = table,
	.common = offsetof(struct opts, common),
	.max_args = -1,
};

static struct metric metrics[] = {
	[M_RESOURCES] = { "kqlpipe_crdwatch_resources", "gauge",
	    "Resources for this instance, those with a problem too.", 0 },
	[M_PROBLEMS] = { "kqlpipe_crdwatch_resources_with_problem", "gauge",
	    "Resources that do not run until they are mended.", 0 },
	[M_WRONG] = { "kqlpipe_crdwatch_files_wrong", "gauge",
	    "Files that could not be read whole.", 0 },
	[M_LOOKS] = { "kqlpipe_crdwatch_changes_total", "counter",
	    "Resources looked at because a file or status changed.", 0 },
	[M_LISTS] = { "kqlpipe_crdwatch_lists_total", "counter",
	    "Whole lists read from the Kubernetes API.", 0 },
	[M_FAILS] = { "kqlpipe_crdwatch_requests_failed_total", "counter",
	    "Requests to the Kubernetes API that went wrong.", 0 },
	[M_LEADS] = { "kqlpipe_crdwatch_leading", "gauge",
	    "Whether this instance holds the Lease of --leader-elect.", 0 },
	[M_READY] = { "kqlpipe_crdwatch_ready", "gauge",
	    "Whether all resources were read, or another instance leads.", 0 },
	{ 0 },
};

/* Files have no API, and an API no files. */
static void
check_source(const struct opts *o, int operands)
{
	static const char only[] = "%s goes with %s";
	const char *api = o->kubeconfig != NULL ? "--kubeconfig"
	    : o->context != NULL                ? "--context"
	    : o->namespace != NULL              ? "--namespace"
	    : o->lease != NULL                  ? "--leader-elect"
						: NULL;

	if (o->paths.n > 0 && api != NULL)
		opts_usage(&tool, only, api, "a Kubernetes API, not with -f");
	if (o->paths.n == 0 && o->state_dir != NULL)
		opts_usage(&tool, only, "--state-dir", "-f");
	if (o->paths.n == 0 && operands)
		opts_usage(&tool, only, "a path", "-f");
	if (o->lease != NULL && o->once)
		opts_usage(&tool, only, "--leader-elect", "no --once");
	if (o->lease != NULL && *o->lease != '\0' &&
	    !resource_name_ok(o->lease, 200, 1))
		opts_usage(
		    &tool, "--leader-elect: \"%s\" is no name", o->lease);
	if (o->namespace != NULL && !resource_name_ok(o->namespace, 63, 0))
		opts_usage(
		    &tool, "--namespace: \"%s\" is no name", o->namespace);
}

static void
check_usage(const struct opts *o)
{
	if (strcmp(o->criteria_match, "any") != 0 &&
	    strcmp(o->criteria_match, "all") != 0)
		opts_usage(&tool,
		    "--criteria-match: \"%s\" is neither any nor "
		    "all",
		    o->criteria_match);
	if (o->stop_fd != -1 && fcntl((int)o->stop_fd, F_GETFD) == -1)
		opts_usage(&tool, "--stop-fd: %d is not open", (int)o->stop_fd);
}

/* What the options say of this instance.  It lives in the arena. */
static int
read_judge(
    struct arena *a, const struct opts *o, struct judge *j, struct err *e)
{
	for (size_t i = 0; i < o->labels.n; i++)
		if (labels_parse(a, o->labels.v[i], &j->labels, e) == -1)
			return err_wrap(e, "--cluster-labels");
	for (size_t i = 0; i < o->destinations.n; i++)
		strs_split(&j->destinations, a, o->destinations.v[i], ", ");
	if (strcmp(o->criteria_match, "all") == 0)
		j->mode = CRITERIA_ALL;
	return o->shard != NULL ? shard_parse(&j->shard, o->shard, e) : 0;
}

/* The Lease; each shard has its own, since each must run somewhere. */
static const char *
lease_name(struct arena *a, const struct opts *o, const struct shard *s)
{
	const char *name = o->lease;

	if (name != NULL && *name == '\0')
		name = tool.name;
	if (name == NULL || s->of == 0)
		return name;
	return arena_printf(a, "%s-%d-of-%d", name, (int)s->number, (int)s->of);
}

/* Where the resources are. */
static int
open_source(
    struct watch *w, struct arena *a, const struct opts *o, struct err *e)
{
	w->lease = lease_name(a, o, &w->judge.shard);
	if (o->paths.n == 0)
		return watch_open_api(
		    w, o->kubeconfig, o->context, o->namespace, e);
	return watch_open_files(w, o->state_dir, e);
}

/* The paths of -f, and those that a shell's pattern left as operands. */
static int
add_paths(struct watch *w, const struct opts *o, char *more[], struct err *e)
{
	for (size_t i = 0; i < o->paths.n; i++)
		if (sources_add(&w->sources, o->paths.v[i], e) == -1)
			return -1;
	for (; *more != NULL; more++)
		if (sources_add(&w->sources, *more, e) == -1)
			return -1;
	return 0;
}

/* Returns a status; 1 tells that something does not run as it stands. */
static int
run(const struct opts *o, char *more[], struct err *e)
{
	struct watch w = {
		.once = o->once,
		.stop_fd = (int)o->stop_fd,
		.metrics = metrics,
		.signals = -1,
		.sources = { .fd = -1 },
	};
	struct arena a = { 0 };
	int status = ST_OK;

	if (read_judge(&a, o, &w.judge, e) == -1 ||
	    open_source(&w, &a, o, e) == -1 ||
	    add_paths(&w, o, more, e) == -1 || watch_run(&w, e) == -1)
		status = log_fail(e);
	else if (o->once && (w.files.wrong > 0 || w.store.problems > 0))
		status = ST_SKIP;
	watch_fini(&w);
	arena_fini(&a);
	return status;
}

int
main(int argc, char *argv[])
{
	struct opts o = { .criteria_match = "any", .stop_fd = -1 };
	int first = opts_parse(&tool, argc, argv, &o);
	struct err e;
	int status;

	check_usage(&o);
	check_source(&o, first < argc);
	if (metrics_start(o.common.metrics_file, tool.name, metrics, &e) == -1)
		return log_fail(&e);
	status = run(&o, argv + first, &e);
	metrics_stop();
	if (io_finish(&e) == -1)
		status = log_fail(&e);
	return status;
}
