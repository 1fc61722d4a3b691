/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "event.h"
#include "log.h"
#include "status.h"
#include "watch.h"
#include "when.h"

#define AHEAD    (64 << 10) /* bytes of events made before they are written */
#define SETTLE   50   /* ms from a change to its event: saves are several */
#define LOOK_FOR 1000 /* ms between looks for a source that is gone */

/* Signals are read like the rest of what is waited for. */
static int
catch_signals(struct watch *w, struct err *e)
{
	sigset_t caught;

	sigemptyset(&caught);
	sigaddset(&caught, SIGTERM);
	sigaddset(&caught, SIGINT);
	sigaddset(&caught, SIGHUP);
	signal(SIGPIPE, SIG_DFL);
	sigprocmask(SIG_BLOCK, &caught, NULL);
	w->signals = signalfd(-1, &caught, SFD_NONBLOCK | SFD_CLOEXEC);
	return w->signals != -1 ? 0 : err_sys(e, ST_RETRY, "signals");
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
	if (w->api)
		kube_source_again(&w->kube);
	w->state.wd = -1;
	store_touch_all(&w->store, "");
	return scan(w, e);
}

static int
take_signals(struct watch *w, struct err *e)
{
	struct signalfd_siginfo s;
	int again = 0;

	while (read(w->signals, &s, sizeof(s)) == (ssize_t)sizeof(s)) {
		if (s.ssi_signo == SIGHUP)
			again = !w->once;
		else
			w->stops++;
	}
	return again ? scan_all(w, e) : 0;
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
	    event_next(&w->store, &w->derive, &w->state, &w->out.b))
		w->metrics[M_LOOKS].value++;
	w->metrics[M_RESOURCES].value = w->store.shown;
	w->metrics[M_PROBLEMS].value = w->store.problems;
	w->metrics[M_WRONG].value = w->files.wrong;
	w->metrics[M_LISTS].value =
	    w->kube.exporters.lists + w->kube.summaries.lists;
	w->metrics[M_FAILS].value =
	    w->kube.exporters.failed + w->kube.summaries.failed;
	w->metrics[M_READY].value =
	    !w->api || kube_source_listed(&w->kube, derive_wanted(&w->derive));
}

/* The earlier of two times, of which 0 is never. */
static int64_t
earlier(int64_t a, int64_t b)
{
	return a == 0 || (b != 0 && b < a) ? b : a;
}

/* Milliseconds in which only a descriptor can bring news; -1: for ever. */
static int
timeout(const struct watch *w)
{
	int64_t now = when_mono_ms();
	int64_t until = earlier(w->look_for, w->settled);

	if (w->api)
		until = earlier(until, kube_source_due(&w->kube));
	if (w->lease != NULL)
		until = earlier(until, elect_due(&w->elect));
	if (until == 0)
		return -1;
	return until > now ? (int)(until - now) : 0;
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
		w->stops++;
	if (n == 0 || w->stops > 0)
		w->stop_fd = -1;
}

static int
wait(struct watch *w, struct pollfd *p, nfds_t n, struct err *e)
{
	if (w->api)
		return kube_poll(w->kube.kube, p, n, timeout(w), e);
	if (poll(p, n, timeout(w)) == -1 && errno != EINTR)
		return err_sys(e, ST_RETRY, "poll");
	return 0;
}

/*
 * Whether events may go out: we hold the lease, if there is one.  When it is
 * lost the stream ends behind the line that has begun.
 */
static int
contend(struct watch *w)
{
	int leads;

	if (w->lease == NULL || w->stops > 0)
		return 1;
	if ((leads = elect_turn(&w->elect, &w->lost)) == -1)
		w->stops++;
	w->metrics[M_LEADS].value = leads == 1;
	if (leads != 1)
		w->metrics[M_READY].value = w->elect.lease.holder.len > 0;
	return leads == 1;
}

/* Wait for whatever is next, and do it. */
static int
turn(struct watch *w, struct err *e)
{
	short out = outlet_pending(&w->out) > 0 ? POLLOUT : 0;
	struct pollfd p[] = {
		{ .fd = STDOUT_FILENO, .events = out },
		{ .fd = w->sources.fd, .events = POLLIN },
		{ .fd = w->stop_fd, .events = POLLIN },
		{ .fd = w->signals, .events = POLLIN },
	};

	if (wait(w, p, 4, e) == -1)
		return -1;
	if (p[0].revents & (POLLERR | POLLHUP | POLLNVAL))
		return reader_gone(e);
	if ((p[0].revents & POLLOUT) && contend(w) &&
	    outlet_write(&w->out, e) == -1)
		return -1;
	if (p[2].revents != 0)
		check_stop(w);
	if (p[3].revents != 0 && take_signals(w, e) == -1)
		return -1;
	return p[1].revents != 0 ? take_events(w, e) : 0;
}

/* Take what the API says; scan when a source may be back. */
static int
look_around(struct watch *w, struct err *e)
{
	if (w->api &&
	    kube_source_turn(&w->kube, derive_wanted(&w->derive), e) == -1)
		return -1;
	if (w->once)
		return w->api ? kube_source_failed(&w->kube, e) : 0;
	if (w->look_for != 0 && w->look_for <= when_mono_ms())
		return scan(w, e);
	return 0;
}

/* Whether all there is has been made events, for --once. */
static int
is_done(const struct watch *w)
{
	return w->once && w->store.head == NULL && w->rules.head == NULL &&
	    (!w->api ||
		kube_source_listed(&w->kube, derive_wanted(&w->derive)));
}

static void
join(struct watch *w)
{
	w->files.store = w->derive.store = w->kube.store = &w->store;
	w->files.rules = w->derive.rules = w->kube.rules = &w->rules;
	w->files.judge = w->kube.judge = &w->judge;
	w->sources.files = &w->files;
	w->sources.fd = w->state.wd = w->signals = -1;
}

int
watch_open_api(struct watch *w, const char *kubeconfig, const char *context,
    const char *namespace, struct err *e)
{
	const struct kube_config *cf;

	join(w);
	w->api = 1;
	if (kube_source_open(&w->kube, kubeconfig, context, namespace, e) == -1)
		return -1;
	cf = &w->kube.config;
	if (w->lease != NULL)
		elect_open(&w->elect, w->kube.kube, w->lease,
		    namespace != NULL && !cf->in_pod ? namespace : cf->space);
	return 0;
}

int
watch_open_files(struct watch *w, const char *state_dir, struct err *e)
{
	join(w);
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
	if (catch_signals(w, e) == -1 || scan(w, e) == -1)
		return -1;
	while (w->stops < 2) {
		if (contend(w) && w->stops == 0) {
			if (look_around(w, e) == -1)
				return -1;
			look(w);
		}
		if (w->stops > 0)
			outlet_cut(&w->out);
		if (outlet_pending(&w->out) == 0 &&
		    (w->stops > 0 || is_done(w)))
			break;
		if (turn(w, e) == -1)
			return -1;
	}
	if (w->lost.code != 0) {
		*e = w->lost;
		return -1;
	}
	if (w->once && w->stops > 0)
		return err_set(e, ST_RETRY, "ended before all was printed");
	return 0;
}

void
watch_fini(struct watch *w)
{
	if (w->sources.fd != -1)
		close(w->sources.fd);
	if (w->signals != -1)
		close(w->signals);
	elect_fini(&w->elect);
	kube_source_fini(&w->kube);
	derive_fini(&w->derive);
	files_fini(&w->files);
	sources_fini(&w->sources);
	state_fini(&w->state);
	store_fini(&w->store);
	store_fini(&w->rules);
	buf_fini(&w->out.b);
}
