/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "jsonw.h"
#include "owed.h"
#include "status.h"
#include "utf8.h"

#define UPSTREAM "metricsexporter.adx-mon.azure.com"
#define BACKLOG  UPSTREAM "/Backlog"
#define CURSOR   UPSTREAM "/LastSuccessfulExecution"

/* One destination's part of an entry. */
struct row {
	ticks start, end;
	int late;
	const char *name;
	const struct owed_tries *tries;
};

static int
compare(const struct row *a, const struct row *b, int whole)
{
	int c;

	if (a->late != b->late)
		return a->late - b->late;
	if (a->start != b->start)
		return a->start < b->start ? -1 : 1;
	if (a->end != b->end)
		return a->end < b->end ? -1 : 1;
	if (a->tries->attempts != b->tries->attempts)
		return a->tries->attempts < b->tries->attempts ? -1 : 1;
	if ((a->tries->error.stage == NULL) != (b->tries->error.stage == NULL))
		return a->tries->error.stage == NULL ? -1 : 1;
	if (a->tries->error.stage != NULL &&
	    (c = strcmp(a->tries->error.code, b->tries->error.code)) != 0)
		return c;
	return whole ? strcmp(a->name, b->name) : 0;
}

static int
by_all(const void *a, const void *b)
{
	return compare(a, b, 1);
}

/* The rows of the backlog, those that share an entry side by side. */
static struct row *
make_rows(struct arena *a, const struct owed *o, size_t *n)
{
	struct row *v = arena_alloc(a, (o->ndests + o->nlates) * sizeof(*v));

	*n = 0;
	for (size_t i = 0; i < o->ndests; i++) {
		const struct owed_dest *d = &o->dests[i];

		if (d->entry)
			v[(*n)++] = (struct row){ d->next, d->end, 0, d->name,
				&d->tries };
	}
	for (size_t i = 0; i < o->nlates; i++) {
		const struct owed_late *l = &o->lates[i];

		v[(*n)++] =
		    (struct row){ l->start, l->end, 1, l->name, &l->tries };
	}
	qsort(v, *n, sizeof(*v), by_all);
	return v;
}

size_t
owed_entries(const struct owed *o)
{
	struct arena a = { 0 };
	size_t n, entries = 0;
	struct row *v = make_rows(&a, o, &n);

	for (size_t i = 0; i < n; i++)
		entries += i == 0 || compare(&v[i - 1], &v[i], 0) != 0;
	arena_fini(&a);
	return entries;
}

static void
put_time(struct arena *a, struct json *o, const char *key, ticks t)
{
	char text[WHEN_TEXT];

	when_format(text, t);
	json_set(a, o, key, json_new_str(a, text));
}

static struct json *
error_json(struct arena *a, const struct end_error *e, size_t message)
{
	struct json *j = json_new(a, JSON_OBJECT);
	size_t n = utf8_cut(e->message, strlen(e->message), message);

	json_set(a, j, "stage", json_new_str(a, e->stage));
	json_set(a, j, "code", json_new_str(a, e->code));
	json_set(
	    a, j, "message", json_new_str(a, arena_strndup(a, e->message, n)));
	json_set(a, j, "permanent", json_new_bool(a, e->permanent));
	return j;
}

/* The entry that n rows share. */
static struct json *
entry_json(struct arena *a, const struct row *v, size_t n, size_t message)
{
	struct json *o = json_new(a, JSON_OBJECT);
	struct json *names = json_new(a, JSON_ARRAY);
	ticks first = v->tries->first, last = v->tries->last;

	for (size_t i = 0; i < n; i++) {
		json_push(names, json_new_str(a, v[i].name));
		if (v[i].tries->first < first)
			first = v[i].tries->first;
		if (v[i].tries->last > last)
			last = v[i].tries->last;
	}
	put_time(a, o, "startTime", v->start);
	put_time(a, o, "endTime", v->end);
	json_set(a, o, "destinations", names);
	json_set(a, o, "attempts", json_new_int(a, v->tries->attempts));
	if (v->tries->attempts > 0) {
		put_time(a, o, "firstAttempt", first);
		put_time(a, o, "lastAttempt", last);
	}
	if (v->tries->error.stage != NULL)
		json_set(
		    a, o, "error", error_json(a, &v->tries->error, message));
	if (v->late)
		json_set(a, o, "late", json_new_bool(a, 1));
	return o;
}

void
owed_write(
    struct arena *a, const struct owed *o, struct json *status, size_t message)
{
	struct json *backlog = json_new(a, JSON_ARRAY);
	size_t n, k;
	struct row *v = make_rows(a, o, &n);

