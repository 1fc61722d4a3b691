/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "event.h"
#include "log.h"
#include "status.h"
#include "watch.h"
#include "when.h"

#define AHEAD    (64 << 10) /* bytes of events made before they are written */
#define SETTLE   50   /* ms from a change to its event: saves are several */
#define LOOK_FOR 1000 /* ms between looks for a source that is gone */

static volatile sig_atomic_t stops, hangups;

static void
on_signal(int sig)
{
	if (sig == SIGHUP)
		hangups = 1;
	else
		stops++;
}

/* Signals reach us in ppoll only; was is the mask to wait with. */
static void
catch_signals(sigset_t *was)
{
	static const int caught[] = { SIGTERM, SIGINT, SIGHUP };
	struct sigaction sa = { .sa_handler = on_signal };
	sigset_t block;

	sigemptyset(&block);
	for (size_t i = 0; i < sizeof(caught) / sizeof(*caught); i++) {
		sigaddset(&block, caught[i]);
		sigaction(caught[i], &sa, NULL);
	}
	signal(SIGPIPE, SIG_DFL);
	sigprocmask(SIG_BLOCK, &block, was);
	for (size_t i = 0; i < sizeof(caught) / sizeof(*caught); i++)
		sigdelset(was, caught[i]);
}

/* Watch the state directory; all is looked at again when it had been lost. */
static int
scan_state(struct watch *w, struct err *e)
{
	int missing;

	if (w->once || w->state.dir == NULL || w->state.wd != -1)
		return 0;
	if ((missing = state_watch(&w->state, w->sources.fd, e)) == 0)
		store_touch_all(&w->store, "");
	return missing;
}

static int
scan(struct watch *w, struct err *e)
{
	int missing, lost;

	if ((lost = scan_state(w, e)) == -1 ||
	    (missing = sources_scan(&w->sources, e)) == -1)
		return -1;
	w->look_for = missing || lost ? when_mono_ms() + LOOK_FOR : 0;
	return 0;
}

/* Start from nothing known: events were lost, or somebody asked for it. */
static int
scan_all(struct watch *w, struct err *e)
{
	log_info("all is read again");
	w->state.wd = -1;
	store_touch_all(&w->store, "");
	return scan(w, e);
}

/* Take the events that are there. */
static int
take_events(struct watch *w, struct err *e)
{
	_Alignas(struct inotify_event) char buf[32768];
	const struct inotify_event *ev;
	int again = 0, lost = 0;
	ssize_t n;

	while ((n = read(w->sources.fd, buf, sizeof(buf))) > 0)
		for (char *at = buf; at < buf + n;
		     at += sizeof(*ev) + ev->len) {
			ev = (const struct inotify_event *)(void *)at;
			lost |= (ev->mask & IN_Q_OVERFLOW) != 0;
			again |= sources_event(&w->sources, ev);
			if (state_event(&w->state, w->sources.fd, ev, &w->store,
				e) == -1)
				return -1;
		}
	if (n == -1 && errno != EAGAIN && errno != EINTR)
		return err_sys(e, ST_RETRY, "inotify");
	if (w->settled == 0)
		w->settled = when_mono_ms() + SETTLE;
	if (w->state.dir != NULL && w->state.wd == -1)
		again = 1;
	if (lost)
		return scan_all(w, e);
	return again ? scan(w, e) : 0;
}

/* Make events while the reader keeps up and changes have settled. */
static void
look(struct watch *w)
{
	if (w->settled > when_mono_ms())
		return;
	w->settled = 0;
	while (outlet_pending(&w->out) < AHEAD &&
	    event_next(&w->store, &w->state, &w->out.b))
		w->metrics[M_LOOKS].value++;
	w->metrics[M_RESOURCES].value = w->store.shown;
	w->metrics[M_PROBLEMS].value = w->store.problems;
	w->metrics[M_WRONG].value = w->files.wrong;
}

static int
timeout(const struct watch *w, struct timespec *ts)
{
	int64_t now = when_mono_ms(), until = w->look_for;

	if (w->settled != 0 && (until == 0 || w->settled < until))
		until = w->settled;
	if (until == 0)
		return 0;
	until = until > now ? until - now : 0;
	ts->tv_sec = until / 1000;
	ts->tv_nsec = until % 1000 * 1000000;
	return 1;
}

/* The reader is gone: end as every filter does. */
static int
reader_gone(struct err *e)
{
	raise(SIGPIPE);
	return err_set(e, ST_RETRY, "stdout: nobody reads");
}

/* Bytes on stop_fd mean nothing; its end does. */
static void
check_stop(struct watch *w)
{
	char ignored[512];
	ssize_t n = read(w->stop_fd, ignored, sizeof(ignored));

	if (n == 0 || (n == -1 && errno != EINTR && errno != EAGAIN))
		stops++;
	if (n == 0 || stops > 0)
		w->stop_fd = -1;
}

/* Wait for whatever is next, and do it. */
static int
turn(struct watch *w, const sigset_t *mask, struct err *e)
{
	short out = outlet_pending(&w->out) > 0 ? POLLOUT : 0;
	struct pollfd p[] = {
		{ .fd = STDOUT_FILENO, .events = out },
		{ .fd = w->sources.fd, .events = POLLIN },
		{ .fd = w->stop_fd, .events = POLLIN },
	};
	struct timespec ts;

	if (ppoll(p, 3, timeout(w, &ts) ? &ts : NULL, mask) == -1)
		return errno == EINTR ? 0 : err_sys(e, ST_RETRY, "poll");
	if (p[0].revents & (POLLERR | POLLHUP | POLLNVAL))
		return reader_gone(e);
	if ((p[0].revents & POLLOUT) && outlet_write(&w->out, e) == -1)
		return -1;
	if (p[2].revents != 0)
		check_stop(w);
	return p[1].revents != 0 ? take_events(w, e) : 0;
}

/* Scan when a source may be back, or when SIGHUP asks for it. */
static int
scan_if_due(struct watch *w, struct err *e)
{
	if (w->once)
		return 0;
	if (hangups) {
		hangups = 0;
		return scan_all(w, e);
	}
	if (w->look_for != 0 && w->look_for <= when_mono_ms())
		return scan(w, e);
	return 0;
}

int
watch_open(struct watch *w, const char *state_dir, struct err *e)
{
	w->files.store = &w->store;
	w->files.judge = &w->judge;
	w->sources.files = &w->files;
	w->sources.fd = w->state.wd = -1;
	if (!w->once &&
	    (w->sources.fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC)) == -1)
		return err_sys(e, ST_RETRY, "inotify");
	if (state_dir == NULL)
		return 0;
	return state_open(&w->state, state_dir, e);
}

int
watch_run(struct watch *w, struct err *e)
{
	sigset_t mask;

	catch_signals(&mask);
	if (scan(w, e) == -1)
		return -1;
	while (stops < 2) {
		if (scan_if_due(w, e) == -1)
			return -1;
		if (stops > 0)
			outlet_cut(&w->out);
		else
			look(w);
		if (outlet_pending(&w->out) == 0 &&
		    (stops > 0 || (w->once && w->store.head == NULL)))
			break;
		if (turn(w, &mask, e) == -1)
			return -1;
	}
	if (w->once && stops > 0)
		return err_set(e, ST_RETRY, "ended before all was printed");
	return 0;
}

void
watch_fini(struct watch *w)
{
	if (w->sources.fd != -1)
		close(w->sources.fd);
	files_fini(&w->files);
	sources_fini(&w->sources);
	state_fini(&w->state);
	store_fini(&w->store);
	buf_fini(&w->out.b);
}
