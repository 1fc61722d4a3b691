/* SPDX-License-Identifier: MIT */
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <time.h>

#include "buf.h"
#include "file.h"
#include "log.h"
#include "metrics.h"
#include "num.h"
#include "status.h"
#include "when.h"

#define EVERY_S 5 /* half of what readers are promised */
#define FIRST_S 1 /* whether a tool has come up is asked for soon */

/* The one thread of a tool; nothing else of it is shared but atomics. */
static struct {
	const char *path, *tool;
	struct metric *table;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t wake;
	int stop;
} m = { .lock = PTHREAD_MUTEX_INITIALIZER, .wake = PTHREAD_COND_INITIALIZER };

static void
put(struct buf *b, const char *name, const char *type, const char *help,
    const char *value)
{
	buf_printf(b, "# HELP %s %s\n# TYPE %s %s\n%s{tool=\"%s\"} %s\n", name,
	    help, name, type, name, m.tool, value);
}

static int
write_all(struct err *e)
{
	struct buf b = { 0 };
	char num[NUM_MAX];
	int ret;

	for (struct metric *t = m.table; t->name != NULL; t++) {
		num_int(num, t->value);
		put(&b, t->name, t->type, t->help, num);
	}
	num_double(num, (double)when_to_unix_ms(when_now()) / 1e3);
	put(&b, "kqlpipe_alive_timestamp_seconds", "gauge",
	    "When this tool last wrote its metrics.", num);
	ret = file_write(m.path, b.data, b.len, 0644, e);
	buf_fini(&b);
	return ret;
}

static void *
keep_writing(void *unused)
{
	struct timespec until;
	time_t wait = FIRST_S;
	struct err e;

	pthread_mutex_lock(&m.lock);
	while (!m.stop) {
		/* The time of day may be set back meanwhile. */
		clock_gettime(CLOCK_MONOTONIC, &until);
		until.tv_sec += wait;
		wait = EVERY_S;
		pthread_cond_clockwait(
		    &m.wake, &m.lock, CLOCK_MONOTONIC, &until);
		if (!m.stop && write_all(&e) == -1)
			log_warn("metrics not written", KV_S("error", e.msg));
	}
	pthread_mutex_unlock(&m.lock);
	return unused;
}

int
metrics_start(
    const char *path, const char *tool, struct metric *table, struct err *e)
{
	sigset_t all, was;
	int bad;

	if (path == NULL)
		return 0;
	m.stop = 0;
	m.path = path;
	m.tool = tool;
	m.table = table;
	if (write_all(e) == -1)
		return err_wrap(e, "--metrics-file");
	/* Signals are the main thread's. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &was);
	bad = pthread_create(&m.thread, NULL, keep_writing, NULL);
	pthread_sigmask(SIG_SETMASK, &was, NULL);
	if (bad != 0) {
		m.path = NULL;
		return err_set(e, ST_RETRY, "--metrics-file: no thread");
	}
	return 0;
}

void
metrics_stop(void)
{
	struct err e;

	if (m.path == NULL)
		return;
	pthread_mutex_lock(&m.lock);
	m.stop = 1;
	pthread_cond_signal(&m.wake);
	pthread_mutex_unlock(&m.lock);
	pthread_join(m.thread, NULL);
	if (write_all(&e) == -1)
		log_warn("metrics not written", KV_S("error", e.msg));
	m.path = NULL;
}
