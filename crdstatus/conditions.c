/* SPDX-License-Identifier: MIT */
#include <ctype.h>
#include <string.h>

#include "conditions.h"
#include "oneapi.h"
#include "status.h"
#include "utf8.h"

#define UPSTREAM     "metricsexporter.adx-mon.azure.com"
#define LOSS_SHOWN   WHEN_DAY /* how long a loss stays the reason */
#define PACKED_ERROR 120      /* bytes of an error in the packed copy */
#define FULL         "the backlog is full: nothing more is passed over"
#define MESSAGE_MAX  32768 /* bytes of a condition's message */
#define REASON_MAX   1024  /* and of its reason */

struct json *
condition_find(const struct json *status, const char *type)
{
	const struct json *list = json_get(status, "conditions");

	if (list == NULL || list->type != JSON_ARRAY)
		return NULL;
	for (struct json *j = list->child; j != NULL; j = j->next)
		if (strcmp(json_get_str(j, "type", ""), type) == 0)
			return j;
	return NULL;
}

static struct json *
add(struct arena *a, struct json *status, const char *type)
{
	struct json *list = json_get(status, "conditions");
	struct json *c = json_new(a, JSON_OBJECT);

	if (list == NULL || list->type != JSON_ARRAY) {
		list = json_new(a, JSON_ARRAY);
		json_set(a, status, "conditions", list);
	}
	json_set(a, c, "type", json_new_str(a, type));
	json_push(list, c);
	return c;
}

/* Set a string unless it is that already: less is copied. */
static void
set_str(struct arena *a, struct json *o, const char *key, const char *v)
{
	const char *was = json_get_str(o, key, NULL);

	if (was == NULL || strcmp(was, v) != 0)
		json_set(a, o, key, json_new_str(a, v));
}

int
condition_read(
    const struct json *j, struct condition *c, struct window *w, struct err *e)
{
	*c = (struct condition){
		.type = json_get_str(j, "type", ""),
		.status = json_get_str(j, "status", ""),
		.reason = json_get_str(j, "reason", ""),
		.message = json_get_str(j, "message", ""),
		.generation = json_get_int(j, "generation", 0),
	};
	*w = (struct window){
		.namespace = json_get_str(j, "namespace", ""),
		.name = json_get_str(j, "name", ""),
		.rule = json_get_str(j, "rule", ""),
		.uid = json_get_str(j, "uid", ""),
	};
	if (*c->type == '\0' || *c->status == '\0')
		return err_set(
		    e, ST_DATA, "condition without a type or a status");
	if (strcmp(c->status, "True") != 0 && strcmp(c->status, "False") != 0 &&
	    strcmp(c->status, "Unknown") != 0)
		return err_set(e, ST_DATA,
		    "condition whose status is \"%.64s\"", c->status);
	return 0;
}

/* A reason as the API takes it: [A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?. */
static const char *
fit_reason(struct arena *a, const char *reason)
{
	size_t n = strnlen(reason, REASON_MAX);
	char *s = arena_strndup(a, reason, n);

	for (size_t i = 0; i < n; i++)
		if (!isalnum((unsigned char)s[i]) &&
		    strchr("_,:", s[i]) == NULL)
			s[i] = '_';
	while (n > 0 && (s[n - 1] == ',' || s[n - 1] == ':'))
		s[--n] = '\0';
	return isalpha((unsigned char)*s) ? s : "Unknown";
}

static const char *
fit_message(struct arena *a, const char *message)
{
	size_t n = strlen(message);

	if (n <= MESSAGE_MAX)
		return message;
	return arena_strndup(a, message, utf8_cut(message, n, MESSAGE_MAX));
}

void
condition_set(struct arena *a, struct json *status, const struct condition *new,
    ticks now)
{
	struct json *c = condition_find(status, new->type);
	char time[WHEN_TEXT];

	if (c == NULL)
		c = add(a, status, new->type);
	if (strcmp(json_get_str(c, "status", ""), new->status) != 0 ||
	    json_get_str(c, "lastTransitionTime", NULL) == NULL) {
		when_format(time, when_floor(now, WHEN_SEC));
		set_str(a, c, "lastTransitionTime", time);
	}
	set_str(a, c, "status", new->status);
	set_str(a, c, "reason", fit_reason(a, new->reason));
	set_str(a, c, "message", fit_message(a, new->message));
	if (json_get_int(c, "observedGeneration", -1) != new->generation)
		json_set(a, c, "observedGeneration",
		    json_new_int(a, new->generation));
}

static const char *
time_text(struct arena *a, ticks t)
{
	char text[WHEN_TEXT];

	when_format(text, t);
	return arena_strdup(a, text);
}

