/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>

#include "lines.h"
#include "log.h"
#include "slots.h"
#include "when.h"

#define WAIT_MAX 30000 /* ms that a window waits for smaller ones */

int
slots_init(struct slots *s, const struct settings *set, struct err *e)
{
	*s = (struct slots){ .settings = set };
	s->v = arena_zalloc(&s->arena, (size_t)set->args.jobs * sizeof(*s->v));
	for (; s->n < (size_t)set->args.jobs; s->n++)
		if (job_init(&s->v[s->n].job, set->args.spool_dir, e) == -1)
			return -1;
	return 0;
}

void
slots_fini(struct slots *s)
{
	for (size_t i = 0; i < s->n; i++) {
		job_fini(&s->v[i].job);
		buf_fini(&s->v[i].key);
		buf_fini(&s->v[i].id);
		buf_fini(&s->v[i].head);
	}
	buf_fini(&s->query);
	arena_fini(&s->arena);
}

struct slot *
slots_free(struct slots *s)
{
	for (size_t i = 0; i < s->n; i++)
		if (s->v[i].state == SLOT_FREE)
			return &s->v[i];
	return NULL;
}

size_t
slots_busy(const struct slots *s)
{
	size_t busy = 0;

	for (size_t i = 0; i < s->n; i++)
		busy += s->v[i].state != SLOT_FREE;
	return busy;
}

static void
enter(struct slot *w, enum slot_state state)
{
	w->state = state;
	w->since = when_mono_ms();
}

/*
 * The service speaks of lines of the text that was sent; people know those of
 * the body that they wrote.
 */
static void
add_body_line(struct slot *w)
{
	struct kql_error *err = &w->job.error.said;
	int line = query_text_line(&w->text, err->line);
	size_t n = strlen(err->message);

	if (line > 0)
		snprintf(err->message + n, sizeof(err->message) - n,
		    " (line %d of the body)", line);
}

static void
done(struct slots *s, struct slot *w)
{
	if (query_failed(&w->job.error)) {
		s->settings->counts[COUNT_FAILED].value++;
		add_body_line(w);
	} else {
		s->settings->counts[COUNT_ROWS].value += w->job.rows;
	}
	job_log(&w->job, query_failed(&w->job.error) ? LV_WARN : LV_INFO,
	    buf_str(&w->id), when_mono_ms() - w->since);
	enter(w, SLOT_READY);
}

static void
start_query(struct slots *s, struct slot *w, const struct unit *u,
    const struct sched_plan *p)
{
	struct kql_request q = { .database = u->database,
		.now = p->end,
		.max_rows = s->settings->args.max_rows };

	buf_reset(&s->query);
	w->text = query_text_build(
	    &s->query, u->body, p->start, p->end, &s->settings->labels);
	q.text = buf_str(&s->query);
	enter(w, SLOT_RUNS);
	job_start(&w->job, &s->settings->engines,
	    endpoint_remote(
		endpoints_find(&s->settings->endpoints, u->database)),
	    &q, s->settings->args.timeout / WHEN_MS);
	if (!job_runs(&w->job))
		done(s, w);
}

void
slots_start(struct slots *s, struct slot *w, const struct unit *u,
    const struct sched_plan *p)
{
	s->settings->counts[COUNT_WINDOWS].value++;
	s->settings->counts[COUNT_RUNNING].value++;
	buf_reset(&w->key);
	buf_reset(&w->id);
	buf_reset(&w->head);
	buf_puts(&w->key, u->key);
	lines_id(&w->id, u, p);
	lines_window(&w->head, u, p);
	w->generation = u->generation;
	w->ticket = p->ticket;
	w->late = p->late;
	w->kind = p->kind;
	if (sched_asks(p->kind)) {
		start_query(s, w, u, p);
		return;
	}
	job_clear(&w->job);
	if (p->kind == SCHED_DROP) {
		query_error_set(&w->job.error, "CatchupLimit",
		    "older than --max-catchup allows");
		log_warn("windows dropped", KV_S("window", buf_str(&w->id)),
		    KV_S("error", w->job.error.said.message));
	}
	enter(w, SLOT_READY);
}

void
slots_read(struct slots *s, struct slot *w)
{
	if (job_read(&w->job) == 0)
		done(s, w);
}

void
slots_take(struct slots *s)
{
	struct kusto_call *c;

	while ((c = kusto_take(s->settings->engines.kusto)) != NULL) {
		struct job *j = job_answered(c);

		for (size_t i = 0; i < s->n; i++)
			if (&s->v[i].job == j)
				done(s, &s->v[i]);
	}
}

struct slot *
slots_pick(struct slots *s, int64_t now)
{
	struct slot *smallest = NULL, *oldest = NULL;

	for (size_t i = 0; i < s->n; i++) {
		struct slot *w = &s->v[i];

		if (w->state != SLOT_READY)
			continue;
		if (smallest == NULL ||
		    job_size(&w->job) < job_size(&smallest->job))
			smallest = w;
		if (oldest == NULL || w->since < oldest->since)
			oldest = w;
	}
	if (oldest != NULL && now - oldest->since >= WAIT_MAX)
		return oldest;
	return smallest;
}
