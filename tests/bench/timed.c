/* SPDX-License-Identifier: MIT */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/*
 * timed FILE COMMAND...: run the command, and append a line to FILE: the
 * seconds of CPU that it and the processes it waited for took, the seconds from
 * its start to its end, and the peak of memory of the largest of them in KiB.
 * time(1) rounds to hundredths, which is all that a small run takes.  The
 * status is the command's; 125 when it could not be run or was killed.
 */
static double
seconds(struct timeval t)
{
	return (double)t.tv_sec + (double)t.tv_usec / 1e6;
}

static double
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void
note(int fd, const struct rusage *u, double wall)
{
	if (dprintf(fd, "%.6f %.6f %ld\n",
		seconds(u->ru_utime) + seconds(u->ru_stime), wall,
		u->ru_maxrss) < 0)
		perror("timed");
}

int
main(int argc, char *argv[])
{
	struct rusage u;
	double start = now();
	int fd, status;
	pid_t pid;

	if (argc < 3)
		return 125;
	fd = open(argv[1], O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
	if (fd == -1 || (pid = fork()) == -1) {
		perror(argv[1]);
		return 125;
	}
	if (pid == 0) {
		execvp(argv[2], argv + 2);
		perror(argv[2]);
		_exit(125);
	}
	if (wait4(pid, &status, 0, &u) == -1)
		return 125;
	note(fd, &u, now() - start);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 125;
}
