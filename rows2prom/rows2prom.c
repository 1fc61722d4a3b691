/* SPDX-License-Identifier: MIT */
#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "io.h"
#include "metrics.h"
#include "opts.h"
#include "out.h"
#include "status.h"
#include "stream.h"

struct settings {
	struct opt_common common;
	const char *value_column;
	struct opt_list value_columns;
	const char *timestamp_column;
	struct opt_list label_columns;
	const char *metric_name_column;
	const char *default_metric_name;
	const char *metric_name_prefix;
	int strict;
	int sort;
};

#define AT(member) offsetof(struct settings, member)

static const struct opt options[] = {
	{ "value-column", 0, OPT_STR, AT(value_column), "COLUMN",
	    "take the value from COLUMN, names as they stand", 0, 0 },
	{ "value-columns", 0, OPT_LIST, AT(value_columns), "COLUMN,...",
	    "a sample of each COLUMN, names normalised", 0, 0 },
	{ "timestamp-column", 0, OPT_STR, AT(timestamp_column), "COLUMN",
	    "take the time from COLUMN", 0, 0 },
	{ "label-columns", 0, OPT_LIST, AT(label_columns), "COLUMN,...",
	    "make each COLUMN a label", 0, 0 },
	{ "metric-name-column", 0, OPT_STR, AT(metric_name_column), "COLUMN",
	    "take the metric's name from COLUMN", 0, 0 },
	{ "default-metric-name", 'n', OPT_STR, AT(default_metric_name), "NAME",
	    "name the metric NAME where no column does", 0, 0 },
	{ "metric-name-prefix", 0, OPT_STR, AT(metric_name_prefix), "PREFIX",
	    "put PREFIX_ in front of every name", 0, 0 },
	{ "strict", 0, OPT_FLAG, AT(strict), NULL, "fail at the first bad cell",
	    0, 0 },
	{ "sort", 0, OPT_FLAG, AT(sort), NULL,
	    "sort rows without a window by time too", 0, 0 },
	{ 0 },
};

static const struct opt_tool tool = {
	.name = "rows2prom",
	.synopsis = "[option ...]",
	.summary = "turn rows into Prometheus text",
	.table = options,
	.common = offsetof(struct settings, common),
};

static struct metric counts[] = {
	[COUNT_WINDOWS] = { "kqlpipe_rows2prom_windows_total", "counter",
	    "Windows read.", 0 },
	[COUNT_FAILED] = { "kqlpipe_rows2prom_failed_total", "counter",
	    "Windows that could not be turned into samples.", 0 },
	[COUNT_ROWS] = { "kqlpipe_rows2prom_rows_total", "counter",
	    "Rows read.", 0 },
	[COUNT_SAMPLES] = { "kqlpipe_rows2prom_samples_total", "counter",
	    "Samples made.", 0 },
	[COUNT_NULLS] = { "kqlpipe_rows2prom_null_values_total", "counter",
	    "Values that were null: no sample.", 0 },
	[COUNT_BAD] = { "kqlpipe_rows2prom_bad_cells_total", "counter",
	    "Values, times and names that were none.", 0 },
	[COUNT_OUTSIDE] = { "kqlpipe_rows2prom_outside_window_rows_total",
	    "counter", "Rows with a time outside of their window.", 0 },
	[COUNT_MAX] = { 0 },
};

/* Lists may be repeated and may have commas. */
static void
split(const struct opt_list *from, struct arena *a, struct strs *to)
{
	for (size_t i = 0; i < from->n; i++)
		strs_split(to, a, from->v[i], ",");
}

/* The transform of the options; NULL when they give none. */
static const struct transform *
make_transform(const struct settings *s, struct arena *a)
{
	struct transform *t = arena_zalloc(a, sizeof(*t));
	const struct place at = { .path = "options" };
	struct err e;

	t->value_column = s->value_column;
	t->timestamp_column = s->timestamp_column;
	t->metric_name_column = s->metric_name_column;
	t->default_metric_name = s->default_metric_name;
	split(&s->value_columns, a, &t->value_columns);
	split(&s->label_columns, a, &t->label_columns);
	if (t->value_column == NULL && t->value_columns.n == 0 &&
	    t->timestamp_column == NULL && t->metric_name_column == NULL &&
	    t->default_metric_name == NULL && t->label_columns.n == 0)
		return NULL;
	/* The same rules as for a resource's transform. */
	if (transform_check(t, NULL, &at, &e) == -1)
		opts_usage(&tool, "%s", e.msg);
	return t;
}

static int
run(const struct settings *s, const struct transform *t, struct err *e)
{
	struct stream_settings set = { .transform = t,
		.prefix = s->metric_name_prefix,
		.strict = s->strict,
		.sort = s->sort,
		.counts = counts };
	struct out out;
	struct io in;
	int status;

	out_init(&out, STDOUT_FILENO);
	io_init(&in, STDIN_FILENO, "stdin");
	if ((status = stream_run(&in, &out, &set, e)) == -1)
		status = log_fail(e);
	io_fini(&in);
	out_fini(&out);
	return status;
}

int
main(int argc, char *argv[])
{
	struct settings s = { 0 };
	struct arena a = { 0 };
	const struct transform *t;
	struct err e;
	int status;

	opts_parse(&tool, argc, argv, &s);
	signal(SIGPIPE, SIG_DFL);
	signal(SIGXFSZ, SIG_IGN); /* a file that may not grow is full */
	t = make_transform(&s, &a);
	if (metrics_start(s.common.metrics_file, tool.name, counts, &e) == -1)
		return log_fail(&e);
	status = run(&s, t, &e);
	metrics_stop();
	arena_fini(&a);
	if (io_finish(&e) == -1)
		status = log_fail(&e);
	return status;
}
