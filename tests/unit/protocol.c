/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>

#include "../../kqlrun/schedule.h"
#include "chance.h"
#include "check.h"
#include "hold.h"
#include "owed.h"
#include "verdict.h"

/*
 * The order and status protocol as a whole: the schedule, senders with their
 * hold rule and their judgement, and the status that is written late or not at
 * all, in a world of kills, outages of queries, destinations and disk, answers
 * that get lost, and receivers that behave as Prometheus: what is older than
 * the newest sample is refused.  Every window must end up delivered, a dead
 * letter, or owed; once the trouble is over all of them must have gone.
 *
 * protocol [SEED [COUNT]] runs other seeds; a seed that fails prints itself.
 */
#define STEP     10   /* seconds of a window */
#define TROUBLE  1500 /* seconds with trouble */
#define QUIET    3000 /* and without, to drain */
#define WINDOWS  ((TROUBLE + QUIET) / STEP + 10)
#define DESTS    3
#define PIPE     3 /* windows that a pipe holds */
#define JOBS     2 /* queries at once */
#define DEADLINE 5 /* seconds that a sender tries */
#define QUEUE    4096

/* A window on its way. */
struct message {
	struct window w;
	int to[DESTS];
	int failed; /* its query did */
	int down;   /* as there was nobody to answer it */
	int probe;  /* nobody gets it */
	int ready;  /* when its query answers */
	uint64_t ticket;
};

/* What one receiver holds. */
struct receiver {
	int newest;         /* second of the newest sample */
	char has[WINDOWS];  /* all samples of the window */
	char dead[WINDOWS]; /* dead letter */
};

struct sender {
	struct hold hold;
	struct message pipe[PIPE];
	int npipe;
	int busy; /* with pipe[0] */
	int since;
	int tried; /* without an answer */
};

/* A receipt on its way to the status; or a status to the schedule. */
struct mail {
	int at;
	struct receipt r;
	char *text;
};

struct world {
	uint64_t random;
	int ndests;
	int now; /* seconds */
	struct receiver receivers[DESTS];
	struct outages down[DESTS], queries, disk;
	int bad_until[WINDOWS]; /* its query fails until then */
	int deadly;     /* seconds between kills, about; 0: there are none */
	int listed;     /* destinations that the resource names now */
	int generation; /* a hash, as for files */
	int edits;      /* then only the first is owed every window */
	int leaks;      /* windows may vanish on their way to a sender */

	struct sched *sched;
	struct message jobs[JOBS];
	int njobs;
	struct sender senders[DESTS];
	struct receipt begun[DESTS];
	struct mail receipts[QUEUE], views[QUEUE];
	int nreceipts, nviews;
	struct owed owed;
	int dirty; /* when it became so, or -1 */
	char *file;
	int first;  /* window of the first status that was written */
	ticks last; /* lastSuccessfulExecution as last written */
};

static const char *const names[DESTS] = { "a", "b", "c" };
static struct arena constants;
static struct json *lists[DESTS + 1]; /* of the first n names */
static struct arena scratch;
static struct {
	int windows, dead, needless, passed;
} total;

static int
roll(struct world *w, int n)
{
	return chance_roll(&w->random, n);
}

static ticks
at(int second)
{
	static const int64_t base = INT64_C(63000000000); /* 1997 */

	return (base + second) * WHEN_SEC;
}

/* Windows count from the one before second 0, which founds the status. */
static int
number(ticks start)
{
	return (int)((start - at(0)) / (STEP * WHEN_SEC)) + 1;
}

static int
is_out(const struct world *w, const struct outages *o)
{
	return w->now < TROUBLE && outages_at(o, w->now);
}

static struct owed
read_status(const char *text)
{
	struct owed o = { 0 };
	struct json *j = NULL;
	struct err e;

	if (text != NULL)
		j = json_parse(&scratch, text, strlen(text), &e);
	CHECK(owed_read(&o, j, &e) == 0);
	return o;
}

/* The status comes back to the schedule. */
static void
show(struct world *w, const char *text)
{
	struct sched_spec spec = { .key = "m/n",
		.uid = "",
		.endpoint = "e",
		.generation = w->generation,
		.interval = STEP * WHEN_SEC,
		.destinations = names,
		.ndestinations = (size_t)w->listed };
	struct owed o = read_status(text);

	sched_set(w->sched, &spec, NULL, &o, at(w->now));
	owed_fini(&o);
	arena_reset(&scratch);
}