/* What keeps failing: a window that all wait for before one passed over. */
struct failing {
	const char *rule;
	const char *destination;
	ticks start;
	int late;
	const struct owed_tries *tries;
};

static int
find_next(const struct run *run, struct failing *f)
{
	for (size_t i = 0; i < run->owed->ndests; i++) {
		const struct owed_dest *d = &run->owed->dests[i];

		if (d->tries.attempts == 0)
			continue;
		*f = (struct failing){ run->rule, d->name, d->next, 0,
			&d->tries };
		return 1;
	}
	return 0;
}

static int
find_late(const struct run *run, struct failing *f)
{
	for (size_t i = 0; i < run->owed->nlates; i++) {
		const struct owed_late *l = &run->owed->lates[i];

		if (l->tries.attempts == 0)
			continue;
		*f = (struct failing){ run->rule, l->name, l->start, 1,
			&l->tries };
		return 1;
	}
	return 0;
}

static int
find_failing(const struct runs *runs, struct failing *f)
{
	for (size_t i = 0; i < runs->n; i++)
		if (find_next(&runs->v[i], f))
			return 1;
	for (size_t i = 0; i < runs->n; i++)
		if (find_late(&runs->v[i], f))
			return 1;
	return 0;
}

/* What comes before the senders makes a window; they deliver it. */
static int
is_delivery(const struct end_error *err)
{
	static const char *const before[] = { "kqlrun", "kql2rows",
		"rows2prom" };

	for (size_t i = 0; i < sizeof(before) / sizeof(*before); i++)
		if (err->stage != NULL && strcmp(err->stage, before[i]) == 0)
			return 0;
	return 1;
}

static const char *
failing_reason(const struct failing *f)
{
	const struct end_error *err = &f->tries->error;

	if (is_delivery(err))
		return "DeliveryFailing";
	if (oneapi_no_database(err->code, err->message))
		return "UnknownDatabase";
	return err->permanent ? "QueryRejected" : "QueryFailing";
}

static const char *
failing_message(struct arena *a, const struct failing *f)
{
	const struct end_error *err = &f->tries->error;

	return arena_printf(a,
	    "%s%s%s%swindow from %s failed for %s, %lld %s: %s%s%s",
	    *f->rule != '\0' ? "rule " : "", f->rule,
	    *f->rule != '\0' ? ": " : "", f->late ? "late " : "",
	    time_text(a, f->start), f->destination,
	    (long long)f->tries->attempts,
	    f->tries->attempts == 1 ? "attempt" : "attempts",
	    err->stage != NULL ? err->code : "no answer",
	    err->stage != NULL && *err->message != '\0' ? ": " : "",
	    err->stage != NULL ? err->message : "");
}

const char *
conditions_loss(struct arena *a, const struct receipt *r, const char **reason)
{
	int dropped = r->error.stage != NULL &&
	    strcmp(r->error.code, "CatchupLimit") == 0;
	const char *start = time_text(a, r->w.start);

	if (r->status != RECEIPT_REJECTED && r->rejected == 0)
		return NULL;
	*reason = dropped ? "CatchupLimited" : "DeadLetters";
	if (dropped)
		return arena_printf(a,
		    "windows from %s to %s were dropped for %s by "
		    "--max-catchup",
		    start, time_text(a, r->w.end), r->destination);
	return arena_printf(a,
	    "%s refused %lld samples of the window from %s for good%s%s",
	    r->destination, (long long)r->rejected, start,
	    r->error.stage != NULL ? ": " : "",
	    r->error.stage != NULL ? r->error.message : "");
}

/* The last loss while it is to be told, else NULL. */
static const struct json *
recent_loss(const struct json *status, ticks now)
{
	const struct json *loss = json_get(status, "lastLoss");
	const char *time = json_get_str(loss, "time", "");
	ticks t;

	if (when_parse(time, strlen(time), &t) == -1 || now - t > LOSS_SHOWN ||
	    json_get_str(loss, "reason", NULL) == NULL)
		return NULL;
	return loss;
}

/* Whether its destination has taken nothing since: others, whose receipts come
 * in any order, do not make it good. */
static int
is_last(const struct json *loss, const struct runs *runs)
{
	const struct owed *o = runs_find(runs, json_get_str(loss, "rule", ""));
	const char *name = json_get_str(loss, "destination", "");
	const char *end = json_get_str(loss, "endTime", "");
	const struct owed_dest *d;
	ticks t;

	if (o == NULL || when_parse(end, strlen(end), &t) == -1)
		return 0;
	d = owed_find(o, name);
	return (d != NULL ? d->next : o->last) == t;
}

/* One message of two, either of which may be empty. */
static const char *
join(struct arena *a, const char *x, const char *y)
{
	return arena_printf(
	    a, "%s%s%s", x, *x != '\0' && *y != '\0' ? "; " : "", y);
}

