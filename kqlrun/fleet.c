/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "endpoints.h"
#include "fleet.h"
#include "lines.h"
#include "log.h"
#include "watch_event.h"

void
fleet_init(struct fleet *f, const struct settings *s, struct planner *p,
    struct writer *out)
{
	*f = (struct fleet){ .settings = s, .planner = p, .out = out };
}

static void
unit_free(struct unit *u)
{
	struct arena self = u->self;

	arena_fini(&u->event);
	buf_fini(&u->said);
	arena_fini(&self);
}

void
fleet_fini(struct fleet *f)
{
	struct unit *u;
	size_t at = 0;

	while ((u = map_next(&f->units, &at, NULL)) != NULL)
		unit_free(u);
	map_fini(&f->units);
}

/* The unit of a resource, which then owns the event's arena. */
static struct unit *
unit_take(struct fleet *f, const char *key, struct arena *event,
    const struct resource *r)
{
	struct unit *u = map_get(&f->units, key);
	struct arena self = { 0 };

	if (u == NULL) {
		u = arena_zalloc(&self, sizeof(*u));
		u->key = arena_strdup(&self, key);
		u->self = self;
		map_put(&f->units, u->key, u);
		f->settings->counts[COUNT_RESOURCES].value++;
	}
	arena_fini(&u->event);
	u->event = *event;
	*event = (struct arena){ 0 };
	u->r = *r;
	return u;
}

/*
 * Say what is wrong, once: each change of a resource brings it again, also
 * the change of status that the condition itself makes.
 */
static void
say(struct fleet *f, struct unit *u, const char *type, const char *reason,
    const char *message)
{
	struct buf line = { 0 };

	lines_condition(&line, &u->r, type, reason, message);
	if (strcmp(buf_str(&line), buf_str(&u->said)) != 0) {
		log_warn("resource has a condition", KV_S("resource", u->key),
		    KV_S("reason", reason), KV_S("error", message));
		if (!f->settings->args.dry_run)
			buf_add(writer_lines(f->out), line.data, line.len);
	}
	buf_fini(&u->said);
	u->said = line;
}

/* It is wrong, and does not run until it is changed. */
static void
stop(struct fleet *f, struct unit *u, const char *type, const char *reason,
    const char *message)
{
	planner_pause(f->planner, u->key);
	f->settings->counts[COUNT_SKIPPED].value++;
	say(f, u, type, reason, message);
}

/* The destinations it names, or all; 0 after saying which is not known. */
static int
find_destinations(struct fleet *f, struct unit *u)
{
	const struct strs *known = &f->settings->destinations;
	struct err e;

	u->destinations = u->r.destinations.n > 0 ? u->r.destinations : *known;
	for (size_t i = 0; i < u->destinations.n; i++) {
		if (strs_has(known, u->destinations.v[i]))
			continue;
		err_set(&e, 0, "no destination here is named %s",
		    u->destinations.v[i]);
		stop(f, u, "Ready", "UnknownDestination", e.msg);
		return 0;
	}
	return 1;
}

static int
find_database(struct fleet *f, struct unit *u)
{
	struct err e;

	if (endpoints_find(&f->settings->endpoints, u->r.database) != NULL)
		return 1;
	err_set(&e, 0, "no endpoint here is for database %s", u->r.database);
	stop(f, u, "Ready", "UnknownDatabase", e.msg);
	return 0;
}

/* A status that nobody understands must not be taken for a new resource. */
static int
read_status(struct fleet *f, struct unit *u, struct owed *o)
{
	struct err e;

	if (owed_read(o, u->r.status, &e) == 0)
		return 1;
	log_error("status cannot be read, resource does not run",
	    KV_S("resource", u->key), KV_S("error", e.msg));
	planner_pause(f->planner, u->key);
	f->settings->counts[COUNT_SKIPPED].value++;
	return 0;
}

static void
check_skew(struct fleet *f, struct unit *u, ticks now)
{
	if (planner_is_skewed(f->planner, u->key, now))
		say(f, u, "Ready", "ClockSkew",
		    "the status is more than an interval ahead of the clock");
}

static void
plan(struct fleet *f, struct unit *u)
{
	ticks now = clock_now(&f->settings->clock);
	struct owed status = { 0 };
	struct sched_spec spec = {
		.key = u->key,
		.uid = u->r.uid,
		.endpoint =
		    endpoints_find(&f->settings->endpoints, u->r.database)->url,
		.generation = u->r.generation,
		.interval = u->r.interval,
		.delay = u->r.ingestion_delay,
		.until = u->r.until,
		.destinations = (const char *const *)u->destinations.v,
		.ndestinations = u->destinations.n,
	};

	if (read_status(f, u, &status)) {
		planner_set(f->planner, &spec, u, &status, now);
		check_skew(f, u, now);
	}
	owed_fini(&status);
}

/* A resource that is as it should be, but for what only this tool knows. */
static void
run(struct fleet *f, struct unit *u)
{
	/* crdwatch sends one derived object for each rule beside it. */
	if (u->r.database == NULL) {
		planner_pause(f->planner, u->key);
		return;
	}
	if (find_destinations(f, u) && find_database(f, u))
		plan(f, u);
}

static void
gone(struct fleet *f, const char *key)
{
	struct unit *u = map_del(&f->units, key);

	planner_del(f->planner, key);
	if (u == NULL)
		return;
	f->settings->counts[COUNT_RESOURCES].value--;
	unit_free(u);
	log_info("resource has gone", KV_S("resource", key));
}

/* An event of ours.  Returns -1 with e when it is not even clear whose. */
static int
apply(struct fleet *f, struct arena *a, const struct watch_event *w,
    struct err *e)
{
	struct resource r;
	struct unit *u;
	const char *key;
	struct err wrong;
	int bad;

	if (resource_identify(a, w->object, NULL, &r, e) == -1)
		return -1;
	key = resource_key(a, &r);
	if (w->type == WATCH_GONE) {
		gone(f, key);
		return 0;
	}
	bad = w->reason == NULL &&
	    resource_read(a, w->object, NULL, &r, &wrong) == -1;
	u = unit_take(f, key, a, &r);
	if (w->reason != NULL)
		stop(f, u, w->problem, w->reason, w->message);
	else if (bad)
		stop(f, u, "Ready", "InvalidSpec", wrong.msg);
	else
		run(f, u);
	return 0;
}

void
fleet_line(struct fleet *f, const char *line, size_t n, long number)
{
	struct arena a = { 0 };
	struct watch_event w;
	struct err e;

	if (watch_event_read(&a, line, n, &w, &e) == -1 ||
	    (w.type != WATCH_PASS && apply(f, &a, &w, &e) == -1)) {
		log_error(
		    "line skipped", KV_I("line", number), KV_S("error", e.msg));
		f->settings->counts[COUNT_SKIPPED].value++;
	}
	arena_fini(&a);
}

void
fleet_ran(struct fleet *f, const char *key, int64_t generation,
    const struct kql_error *err)
{
	struct unit *u = map_get(&f->units, key);

	/* What an older spec did is no news of this one. */
	if (u == NULL || u->r.generation != generation)
		return;
	if (err->code[0] == '\0')
		buf_reset(&u->said);
	else
		say(f, u, "Ready",
		    err->permanent ? "QueryRejected" : "QueryFailing",
		    err->message);
}