/* Start all stages: what they had in memory is gone. */
static void
boot(struct world *w)
{
	struct sched_opts opts = {
		.max_ahead = 1000,
		.order_wait = 60 * WHEN_SEC,
		.seed = w->random,
		.started = at(w->now),
	};

	sched_free(w->sched);
	w->sched = sched_new(&opts);
	w->njobs = w->nreceipts = 0;
	for (int i = 0; i < w->nviews; i++)
		free(w->views[i].text);
	w->nviews = 0;
	for (int d = 0; d < DESTS; d++) {
		hold_fini(&w->senders[d].hold);
		w->senders[d] = (struct sender){ 0 };
		w->begun[d].destination = NULL;
	}
	owed_fini(&w->owed);
	w->owed = read_status(w->file);
	w->dirty = -1;
	show(w, w->file);
}

/* kqlrun: run the queries that are due, write what is complete. */
static void
start_jobs(struct world *w)
{
	struct sched_plan p;
	ticks wake;

	while (w->njobs < JOBS &&
	    sched_next(w->sched, at(w->now), &p, &wake) == 1) {
		struct message *m = &w->jobs[w->njobs++];
		int n = number(p.start);

		*m = (struct message){ .ticket = p.ticket };
		m->w = (struct window){ .namespace = "m",
			.name = "n",
			.rule = "",
			.uid = "",
			.generation = w->generation,
			.start = p.start,
			.end = p.end,
			.attempt = p.attempt,
			.settled = p.settled,
			.listed = p.listed,
			.again = p.again,
			.late = p.late,
			.pass_over = p.pass_over,
			.destinations = lists[w->listed] };
		for (size_t i = 0; i < p.nto; i++)
			m->to[*p.to[i] - 'a'] = 1;
		m->probe = p.kind == SCHED_PROBE;
		m->down = is_out(w, &w->queries);
		m->failed = (p.kind == SCHED_QUERY || m->probe) &&
		    (m->down || w->now < w->bad_until[n]);
		m->ready = w->now + roll(w, 3);
		total.windows++;
		total.passed += p.pass_over;
	}
}

/* Nothing real loses a window without a kill, and no rule covers both at once;
 * this is how holes come about. */
static int
vanishes(struct world *w, int d, const struct message *m)
{
	return w->leaks && m->to[d] && !m->failed && m->w.attempt == 1 &&
	    !m->w.late && m->w.start < m->w.end && w->now < TROUBLE &&
	    roll(w, 20) == 0;
}

static void
write_windows(struct world *w)
{
	for (int i = 0; i < w->njobs; i++) {
		struct message m = w->jobs[i];
		int room = 1;

		for (int d = 0; d < w->ndests; d++)
			room &= w->senders[d].npipe < PIPE;
		if (!room || m.ready > w->now)
			continue;
		for (int d = 0; d < w->ndests && !m.probe; d++)
			if (!vanishes(w, d, &m))
				w->senders[d].pipe[w->senders[d].npipe++] = m;
		w->jobs[i--] = w->jobs[--w->njobs];
		sched_done(w->sched, "m/n", m.ticket,
		    !m.failed    ? SCHED_ANSWERED
			: m.down ? SCHED_DOWN
				 : SCHED_FAILED,
		    at(w->now));
	}
}

static void
kqlrun(struct world *w)
{
	while (w->nviews > 0 && w->views[0].at <= w->now) {
		show(w, w->views[0].text);
		free(w->views[0].text);
		memmove(w->views, w->views + 1,
		    (size_t)--w->nviews * sizeof(*w->views));
	}
	start_jobs(w);
	write_windows(w);
}

/* The answer of Prometheus to the two samples of a window; a request is taken
 * whole or not at all. */
static int
ask(struct receiver *v, int n)
{
	if ((n - 1) * STEP + 3 < v->newest)
		return 400;
	v->newest = (n - 1) * STEP + 7;
	v->has[n] = 1;
	return 204;
}

static void
answer(struct world *w, int d, enum receipt_status status, const char *code)
{
	struct sender *s = &w->senders[d];
	struct receipt r = { .w = s->pipe[0].w,
		.destination = names[d],
		.status = status,
		.time = at(w->now) };

	if (code != NULL)
		r.error = (struct end_error){
			.stage = s->pipe[0].failed ? "kqlrun" : "promsend",
			.code = code,
			.message = "",
		};
	if (code == NULL || strcmp(code, "Held") != 0)
		hold_answered(&s->hold, &r.w, status);
	CHECK(w->nreceipts < QUEUE);
	w->receipts[w->nreceipts++] =
	    (struct mail){ .at = w->now + 1 + roll(w, 2), .r = r };
	w->begun[d].destination = NULL;
	memmove(s->pipe, s->pipe + 1, (size_t)--s->npipe * sizeof(*s->pipe));
	s->busy = 0;
}

