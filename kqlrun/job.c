/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "child.h"
#include "job.h"
#include "local_engine.h"
#include "num.h"
#include "status.h"
#include "when.h"

#define READ_SIZE (64 << 10)

int
job_init(struct job *j, const char *spool_dir, struct err *e)
{
	memset(j, 0, sizeof(*j));
	j->fd = -1;
	spool_init(&j->spool, spool_dir);
	j->said = mmap(NULL, sizeof(*j->said), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (j->said == MAP_FAILED)
		return err_sys(e, ST_RETRY, "mmap");
	return 0;
}

void
job_fini(struct job *j)
{
	if (j->pid != 0) {
		kill(j->pid, SIGKILL);
		child_reap(&j->pid, &j->fd);
	}
	spool_fini(&j->spool);
	frames_fini(&j->frames);
	kusto_call_fini(&j->call);
	munmap(j->said, sizeof(*j->said));
}

void
job_clear(struct job *j)
{
	spool_reset(&j->spool);
	memset(&j->error, 0, sizeof(j->error));
	j->rows = 0;
	j->expired = 0;
}

void
job_start(struct job *j, const struct engines *all, const char *remote,
    const struct kql_request *q, int64_t timeout)
{
	pid_t pid;
	struct err e;

	job_clear(j);
	j->timeout = timeout;
	if (remote != NULL) {
		j->expires = INT64_MAX;
		kusto_start(all->kusto, &j->call, remote, q, timeout, &j->spool,
		    &j->error);
		return;
	}
	frames_init(&j->frames);
	memset(j->said, 0, sizeof(*j->said));
	j->expires = when_mono_ms() + timeout;
	if ((pid = local_start(all->kql, q, j->said, &j->fd, &e)) == -1)
		query_error_set(&j->error, "Unavailable", e.msg);
	else
		j->pid = pid;
}

int
job_runs(const struct job *j)
{
	return j->pid != 0 || j->call.kusto != NULL;
}

struct job *
job_answered(struct kusto_call *c)
{
	struct job *j = (struct job *)((char *)c - offsetof(struct job, call));

	j->rows = kusto_rows(c);
	return j;
}

/* The process has ended: what became of the query. */
static void
judge(struct job *j, int status)
{
	char text[128], span[WHEN_TEXT];
	struct err e;

	if (query_failed(&j->error))
		return;
	if (j->expired) {
		when_format_duration(span, j->timeout * WHEN_MS);
		snprintf(text, sizeof(text),
		    "the query took longer than --timeout %s", span);
		query_error_set(&j->error, "Timeout", text);
	} else if (WIFSIGNALED(status)) {
		snprintf(text, sizeof(text),
		    "the query's process was ended by signal %d (%s)",
		    WTERMSIG(status), strsignal(WTERMSIG(status)));
		query_error_set(&j->error, "Died", text);
	} else if (WEXITSTATUS(status) == ST_DATA && *j->said->code != '\0') {
		query_error_take(&j->error, j->said);
	} else if (WEXITSTATUS(status) != ST_OK) {
		snprintf(text, sizeof(text),
		    "the query's process ended with status %d",
		    WEXITSTATUS(status));
		query_error_set(&j->error, "Died", text);
	} else if (frames_end(&j->frames, &e) == -1) {
		query_error_set(&j->error, "Truncated", e.msg);
	}
	j->rows = j->frames.rows;
}

int64_t
job_size(const struct job *j)
{
	return j->spool.written + (int64_t)j->spool.mem.len;
}

int
job_read(struct job *j)
{
	char data[READ_SIZE];
	ssize_t n = read(j->fd, data, sizeof(data));
	struct err e;

	if (n == -1 && errno == EINTR)
		return 1;
	if (n > 0 && !query_failed(&j->error)) {
		frames_add(&j->frames, data, (size_t)n);
		if (spool_add(&j->spool, data, (size_t)n, &e) == -1) {
			query_error_set(&j->error, "Full", e.msg);
			kill(j->pid, SIGKILL);
		}
	}
	if (n > 0)
		return 1;
	if (n == -1)
		kill(j->pid, SIGKILL);
	judge(j, child_reap(&j->pid, &j->fd));
	return 0;
}

void
job_check_time(struct job *j, int64_t now)
{
	if (j->pid == 0 || j->expired || now < j->expires)
		return;
	j->expired = 1;
	kill(j->pid, SIGKILL);
}

void
job_log(
    const struct job *j, enum log_level level, const char *window, int64_t ms)
{
	const struct query_error *e = &j->error;
	struct log_kv kv[14] = { 0 };
	int n = 0, failed = query_failed(e);

	if (window != NULL)
		kv[n++] = KV_S("window", window);
	if (failed) {
		kv[n++] = KV_S("code", e->said.code);
		kv[n++] = KV_S("error", e->said.message);
		if (e->said.line > 0) {
			kv[n++] = KV_I("line", e->said.line);
			kv[n++] = KV_I("column", e->said.column);
		}
	} else {
		kv[n++] = KV_I("rows", j->rows);
	}
	kv[n++] = KV_I("ms", ms);
	if (e->http != 0)
		kv[n++] = KV_I("http", e->http);
	if (e->request_id[0] != '\0')
		kv[n++] = KV_S("request", e->request_id);
	if (e->activity_id[0] != '\0')
		kv[n++] = KV_S("activity", e->activity_id);
	if (e->retry_after_ms != 0)
		kv[n++] = KV_I("retry_after_ms", e->retry_after_ms);
	log_line(level, failed ? "query failed" : "query done", kv);
}
