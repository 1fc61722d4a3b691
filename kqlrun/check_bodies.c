/* SPDX-License-Identifier: MIT */
#include <string.h>
#include <unistd.h>

#include "check_bodies.h"
#include "deadline.h"
#include "io.h"
#include "log.h"
#include "query_text.h"
#include "resource.h"
#include "schedule.h"
#include "status.h"
#include "watch_event.h"

/* Say what is wrong with a resource. */
static int
wrong(const char *key, const char *what, long line)
{
	log_error("resource is wrong", KV_S("resource", key),
	    KV_S("error", what), KV_I("line", line));
	return -1;
}

static int
check_body(struct settings *s, const struct resource *r, const char *key)
{
	ticks start = sched_first_start(
	    clock_now(&s->clock), r->interval, r->ingestion_delay);
	ticks end = sched_window_end(start, r->interval);
	struct kql_request q = { .database = r->database, .now = end };
	struct buf text = { 0 };
	struct query_text t;
	struct kql_error err;
	int bad;

	t = query_text_build(&text, r->body, start, end, &s->labels);
	q.text = buf_str(&text);
	deadline_start(s->args.timeout);
	bad = kql_check(s->engines.kql, &q, &err);
	deadline_stop();
	if (bad == -1)
		log_error("query refused", KV_S("resource", key),
		    KV_S("code", err.code), KV_S("error", err.message),
		    KV_I("body_line", query_text_line(&t, err.line)),
		    KV_I("column", err.column));
	buf_fini(&text);
	return bad;
}

/* What is known here of its names. */
static int
check_names(const struct settings *s, const struct resource *r, struct err *e)
{
	for (size_t i = 0; i < r->destinations.n; i++)
		if (!strs_has(&s->destinations, r->destinations.v[i]))
			return err_set(e, ST_DATA,
			    "no destination here is named %s",
			    r->destinations.v[i]);
	if (s->endpoints.n > 0 &&
	    endpoints_find(&s->endpoints, r->database) == NULL)
		return err_set(e, ST_DATA,
		    "no endpoint here is for database %s", r->database);
	return 0;
}

static int
check_resource(
    struct settings *s, struct arena *a, const struct watch_event *w, long line)
{
	struct resource r;
	struct err e;

	if (w->type != WATCH_SET)
		return 0;
	if (resource_identify(a, w->object, NULL, &r, &e) == -1)
		return wrong("", e.msg, line);
	if (w->reason != NULL)
		return wrong(resource_key(a, &r), w->message, line);
	if (resource_read(a, w->object, NULL, &r, &e) == -1)
		return wrong(resource_key(a, &r), e.msg, line);
	if (r.database == NULL)
		return 0;
	if (check_names(s, &r, &e) == -1)
		return wrong(resource_key(a, &r), e.msg, line);
	return check_body(s, &r, resource_key(a, &r));
}

int
check_run(struct settings *s, struct err *e)
{
	struct arena a = { 0 };
	struct watch_event w;
	struct io in;
	char *line;
	size_t n;
	int more, status = ST_OK;

	io_init(&in, STDIN_FILENO, "stdin");
	while ((more = io_next(&in, &line, &n, e)) == 1) {
		arena_reset(&a);
		if (watch_event_read(&a, line, n, &w, e) == -1) {
			log_error("line skipped", KV_I("line", in.line),
			    KV_S("error", e->msg));
			status = ST_DATA;
		} else if (check_resource(s, &a, &w, in.line) == -1) {
			status = ST_DATA;
		}
	}
	io_fini(&in);
	arena_fini(&a);
	return more == -1 ? -1 : status;
}