/* Send pipe[0], one try. */
static void
attempt(struct world *w, int d)
{
	struct sender *s = &w->senders[d];
	const struct message *m = &s->pipe[0];
	struct receiver *v = &w->receivers[d];
	int n = number(m->w.start);
	struct verdict_query q = { .again = m->w.again,
		.late = m->w.late,
		.samples = 2,
		.tried_before = s->tried,
		.body = "out of order sample",
		.len = 19 };

	if (is_out(w, &w->down[d])) {
		s->tried = 1;
		if (roll(w, 10) == 0)
			ask(v, n); /* taken, but the answer is lost */
		if (w->now - s->since >= DEADLINE)
			answer(w, d, RECEIPT_FAILED, "Timeout");
		return;
	}
	q.http = ask(v, n);
	switch (verdict_http(&q)) {
	case VERDICT_TAKEN:
	case VERDICT_HAD:
		answer(w, d, RECEIPT_DELIVERED, NULL);
		break;
	default:
		v->dead[n] = 1;
		total.dead++;
		total.needless += v->has[n];
		answer(w, d, RECEIPT_REJECTED, NULL);
	}
}

static void
send(struct world *w, int d)
{
	struct sender *s = &w->senders[d];
	struct message *m = &s->pipe[0];

	if (s->npipe == 0)
		return;
	if (!m->to[d]) {
		memmove(s->pipe, s->pipe + 1,
		    (size_t)--s->npipe * sizeof(*s->pipe));
		return;
	}
	if (!s->busy) {
		s->busy = 1;
		s->tried = 0;
		s->since = w->now;
		w->begun[d] =
		    (struct receipt){ .w = m->w, .destination = names[d] };
	}
	if (hold_has(&s->hold, &m->w))
		answer(w, d, RECEIPT_FAILED, "Held");
	else if (m->failed)
		answer(w, d, RECEIPT_FAILED, "General_BadRequest");
	else if (m->w.start == m->w.end)
		answer(w, d, RECEIPT_DELIVERED, NULL);
	else if (roll(w, 10) >= 3)
		attempt(w, d);
}

static void
write_status(struct world *w)
{
	struct json *status = json_new(&scratch, JSON_OBJECT);
	struct buf b = { 0 };

	owed_write(&scratch, &w->owed, status, 100);
	json_write(&b, status);
	if (w->file == NULL)
		w->first = number(owed_oldest(&w->owed));
	free(w->file);
	w->file = b.data;
	w->dirty = -1;
	CHECK(w->owed.last >= w->last); /* never back */
	w->last = w->owed.last;
	CHECK(w->nviews < QUEUE);
	w->views[w->nviews++] = (struct mail){ .at = w->now + 1 + roll(w, 3),
		.text = strdup(w->file) };
	arena_reset(&scratch);
}

/* crdstatus: the first `due` receipts of the queue. */
static void
crdstatus(struct world *w, int all)
{
	int n = 0;

	while (n < w->nreceipts && (all || w->receipts[n].at <= w->now)) {
		owed_apply(&w->owed, &w->receipts[n++].r);
		if (w->dirty == -1)
			w->dirty = w->now;
	}
	w->nreceipts -= n;
	memmove(w->receipts, w->receipts + n,
	    (size_t)w->nreceipts * sizeof(*w->receipts));
	if (w->owed.founded && w->dirty != -1 && w->now > w->dirty &&
	    !is_out(w, &w->disk))
		write_status(w);
}

static int
by_start(const void *a, const void *b)
{
	const struct receipt *x = a, *y = b;

	return (x->w.start > y->w.start) - (x->w.start < y->w.start);
}

/* A stage was killed: crdstatus reads to the end, and says who died. */
static void
die(struct world *w)
{
	struct receipt died[DESTS];
	size_t n = 0;

	for (int d = 0; d < w->ndests; d++) {
		if (w->begun[d].destination == NULL)
			continue;
		died[n] = w->begun[d];
		died[n].status = RECEIPT_FAILED;
		died[n].time = at(w->now);
		died[n++].error = (struct end_error){
			.stage = "crdstatus", .code = "Died", .message = ""
		};
	}
	crdstatus(w, 1);
	qsort(died, n, sizeof(*died), by_start);
	for (size_t i = 0; i < n; i++)
		owed_apply(&w->owed, &died[i]);
	if (w->owed.founded && !is_out(w, &w->disk))
		write_status(w);
}