	for (size_t i = 0; i < n; i += k) {
		for (k = 1; i + k < n; k++)
			if (compare(&v[i], &v[i + k], 0) != 0)
				break;
		json_push(backlog, entry_json(a, &v[i], k, message));
	}
	put_time(a, status, "lastSuccessfulExecution", o->last);
	json_set(a, status, "backlog", backlog);
}

/* A time member, required unless t has a value for its absence. */
static int
read_time(
    const struct json *o, const char *key, int needed, ticks *t, struct err *e)
{
	const struct json *j = json_get(o, key);

	if (j == NULL && !needed)
		return 0;
	if (j == NULL)
		return err_set(e, ST_DATA, "%s is missing", key);
	if (j->type != JSON_STRING || when_parse(j->str, j->len, t) == -1)
		return err_set(e, ST_DATA, "%s is no time", key);
	return 0;
}

/* Windows are whole seconds: repeat a part of one rather than lose it. */
static int
read_second(const struct json *o, const char *key, ticks *t, struct err *e)
{
	if (read_time(o, key, 1, t, e) == -1)
		return -1;
	*t = when_floor(*t, WHEN_SEC);
	return 0;
}

static int
read_tries(
    struct arena *a, const struct json *o, struct owed_tries *t, struct err *e)
{
	const struct json *n = json_get(o, "attempts");
	struct end_error err;

	*t = (struct owed_tries){ 0 };
	if (n != NULL && (json_int(n, &t->attempts) == -1 || t->attempts < 0))
		return err_set(e, ST_DATA, "attempts is no count");
	if (read_time(o, "firstAttempt", 0, &t->first, e) == -1 ||
	    read_time(o, "lastAttempt", 0, &t->last, e) == -1)
		return -1;
	if (end_error_read(o, &err) == 1)
		t->error = (struct end_error){
			.stage = arena_strdup(a, err.stage),
			.code = arena_strdup(a, err.code),
			.message = arena_strdup(a, err.message),
			.permanent = err.permanent,
		};
	return 0;
}

/* Add the destinations of an entry; there is room for them. */
static int
add_rows(struct owed *o, const struct json *names, const struct row *r,
    struct err *e)
{
	for (const struct json *j = names->child; j != NULL; j = j->next) {
		const char *name;

		if (j->type != JSON_STRING || j->len == 0)
			return err_set(e, ST_DATA, "a destination is no name");
		name = arena_strdup(&o->arena, j->str);
		if (r->late) {
			o->lates[o->nlates++] = (struct owed_late){ name,
				r->start, r->end, *r->tries };
			continue;
		}
		if (owed_find(o, name) != NULL)
			return err_set(
			    e, ST_DATA, "destination %s has two entries", name);
		o->dests[o->ndests++] = (struct owed_dest){ .name = name,
			.next = r->start,
			.entry = 1,
			.end = r->end,
			.tries = *r->tries };
	}
	return 0;
}

static int
read_entry(struct owed *o, const struct json *j, struct err *e)
{
	const struct json *names = json_get(j, "destinations");
	struct owed_tries tries;
	struct row r = { .tries = &tries };

	if (j->type != JSON_OBJECT)
		return err_set(e, ST_DATA, "not an object");
	if (names == NULL || names->type != JSON_ARRAY || names->child == NULL)
		return err_set(e, ST_DATA, "destinations is no list of names");
	if (read_second(j, "startTime", &r.start, e) == -1 ||
	    read_second(j, "endTime", &r.end, e) == -1 ||
	    read_tries(&o->arena, j, &tries, e) == -1)
		return -1;
	r.late = json_get_bool(j, "late", 0);
	if (r.end < r.start || (r.late && r.end == r.start))
		return err_set(e, ST_DATA, "endTime is before startTime");
	return add_rows(o, names, &r, e);
}

static size_t
count_names(const struct json *backlog)
{
	size_t n = 0;

	for (const struct json *j = backlog->child; j != NULL; j = j->next) {
		const struct json *names = json_get(j, "destinations");

		n += names != NULL ? json_count(names) : 0;
	}
	return n;
}

/* Read both fields of an object that has at least one of them. */
static int
read_fields(struct owed *o, const struct json *status, struct err *e)
{
	const struct json *backlog = json_get(status, "backlog");
	int n = 0;

	if (read_second(status, "lastSuccessfulExecution", &o->last, e) == -1)
		return -1;
	o->founded = 1;
	if (backlog == NULL || backlog->type == JSON_NULL)
		return 0;
	if (backlog->type != JSON_ARRAY)
		return err_set(e, ST_DATA, "backlog is no list");
	o->dests =
	    arena_alloc(&o->arena, count_names(backlog) * sizeof(*o->dests));
	o->lates =
	    arena_alloc(&o->arena, count_names(backlog) * sizeof(*o->lates));
	for (const struct json *j = backlog->child; j != NULL; j = j->next) {
		if (read_entry(o, j, e) == -1)
			return err_wrap(e, "backlog[%d]", n);
		n++;
	}
	return 0;
}

