/* SPDX-License-Identifier: MIT */
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "buf.h"
#include "io.h"
#include "local_engine.h"
#include "status.h"

#define PIPE_SIZE (256 << 10) /* bytes, so that the two seldom wait */

/* The frames of a query on their way to the parent. */
struct pipe_out {
	int fd;
	struct buf pending;
	struct err e;
};

struct kql *
local_open(const struct endpoints *all, struct err *e)
{
	struct kql *k = kql_new();

	for (size_t i = 0; i < all->n; i++) {
		const struct endpoint *p = &all->v[i];

		if (endpoint_remote(p) == NULL &&
		    kql_add(k, p->cluster, p->database, p->url, e) == -1) {
			kql_free(k);
			err_wrap(e, "-e %s=%s", p->database, p->url);
			return NULL;
		}
	}
	return k;
}

static int
flush(struct pipe_out *o)
{
	int r = io_write(o->fd, buf_str(&o->pending), o->pending.len, &o->e);

	buf_reset(&o->pending);
	return r;
}

static int
take(void *ctx, const char *p, size_t n)
{
	struct pipe_out *o = ctx;

	buf_add(&o->pending, p, n);
	return o->pending.len < 64 << 10 ? 0 : flush(o);
}

/* What stopped it was no answer of the engine. */
static void
say(struct kql_error *said, const struct err *e)
{
	memset(said, 0, sizeof(*said));
	strcpy(said->code, "Unavailable");
	strncpy(said->message, e->msg, sizeof(said->message) - 1);
}

/* Returns 0, or -1: *said has the reason then. */
static int
run_query(
    struct kql *k, const struct kql_request *q, int fd, struct kql_error *said)
{
	struct pipe_out o = { .fd = fd };
	int bad = kql_run(k, q, take, &o, said);

	if (bad == 0)
		bad = flush(&o);
	if (o.e.code != 0)
		say(said, &o.e);
	buf_fini(&o.pending);
	return bad;
}

/*
 * Make this process the query's: it dies with its parent, goes first when
 * memory runs out, and keeps neither end of the pipeline open.
 */
static int
settle(pid_t parent)
{
	int null, oom;
	struct err ignored;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		return -1;
	if ((null = open("/dev/null", O_RDWR)) == -1 || dup2(null, 0) == -1 ||
	    dup2(null, 1) == -1)
		return -1;
	close(null);
	/* Best effort: else the kernel takes whom it likes. */
	oom = open("/proc/self/oom_score_adj", O_WRONLY);
	if (oom != -1) {
		io_write(oom, "500", 3, &ignored);
		close(oom);
	}
	return 0;
}

pid_t
local_start(struct kql *k, const struct kql_request *q, struct kql_error *said,
    int *fd, struct err *e)
{
	pid_t parent = getpid(), pid;
	int ends[2];

	if (kql_prepare(k, e) == -1)
		return -1;
	if (pipe2(ends, O_CLOEXEC) == -1)
		return err_sys(e, ST_RETRY, "pipe");
	fcntl(ends[0], F_SETPIPE_SZ, PIPE_SIZE);
	if ((pid = fork()) == 0) {
		if (settle(parent) == -1)
			_exit(ST_RETRY);
		_exit(run_query(k, q, ends[1], said) == 0 ? ST_OK : ST_DATA);
	}
	close(ends[1]);
	if (pid == -1) {
		err_sys(e, ST_RETRY, "fork");
		close(ends[0]);
		return -1;
	}
	*fd = ends[0];
	return pid;
}
