/* SPDX-License-Identifier: MIT */
#ifndef JOB_H
#define JOB_H

#include <stdint.h>
#include <sys/types.h>

#include "err.h"
#include "frames.h"
#include "kql/kql.h"
#include "spool.h"

/* One query that runs, and its response once it is complete. */
struct job {
	pid_t pid;       /* 0 when nothing runs */
	int fd;          /* poll for reading while pid is not 0 */
	int64_t timeout; /* ms */
	int64_t expires; /* monotonic ms */
	int expired;
	struct spool spool;
	struct frames frames;
	struct kql_error *said; /* the process's own word; shared memory */

	struct kql_error error; /* code "" when the response is good */
	int64_t rows;
};

/* Returns -1 with ST_RETRY.  spool_dir is borrowed. */
int job_init(struct job *, const char *spool_dir, struct err *);
void job_fini(struct job *); /* ends a query that still runs */

/*
 * Start a query that may run for timeout ms.  One that cannot be started is
 * done at once, with an error.  The request is not needed afterwards.
 */
void job_start(
    struct job *, struct kql *, const struct kql_request *, int64_t timeout);

/* Forget the last query: an empty response, which is good. */
void job_clear(struct job *);

/* Set an error of our own, which is not permanent. */
void job_fail(struct job *, const char *code, const char *message);

/* Bytes of the response. */
int64_t job_size(const struct job *);

/* Read what has come.  Returns 1 while it runs, 0 when the job is done. */
int job_read(struct job *);

/* End it if its time is up at now (monotonic ms); job_read says so then. */
void job_check_time(struct job *, int64_t now);

#endif
