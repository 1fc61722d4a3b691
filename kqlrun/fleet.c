/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "endpoints.h"
#include "fleet.h"
#include "lines.h"
#include "log.h"
#include "oneapi.h"
#include "watch_event.h"

void
fleet_init(struct fleet *f, const struct settings *s, struct planner *p,
    struct writer *out)
{
	*f = (struct fleet){ .settings = s, .planner = p, .out = out };
}

void
fleet_fini(struct fleet *f)
{
	struct unit *u;
	size_t at = 0;

	while ((u = map_next(&f->units, &at, NULL)) != NULL)
		unit_free(u);
	map_fini(&f->units);
	arena_fini(&f->event);
}

/* The unit of a resource. */
static struct unit *
unit_of(struct fleet *f, const char *key)
{
	struct unit *u = map_get(&f->units, key);

	if (u == NULL) {
		u = unit_new(key);
		map_put(&f->units, key, u);
		f->settings->counts[COUNT_RESOURCES].value++;
	}
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

	lines_condition(&line, u, type, reason, message);
	if (u->said == NULL || strcmp(buf_str(&line), u->said) != 0) {
		log_warn("resource has a condition", KV_S("resource", u->key),
		    KV_S("reason", reason), KV_S("error", message));
		if (!f->settings->args.dry_run)
			buf_add(writer_lines(f->out), line.data, line.len);
	}
	free(u->said);
	u->said = line.data;
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

	if (endpoints_find(&f->settings->endpoints, u->database) != NULL)
		return 1;
	err_set(&e, 0, "no endpoint here is for database %s", u->database);
	stop(f, u, "Ready", "UnknownDatabase", e.msg);
	return 0;
}

/* A status that nobody understands must not be taken for a new resource. */
static int
read_status(
    struct fleet *f, struct unit *u, const struct json *status, struct owed *o)
{
	struct err e;

	if (owed_read(o, status, &e) == 0)
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

void
fleet_check_clock(struct fleet *f)
{
	ticks now = clock_now(&f->settings->clock);
	struct unit *u;
	size_t at = 0;

	while ((u = map_next(&f->units, &at, NULL)) != NULL)
		check_skew(f, u, now);
}

static void
plan(struct fleet *f, struct unit *u, const struct resource *r)
{
	ticks now = clock_now(&f->settings->clock);
	struct owed status = { 0 };
	struct sched_spec spec = {
		.key = u->key,
		.uid = u->uid,
		.endpoint =
		    endpoints_find(&f->settings->endpoints, u->database)->url,
		.generation = u->generation,
		.interval = r->interval,
		.delay = r->ingestion_delay,
		.until = r->until,
		.destinations = (const char *const *)u->destinations.v,
		.ndestinations = u->destinations.n,
	};

	if (read_status(f, u, r->status, &status)) {
		planner_set(f->planner, &spec, u, &status, now);
		check_skew(f, u, now);
	}
	owed_fini(&status);
}

/* A resource that is as it should be, but for what only this tool knows. */
static void
run(struct fleet *f, struct unit *u, const struct resource *r)
{
	/* crdwatch sends one derived object for each rule beside it. */
	if (u->database == NULL) {
		planner_pause(f->planner, u->key);
		return;
	}
	if (find_destinations(f, u) && find_database(f, u))
		plan(f, u, r);
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

	if (w->reason != NULL)
		bad = resource_identify(a, w->object, NULL, &r, &wrong) == -1;
	else
		bad = resource_read(a, w->object, NULL, &r, &wrong) == -1;
	if (bad && r.name == NULL) {
		*e = wrong;
		return -1;
	}
	key = resource_key(a, &r);
	if (w->type == WATCH_GONE) {
		gone(f, key);
		return 0;
	}
	u = unit_of(f, key);
	unit_set(u, &r, &f->settings->destinations);
	if (w->reason != NULL)
		stop(f, u, w->problem, w->reason, w->message);
	else if (bad)
		stop(f, u, "Ready", "InvalidSpec", wrong.msg);
	else
		run(f, u, &r);
	return 0;
}

void
fleet_line(struct fleet *f, const char *line, size_t n, long number)
{
	struct watch_event w;
	struct err e;

	arena_reset(&f->event);
	if (watch_event_read(&f->event, line, n, &w, &e) == -1 ||
	    (w.type != WATCH_PASS && apply(f, &f->event, &w, &e) == -1)) {
		log_error(
		    "line skipped", KV_I("line", number), KV_S("error", e.msg));
		f->settings->counts[COUNT_SKIPPED].value++;
	}
}

static void
unsay(struct unit *u)
{
	free(u->said);
	u->said = NULL;
}

void
fleet_ran(struct fleet *f, const char *key, int64_t generation,
    const struct kql_error *err)
{
	struct unit *u = map_get(&f->units, key);

	if (u == NULL)
		return;
	/* What an older spec did is no news of this one, but its receipt will
	 * be: what is wrong with the new one has to be told behind it. */
	if (u->generation != generation) {
		if (u->said != NULL)
			buf_puts(writer_lines(f->out), u->said);
		return;
	}
	if (err->code[0] == '\0')
		unsay(u);
	else if (oneapi_no_database(err->code, err->message))
		say(f, u, "Ready", "UnknownDatabase", err->message);
	else
		say(f, u, "Ready",
		    err->permanent ? "QueryRejected" : "QueryFailing",
		    err->message);
}
