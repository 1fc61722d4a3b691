/* SPDX-License-Identifier: MIT */
#include <signal.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

#include "deadline.h"
#include "status.h"

static void
too_late(int sig)
{
	static const char said[] =
	    "kqlrun: the query took longer than --timeout\n";
	ssize_t ignored = write(STDERR_FILENO, said, strlen(said));

	(void)sig;
	(void)ignored;
	_exit(ST_RETRY);
}

static void
set(ticks timeout)
{
	struct itimerval t;

	memset(&t, 0, sizeof(t));
	t.it_value.tv_sec = timeout / WHEN_SEC;
	t.it_value.tv_usec = timeout % WHEN_SEC / 10;
	setitimer(ITIMER_REAL, &t, NULL);
}

void
deadline_start(ticks timeout)
{
	signal(SIGALRM, too_late);
	set(timeout);
}

void
deadline_stop(void)
{
	set(0);
}
