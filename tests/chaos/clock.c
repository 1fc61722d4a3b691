/* SPDX-License-Identifier: MIT */
#include <dlfcn.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

/*
 * A clock for a whole pipeline, to be preloaded: all time runs `rate` times as
 * fast, also what is waited for; that and the time of day can be set under way.
 * The file CHAOS_CLOCK holds a struct dial; chaos.py writes it.
 */
struct dial {
	int64_t version; /* odd while the others change */
	int64_t rate;
	int64_t since; /* ns of CLOCK_MONOTONIC at which it was set */
	int64_t mono;  /* what CLOCK_MONOTONIC showed here then, in ns */
	int64_t start; /* ns since 1970 that it showed then */
};

#define NS INT64_C(1000000000)

static const volatile struct dial *dial;

static void *
real(const char *name)
{
	return dlsym(RTLD_NEXT, name);
}

__attribute__((constructor)) static void
find_dial(void)
{
	const char *path = getenv("CHAOS_CLOCK");
	int fd = path != NULL ? open(path, O_RDONLY | O_CLOEXEC) : -1;
	void *p;

	if (fd == -1)
		abort();
	p = mmap(NULL, sizeof(*dial), PROT_READ, MAP_SHARED, fd, 0);
	if (p == MAP_FAILED)
		abort();
	close(fd);
	dial = p;
}

/* Nanoseconds of the real clock; it is asked before the constructor, too. */
static int64_t
real_ns(clockid_t id)
{
	static int (*next)(clockid_t, struct timespec *);
	struct timespec t;

	if (next == NULL) {
		void *p = real("clock_gettime");

		memcpy(&next, &p, sizeof(next));
	}
	next(id, &t);
	return t.tv_sec * NS + t.tv_nsec;
}

/* The dial as a whole. */
static struct dial
look(void)
{
	struct dial d;
	int64_t version;

	do {
		version = dial->version;
		atomic_thread_fence(memory_order_seq_cst);
		d = *dial;
		atomic_thread_fence(memory_order_seq_cst);
	} while (version % 2 != 0 || version != dial->version);
	return d;
}

/* What a clock shows here. */
static int64_t
fast_ns(clockid_t id)
{
	struct dial d;
	int64_t gone;

	if (dial == NULL)
		return real_ns(id);
	d = look();
	gone = (real_ns(CLOCK_MONOTONIC) - d.since) * d.rate;
	switch (id) {
	case CLOCK_REALTIME:
	case CLOCK_REALTIME_COARSE:
		return d.start + gone;
	case CLOCK_MONOTONIC:
	case CLOCK_MONOTONIC_COARSE:
	case CLOCK_MONOTONIC_RAW:
	case CLOCK_BOOTTIME:
		return d.mono + gone;
	default: /* of a process or thread */
		return real_ns(id);
	}
}

int
clock_gettime(clockid_t id, struct timespec *t)
{
	int64_t ns = fast_ns(id);

	t->tv_sec = ns / NS;
	t->tv_nsec = ns % NS;
	return 0;
}

time_t
time(time_t *t)
{
	time_t s = fast_ns(CLOCK_REALTIME) / NS;

	if (t != NULL)
		*t = s;
	return s;
}

int
gettimeofday(struct timeval *restrict t, void *restrict zone)
{
	int64_t ns = fast_ns(CLOCK_REALTIME);

	(void)zone;
	t->tv_sec = ns / NS;
	t->tv_usec = ns % NS / 1000;
	return 0;
}

/* A wait in ms as it is really waited, rounded up. */
static int
wait_ms(int ms)
{
	int rate = (int)dial->rate;

	return ms > 0 ? ms / rate + (ms % rate != 0) : ms;
}

int
poll(struct pollfd *p, nfds_t n, int ms)
{
	struct timespec t = { .tv_sec = wait_ms(ms) / 1000,
		.tv_nsec = wait_ms(ms) % 1000 * (NS / 1000) };

	return ppoll(p, n, ms < 0 ? NULL : &t, NULL);
}

int
epoll_wait(int fd, struct epoll_event *v, int n, int ms)
{
	return epoll_pwait(fd, v, n, wait_ms(ms), NULL);
}

int
nanosleep(const struct timespec *t, struct timespec *left)
{
	int64_t ns = (t->tv_sec * NS + t->tv_nsec) / dial->rate;
	struct timespec fast = { .tv_sec = ns / NS, .tv_nsec = ns % NS };

	return clock_nanosleep(CLOCK_MONOTONIC, 0, &fast, left);
}

int
pthread_cond_clockwait(pthread_cond_t *restrict c, pthread_mutex_t *restrict m,
    clockid_t id, const struct timespec *restrict t)
{
	int (*next)(pthread_cond_t *, pthread_mutex_t *, clockid_t,
	    const struct timespec *);
	int64_t left = t->tv_sec * NS + t->tv_nsec - fast_ns(id);
	int64_t ns = real_ns(id) + left / dial->rate;
	struct timespec fast = { .tv_sec = ns / NS, .tv_nsec = ns % NS };
	void *p = real("pthread_cond_clockwait");

	memcpy(&next, &p, sizeof(next));
	return next(c, m, id, &fast);
}
