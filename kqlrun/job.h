/* SPDX-License-Identifier: MIT */
#ifndef JOB_H
#define JOB_H

#include <stdint.h>
#include <sys/types.h>

#include "err.h"
#include "frames.h"
#include "kusto_client.h"
#include "log.h"
#include "query_error.h"
#include "spool.h"

/*
 * One query that runs, in a process of its own or at a service, and its
 * response once it is complete.
 */
struct job {
	pid_t pid;       /* 0 when no process runs */
	int fd;          /* poll for reading while pid is not 0; else -1 */
	int64_t timeout; /* ms */
	int64_t expires; /* monotonic ms */
	int expired;
	struct spool spool;
	struct frames frames;
	struct kql_error *said; /* the process's own word; shared memory */
	struct kusto_call call;

	struct query_error error; /* none when the response is good */
	int64_t rows;
};

/* Who answers queries: the embedded engine, and services. */
struct engines {
	struct kql *kql;
	struct kusto *kusto; /* NULL: none */
};

/* Returns -1 with ST_RETRY.  spool_dir is borrowed. */
int job_init(struct job *, const char *spool_dir, struct err *);
void job_fini(struct job *); /* ends a query that still runs */

/*
 * Start a query that may run for timeout ms, at the service at the URL remote
 * (borrowed while it runs) or, if that is NULL, by the embedded engine.  One
 * that cannot be started is done at once, with an error.  The request is not
 * needed afterwards.
 */
void job_start(struct job *, const struct engines *, const char *remote,
    const struct kql_request *, int64_t timeout);

/* Whether a query runs. */
int job_runs(const struct job *);

/* Forget the last query: an empty response, which is good. */
void job_clear(struct job *);

/* Bytes of the response. */
int64_t job_size(const struct job *);

/*
 * Read what has come from the query's process.  Returns 1 while it runs, 0
 * when the job is done.
 */
int job_read(struct job *);

/* The job of a call that kusto_take gave: it is done. */
struct job *job_answered(struct kusto_call *);

/*
 * Log what became of it: the window it was for (NULL: none) and the time it
 * took, in ms.
 */
void job_log(
    const struct job *, enum log_level, const char *window, int64_t ms);

/* End it if its time is up at now (monotonic ms); job_read says so then. */
void job_check_time(struct job *, int64_t now);

#endif