static const struct json *
condition(const struct json *status, const char *type)
{
	const struct json *list = json_get(status, "conditions");

	if (list == NULL || list->type != JSON_ARRAY)
		return NULL;
	for (const struct json *j = list->child; j != NULL; j = j->next)
		if (strcmp(json_get_str(j, "type", ""), type) == 0)
			return j;
	return NULL;
}

/* The condition that says all, for where the fields are pruned; NULL also when
 * it had no room for them. */
static const struct json *
packed(const struct json *status)
{
	const struct json *c = condition(status, BACKLOG);

	return *json_get_str(c, "message", "") != '\0' ? c : NULL;
}

static struct json *
unpack(struct arena *a, const struct json *c, struct err *e)
{
	const char *text = json_get_str(c, "message", "");

	return json_parse(a, text, strlen(text), e);
}

/* Not so for a resource that runs by its rules alone. */
static int
has_fields(const struct json *j)
{
	return json_get(j, "lastSuccessfulExecution") != NULL ||
	    json_get(j, "backlog") != NULL;
}

static int
read_backlog_condition(struct owed *o, const struct json *c, struct err *e)
{
	struct json *j = unpack(&o->arena, c, e);

	o->generation = json_get_int(c, "observedGeneration", 0);
	if (j == NULL || (has_fields(j) && read_fields(o, j, e) == -1))
		return err_wrap(e, "condition " BACKLOG);
	return 0;
}

/* Upstream's cursor: it has exported what lies before. */
static int
read_cursor(struct owed *o, const struct json *c, struct err *e)
{
	const char *text = json_get_str(c, "message", "");
	ticks t;

	if (*text == '\0')
		return 0;
	if (when_parse(text, strlen(text), &t) == -1)
		return err_set(e, ST_DATA,
		    "condition " CURSOR ": \"%s\" is no time", text);
	owed_move(o, when_floor(t, WHEN_SEC));
	return 0;
}

/* The condition or the fields.  Returns whether they are of rules alone: then
 * upstream's cursor is not of the resource's own run. */
static int
read_ours(struct owed *o, const struct json *status, struct err *e)
{
	const struct json *c = packed(status);

	if (c != NULL) {
		if (read_backlog_condition(o, c, e) == -1)
			return -1;
		return !o->founded;
	}
	if (!has_fields(status))
		return json_get(status, "rules") != NULL;
	return read_fields(o, status, e) == -1 ? err_wrap(e, "status") : 0;
}

int
owed_read(struct owed *o, const struct json *status, struct err *e)
{
	const struct json *c;
	int rules;

	owed_fini(o);
	if (status == NULL || status->type == JSON_NULL)
		return 0;
	if (status->type != JSON_OBJECT)
		return err_set(e, ST_DATA, "status is no object");
	if ((rules = read_ours(o, status, e)) != 0)
		return rules == -1 ? -1 : 0;
	if ((c = condition(status, CURSOR)) != NULL &&
	    read_cursor(o, c, e) == -1)
		return err_wrap(e, "status");
	return 0;
}

int
owed_rules(struct arena *a, const struct json *status,
    const struct json **rules, struct err *e)
{
	const struct json *c = packed(status);

	if (c != NULL && (status = unpack(a, c, e)) == NULL)
		return err_wrap(e, "condition " BACKLOG);
	*rules = json_get(status, "rules");
	if (*rules == NULL || (*rules)->type == JSON_NULL) {
		*rules = NULL;
		return 0;
	}
	if ((*rules)->type != JSON_ARRAY)
		return err_set(e, ST_DATA, "status.rules is no list");
	for (c = (*rules)->child; c != NULL; c = c->next)
		if (*json_get_str(c, "name", "") == '\0')
			return err_set(
			    e, ST_DATA, "status.rules: one has no name");
	return 0;
}

int
owed_rule(struct arena *a, const struct json *status, const char *rule,
    const struct json **part, struct err *e)
{
	const struct json *rules;

	*part = NULL;
	if (owed_rules(a, status, &rules, e) == -1)
		return -1;
	for (rules = rules != NULL ? rules->child : NULL; rules != NULL;
	     rules = rules->next)
		if (strcmp(json_get_str(rules, "name", ""), rule) == 0)
			*part = rules;
	return 0;
}