/* Somebody edits the list of destinations, at the end to what it was. */
static void
edit(struct world *w)
{
	w->listed = 1 + roll(w, w->ndests);
	if (w->now > TROUBLE)
		w->listed = w->ndests;
	w->generation = w->listed * 1000003;
	show(w, w->file);
}

static void
live(struct world *w)
{
	for (w->now = 0; w->now < TROUBLE + QUIET; w->now++) {
		if (w->deadly && w->now < TROUBLE && roll(w, w->deadly) == 0) {
			if (roll(w, 2) == 0)
				die(w); /* one stage, else all at once */
			boot(w);
			continue;
		}
		if (w->edits &&
		    (w->now == TROUBLE + 1 ||
			(w->now < TROUBLE && roll(w, 200) == 0)))
			edit(w);
		kqlrun(w);
		for (int i = 0; i < 2 * w->ndests; i++)
			send(w, i % w->ndests);
		crdstatus(w, 0);
	}
}

static struct world *
create(uint64_t seed)
{
	struct world *w = calloc(1, sizeof(*w));

	w->random = seed * UINT64_C(0x9e3779b97f4a7c15) + 1;
	w->ndests = 1 + roll(w, DESTS);
	w->listed = w->ndests;
	w->generation = w->listed * 1000003;
	w->edits = roll(w, 3) == 0;
	for (int d = 0; d < w->ndests; d++) {
		w->receivers[d].newest = -1000;
		outages_plan(&w->down[d], &w->random, TROUBLE, 150);
	}
	outages_plan(&w->queries, &w->random, TROUBLE, 100);
	outages_plan(&w->disk, &w->random, TROUBLE, roll(w, 2) ? 400 : 100);
	for (int i = 0; i < TROUBLE / STEP - 20; i++)
		if (roll(w, 50) == 0)
			w->bad_until[i] = i * STEP + roll(w, 600);
	w->leaks = !w->edits && roll(w, 3) == 0;
	w->deadly = w->leaks ? 0 : 40 * roll(w, 10);
	return w;
}

static int
is_late(const struct owed *o, const char *name, int n)
{
	for (size_t i = 0; i < o->nlates; i++)
		if (strcmp(o->lates[i].name, name) == 0 &&
		    number(o->lates[i].start) <= n &&
		    number(o->lates[i].end) > n)
			return 1;
	return 0;
}

/* Whether every window is where it may be; prints the first that is not. */
static int
judge(struct world *w, uint64_t seed)
{
	struct owed o = read_status(w->file);
	int good = 1, due = number(at(TROUBLE + QUIET)) - 4;

	for (int d = 0; d < w->ndests && good; d++) {
		const struct owed_dest *f = owed_find(&o, names[d]);
		int next = number(f != NULL ? f->next : o.last);

		for (int n = w->first; n < next && good; n++) {
			if ((w->edits && d > 0) || w->receivers[d].has[n] ||
			    w->receivers[d].dead[n] || is_late(&o, names[d], n))
				continue;
			printf("seed %llu: window %d is lost to %s\n",
			    (unsigned long long)seed, n, names[d]);
			good = 0;
		}
		if (good && next < due) {
			printf("seed %llu: %s stands at window %d of %d\n",
			    (unsigned long long)seed, names[d], next, due);
			good = 0;
		}
	}
	if (good && o.nlates > 0)
		printf("seed %llu: %zu windows are still late\n",
		    (unsigned long long)seed, o.nlates);
	good &= o.nlates == 0;
	owed_fini(&o);
	return good;
}

static void
destroy(struct world *w)
{
	boot(w); /* gives back what the stages held */
	sched_free(w->sched);
	owed_fini(&w->owed);
	free(w->file);
	free(w);
}

static void
make_lists(void)
{
	for (int n = 0; n <= DESTS; n++) {
		lists[n] = json_new(&constants, JSON_ARRAY);
		for (int i = 0; i < n; i++)
			json_push(lists[n], json_new_str(&constants, names[i]));
	}
}

int
main(int argc, char *argv[])
{
	uint64_t seed = argc > 1 ? strtoull(argv[1], NULL, 10) : 1;
	int count = argc > 2 ? atoi(argv[2]) : argc > 1 ? 1 : 200;

	make_lists();
	for (; count-- > 0; seed++) {
		struct world *w = create(seed);

		boot(w);
		live(w);
		CHECK(judge(w, seed));
		destroy(w);
		arena_reset(&scratch);
	}
	if (argc > 1)
		printf("%d windows sent, %d dead letters, %d needless, "
		       "%d passed over\n",
		    total.windows, total.dead, total.needless, total.passed);
	arena_fini(&constants);
	arena_fini(&scratch);
	return check_end("protocol");
}
