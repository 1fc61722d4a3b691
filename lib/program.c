/* SPDX-License-Identifier: MIT */
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "program.h"
#include "status.h"
#include "when.h"

#define READ_SIZE 4096
#define NOT_FOUND 127 /* POSIX: of one that cannot be found or run */

extern char **environ;

/* A pipe's ends for each of the two streams. */
struct streams {
	int out[2], says[2];
};

static int
spawn(const struct streams *s, const char *const argv[], pid_t *pid)
{
	posix_spawn_file_actions_t acts;
	posix_spawnattr_t attr;
	sigset_t defaults;
	int rc;

	posix_spawn_file_actions_init(&acts);
	posix_spawn_file_actions_addopen(&acts, 0, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_adddup2(&acts, s->out[1], 1);
	posix_spawn_file_actions_adddup2(&acts, s->says[1], 2);
	posix_spawn_file_actions_addclosefrom_np(&acts, 3);
	/* A group of its own, since it may be a script that starts others. */
	posix_spawnattr_init(&attr);
	sigemptyset(&defaults);
	sigaddset(&defaults, SIGPIPE);
	posix_spawnattr_setsigdefault(&attr, &defaults);
	posix_spawnattr_setflags(
	    &attr, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF);
	rc = posix_spawnp(
	    pid, argv[0], &acts, &attr, (char *const *)argv, environ);
	posix_spawnattr_destroy(&attr);
	posix_spawn_file_actions_destroy(&acts);
	return rc;
}

/* Read what is there.  Returns -1 when no more comes, or too much came. */
static int
drain(struct pollfd *p, size_t max, struct buf *b)
{
	ssize_t n;

	if (p->revents == 0)
		return 0;
	buf_reserve(b, READ_SIZE);
	n = read(p->fd, b->data + b->len, READ_SIZE);
	if (n == -1 && errno == EINTR)
		return 0;
	if (n <= 0) {
		p->fd = -1;
		return 0;
	}
	b->len += (size_t)n;
	b->data[b->len] = '\0';
	return b->len > max ? -1 : 0;
}

static int
gather(const struct streams *s, int64_t timeout_ms, size_t max, struct buf *out,
    struct buf *says, struct err *e)
{
	struct pollfd p[2] = { { .fd = s->out[0], .events = POLLIN },
		{ .fd = s->says[0], .events = POLLIN } };
	int64_t end = when_mono_ms() + timeout_ms, left;

	while (p[0].fd != -1 || p[1].fd != -1) {
		if ((left = end - when_mono_ms()) <= 0)
			return err_set(e, ST_RETRY, "it takes too long");
		if (poll(p, 2, (int)left) == -1)
			continue;
		if (drain(&p[0], max, out) == -1 ||
		    drain(&p[1], max, says) == -1)
			return err_set(e, ST_RETRY, "it says too much");
	}
	return 0;
}

static int
wait_for(pid_t pid, const char *name, struct err *e)
{
	int status;

	while (waitpid(pid, &status, 0) == -1)
		assert(errno == EINTR);
	if (WIFSIGNALED(status))
		return err_set(
		    e, ST_RETRY, "it was ended by signal %d", WTERMSIG(status));
	if (WEXITSTATUS(status) == NOT_FOUND)
		return err_set(e, ST_CONFIG, "%s is not installed", name);
	return WEXITSTATUS(status);
}

int
program_run(const char *const argv[], int64_t timeout_ms, size_t max,
    struct buf *out, struct buf *says, struct err *e)
{
	struct streams s;
	pid_t pid;
	int rc;

	if (pipe2(s.out, O_CLOEXEC) == -1)
		return err_sys(e, ST_RETRY, "pipe");
	if (pipe2(s.says, O_CLOEXEC) == -1) {
		err_sys(e, ST_RETRY, "pipe");
		close(s.out[0]);
		close(s.out[1]);
		return -1;
	}
	rc = spawn(&s, argv, &pid);
	close(s.out[1]);
	close(s.says[1]);
	if (rc != 0) {
		rc = err_set(e, rc == ENOENT ? ST_CONFIG : ST_RETRY,
		    rc == ENOENT ? "%s is not installed" : "%s cannot be run",
		    argv[0]);
	} else if (gather(&s, timeout_ms, max, out, says, e) == -1) {
		struct err ignored;

		kill(-pid, SIGKILL);
		wait_for(pid, argv[0], &ignored);
		rc = -1;
	} else {
		rc = wait_for(pid, argv[0], e);
	}
	close(s.out[0]);
	close(s.says[0]);
	return rc;
}