static void
not_ready(struct arena *a, struct condition *c, const char *reason,
    const char *message)
{
	if (*c->message == '\0')
		c->reason = reason;
	c->status = "False";
	c->message = join(a, c->message, message);
}

static int
is_full(const struct runs *runs)
{
	for (size_t i = 0; i < runs->n; i++)
		if (owed_entries(runs->v[i].owed) >= OWED_BACKLOG_MAX)
			return 1;
	return 0;
}

/* What Ready says.  A loss stays the reason for a day, unless something fails
 * now: it would else be gone with the next window. */
static struct condition
ready(struct arena *a, const struct json *status, const struct runs *runs,
    int64_t generation, ticks now)
{
	struct condition c = { "Ready", "True", "Ok", "", generation };
	const struct json *loss = recent_loss(status, now);
	struct failing f;

	if (is_full(runs))
		not_ready(a, &c, "BacklogFull", FULL);
	if (find_failing(runs, &f))
		not_ready(a, &c, failing_reason(&f), failing_message(a, &f));
	if (loss != NULL && *c.message == '\0') {
		c.status = is_last(loss, runs) ? "False" : "True";
		c.reason = json_get_str(loss, "reason", "");
	}
	c.message = join(a, c.message, json_get_str(loss, "message", ""));
	if (*c.message == '\0')
		c.message =
		    arena_printf(a, "all windows before %s are delivered",
			time_text(a, runs_oldest(runs)));
	return c;
}

/* The same in the words of the exporter that came before. */
static struct condition
execution(const struct runs *runs, const struct condition *ready_now)
{
	struct failing f;
	int failed = find_failing(runs, &f);

	return (struct condition){
		.type = UPSTREAM,
		.status = failed ? "False" : "True",
		.reason = failed ? "ExecutionFailed" : "ExecutionSuccessful",
		.message =
		    failed ? ready_now->message : "Query executed successfully",
		.generation = ready_now->generation,
	};
}

/* lastSuccessfulExecution, backlog and rules as one text. */
static const char *
pack(struct arena *a, const struct runs *runs, size_t error)
{
	struct json *j = json_new(a, JSON_OBJECT);
	struct buf b = { 0 };
	const char *text;

	runs_write(a, runs, j, error);
	json_write(&b, j);
	text = arena_strndup(a, b.data, b.len);
	buf_fini(&b);
	return text;
}

/* What runs has matched, whatever was wrong with its criteria before. */
static void
say_matched(struct arena *a, struct json *status, int64_t generation, ticks now)
{
	struct condition c = { "Criteria", "True", "CriteriaMatched",
		"the criteria match here", generation };
	const struct json *was = condition_find(status, c.type);

	if (was != NULL &&
	    strcmp(json_get_str(was, "status", ""), c.status) != 0)
		condition_set(a, status, &c, now);
}

void
conditions_note(struct arena *a, struct json *status, const struct receipt *r)
{
	struct json *loss = json_new(a, JSON_OBJECT);
	const char *reason = "", *message = conditions_loss(a, r, &reason);
	const struct {
		const char *key, *value;
	} said[] = { { "reason", reason }, { "message", message },
		{ "time", time_text(a, r->time) },
		{ "destination", r->destination },
		{ "endTime", time_text(a, r->w.end) } };

	if (message == NULL)
		return;
	for (size_t i = 0; i < sizeof(said) / sizeof(*said); i++)
		json_set(a, loss, said[i].key, json_new_str(a, said[i].value));
	if (*r->w.rule != '\0')
		json_set(a, loss, "rule", json_new_str(a, r->w.rule));
	json_set(a, status, "lastLoss", loss);
}

void
conditions_update(struct arena *a, struct json *status, const struct runs *runs,
    int64_t generation, ticks now)
{
	struct condition c = ready(a, status, runs, generation, now);

	condition_set(a, status, &c, now);
	c = execution(runs, &c);
	condition_set(a, status, &c, now);
	say_matched(a, status, generation, now);
}

void
conditions_pack(struct arena *a, struct json *status, const struct runs *runs,
    int64_t generation, ticks now)
{
	struct condition cursor = { UPSTREAM "/LastSuccessfulExecution", "True",
		"ExecutionCompleted", time_text(a, runs_oldest(runs)),
		generation };
	struct condition backlog = { UPSTREAM "/Backlog", "True", "Stored",
		pack(a, runs, PACKED_ERROR), generation };

	if (strlen(backlog.message) > MESSAGE_MAX)
		backlog.message = pack(a, runs, 0);
	if (strlen(backlog.message) > MESSAGE_MAX) /* the fields have it */
		backlog.message = "";
	condition_set(a, status, &cursor, now);
	condition_set(a, status, &backlog, now);
}
