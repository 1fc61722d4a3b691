/* SPDX-License-Identifier: MIT */
#include <limits.h>
#include <poll.h>
#include <stdio.h>

#include "adhoc.h"
#include "deadline.h"
#include "file.h"
#include "io.h"
#include "job.h"
#include "lines.h"
#include "log.h"
#include "status.h"

/* The database: named, or the only one there is. */
static const char *
pick_database(const struct settings *s, struct err *e)
{
	const char *name = s->args.database;

	if (name == NULL && s->endpoints.n > 1) {
		err_set(e, ST_USAGE,
		    "several endpoints: say which database "
		    "with -d");
		return NULL;
	}
	if (name == NULL)
		return s->endpoints.n == 1 ? s->endpoints.v[0].database : "";
	if (s->endpoints.n > 0 && endpoints_find(&s->endpoints, name) == NULL) {
		err_set(e, ST_CONFIG, "-d %s: no endpoint is for this database",
		    name);
		return NULL;
	}
	return name;
}

/* The engine's word.  Asking again helps only where it is not permanent. */
static int
refused(const struct kql_error *err)
{
	log_error("query failed", KV_S("code", err->code),
	    KV_S("error", err->message), KV_I("line", err->line),
	    KV_I("column", err->column));
	return err->permanent ? ST_DATA : ST_RETRY;
}

/* The stages behind must not take what they got for a whole answer. */
static int
write_failure(const struct query_error *err, struct err *e)
{
	struct buf b = { 0 };

	lines_end(&b, NULL, 0, err);
	fwrite(b.data, 1, b.len, stdout);
	buf_fini(&b);
	return io_flush(e) == -1 ? -1 : err->status;
}

static int
write_response(struct spool *s, struct err *e)
{
	char data[64 << 10];
	ssize_t n;

	while ((n = spool_next(s, data, sizeof(data), e)) > 0)
		if (fwrite(data, 1, (size_t)n, stdout) < (size_t)n)
			return io_flush(e);
	return n == -1 ? -1 : io_flush(e);
}

static int
wait_for(struct job *j, struct kusto *k, struct err *e)
{
	struct kusto_call *c;

	while (job_runs(j)) {
		struct pollfd p = { .fd = j->fd, .events = POLLIN };
		int64_t left = j->expires - when_mono_ms();
		int ms = left < 0 ? 0 : left < INT_MAX ? (int)left : -1;

		if (kusto_poll(k, &p, 1, ms, e) == -1)
			return -1;
		if (p.revents != 0)
			job_read(j);
		job_check_time(j, when_mono_ms());
		while ((c = kusto_take(k)) != NULL)
			job_answered(c);
	}
	return 0;
}

static int
run(struct settings *s, const struct kql_request *q, struct err *e)
{
	const char *remote =
	    endpoint_remote(endpoints_find(&s->endpoints, q->database));
	int64_t began = when_mono_ms();
	struct job j;
	int status = -1;

	if (job_init(&j, s->args.spool_dir, e) == -1)
		return -1;
	job_start(&j, &s->engines, remote, q, s->args.timeout / WHEN_MS);
	if (wait_for(&j, s->engines.kusto, e) == 0) {
		job_log(&j,
		    query_failed(&j.error) ? LV_ERROR
			: remote != NULL   ? LV_INFO
					   : LV_DEBUG,
		    NULL, when_mono_ms() - began);
		status = query_failed(&j.error) ? write_failure(&j.error, e)
						: write_response(&j.spool, e);
	}
	job_fini(&j);
	return status;
}

static int
explain(struct settings *s, const struct kql_request *q)
{
	struct buf b = { 0 };
	struct kql_error err;
	int status = ST_OK;

	if (kql_explain(s->engines.kql, q, &b, &err) == -1)
		status = refused(&err);
	else
		fwrite(b.data, 1, b.len, stdout);
	buf_fini(&b);
	return status;
}

int
adhoc_run(struct settings *s, struct err *e)
{
	struct kql_request q = { .parameters = s->parameters,
		.max_rows = s->args.max_rows };
	struct buf text = { 0 };
	struct kql_error err;
	int status = -1;

	if (s->args.query_file == NULL)
		buf_puts(&text, s->args.query);
	else if (file_read(s->args.query_file, IO_LINE_MAX, &text, e) == -1)
		goto out;
	if ((q.database = pick_database(s, e)) == NULL)
		goto out;
	if (s->args.explain &&
	    endpoint_remote(endpoints_find(&s->endpoints, q.database))) {
		err_set(e, ST_USAGE,
		    "--explain shows the SQL of the embedded engine, and a "
		    "service answers for %s",
		    q.database);
		goto out;
	}
	q.text = buf_str(&text);
	q.now = s->clock.start != 0 ? clock_now(&s->clock) : 0;
	if (s->args.check || s->args.explain)
		deadline_start(s->args.timeout);
	if (s->args.check)
		status = kql_check(s->engines.kql, &q, &err) == 0
		    ? ST_OK
		    : refused(&err);
	else if (s->args.explain)
		status = explain(s, &q);
	else
		status = run(s, &q, e);
out:
	deadline_stop();
	buf_fini(&text);
	return status;
}
