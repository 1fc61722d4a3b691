/* SPDX-License-Identifier: MIT */
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "child.h"
#include "status.h"

#define READ_SIZE 16384

/* Die with the parent, and by the signals that end others. */
static int
settle(pid_t parent, unsigned limit)
{
	sigset_t none;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		return -1;
	signal(SIGALRM, SIG_DFL);
	signal(SIGTERM, SIG_DFL);
	signal(SIGINT, SIG_DFL);
	signal(SIGPIPE, SIG_IGN);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	alarm(limit);
	return 0;
}

int
child_start(
    struct child *c, child_work *work, void *ctx, unsigned limit, struct err *e)
{
	pid_t parent = getpid(), pid;
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) == -1)
		return err_sys(e, ST_RETRY, "pipe");
	if ((pid = fork()) == 0) {
		if (settle(parent, limit) == 0)
			work(ctx, ends[1]);
		_exit(ST_OK);
	}
	close(ends[1]);
	if (pid == -1) {
		err_sys(e, ST_RETRY, "fork");
		close(ends[0]);
		return -1;
	}
	fcntl(ends[0], F_SETFL, O_NONBLOCK);
	*c = (struct child){ .pid = pid, .fd = ends[0], .limit = limit };
	return 0;
}

int
child_reap(pid_t *pid, int *fd)
{
	int status;

	while (waitpid(*pid, &status, 0) == -1)
		assert(errno == EINTR);
	close(*fd);
	*fd = -1;
	*pid = 0;
	return status;
}

int
child_read(struct child *c, struct err *e)
{
	ssize_t n;
	int status;

	for (;;) {
		buf_reserve(&c->got, READ_SIZE);
		n = read(c->fd, c->got.data + c->got.len, READ_SIZE);
		if (n == -1 && (errno == EINTR || errno == EAGAIN))
			return 1;
		if (n <= 0)
			break;
		c->got.len += (size_t)n;
	}
	status = child_reap(&c->pid, &c->fd);
	if (!WIFSIGNALED(status))
		return 0;
	if (WTERMSIG(status) == SIGALRM)
		return err_set(
		    e, ST_RETRY, "nothing came within %u s", c->limit);
	return err_set(e, ST_RETRY, "its process was ended by signal %d",
	    WTERMSIG(status));
}

void
child_fini(struct child *c)
{
	if (c->pid != 0) {
		kill(c->pid, SIGKILL);
		child_reap(&c->pid, &c->fd);
	}
	if (c->got.data != NULL)
		explicit_bzero(c->got.data, c->got.cap);
	buf_fini(&c->got);
}
