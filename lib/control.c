/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "control.h"
#include "status.h"

static const char *const keys[] = {
	[CONTROL_WINDOW] = "@window",
	[CONTROL_END] = "@end",
	[CONTROL_CONDITION] = "@condition",
};

/* What stands in front of the key: {" or #, and behind it: ": or a blank. */
static const struct {
	const char *lead, *tail;
} forms[] = {
	[CONTROL_JSON] = { "{\"", "\":" },
	[CONTROL_PROM] = { "# ", " " },
};

static int
starts(const char *line, size_t n, const char *with, size_t len)
{
	return n >= len && memcmp(line, with, len) == 0;
}

enum control_kind
control_peek(const char *line, size_t n, enum control_form form)
{
	if (n < 3 || line[2] != '@' || !starts(line, n, forms[form].lead, 2))
		return CONTROL_NONE;
	for (int k = CONTROL_WINDOW; k <= CONTROL_CONDITION; k++) {
		size_t len = strlen(keys[k]), tail = strlen(forms[form].tail);

		if (starts(line + 2, n - 2, keys[k], len) &&
		    starts(line + 2 + len, n - 2 - len, forms[form].tail, tail))
			return (enum control_kind)k;
	}
	return CONTROL_NONE;
}

struct json *
control_parse(struct arena *a, enum control_kind kind, const char *line,
    size_t n, enum control_form form, struct err *e)
{
	size_t skip = 2 + strlen(keys[kind]) + 1;
	struct json *j;

	if (form == CONTROL_PROM)
		j = json_parse(a, line + skip, n - skip, e);
	else if ((j = json_parse(a, line, n, e)) != NULL)
		j = j->child; /* the key is the first, and the only one */
	if (j == NULL) {
		err_wrap(e, "%s", keys[kind]);
		return NULL;
	}
	if (j->type != JSON_OBJECT || j->next != NULL) {
		err_set(e, ST_DATA, "%s: not an object alone", keys[kind]);
		return NULL;
	}
	j->key = NULL;
	return j;
}

void
control_write(struct buf *b, enum control_kind kind, const struct json *j,
    enum control_form form)
{
	buf_puts(b, forms[form].lead);
	buf_puts(b, keys[kind]);
	buf_puts(b, forms[form].tail);
	json_write(b, j);
	buf_puts(b, form == CONTROL_JSON ? "}\n" : "\n");
}

/* A time member; absent or "" is 0 when it may be. */
static int
read_time(
    const struct json *o, const char *key, int needed, ticks *t, struct err *e)
{
	const char *s = json_get_str(o, key, "");

	*t = 0;
	if (*s == '\0' && !needed)
		return 0;
	if (when_parse(s, strlen(s), t) == -1)
		return err_set(e, ST_DATA, "%s: \"%s\" is no time", key, s);
	return 0;
}

static int
read_second(const struct json *o, const char *key, ticks *t, struct err *e)
{
	if (read_time(o, key, 1, t, e) == -1)
		return -1;
	if (*t % WHEN_SEC != 0)
		return err_set(e, ST_DATA, "%s: not a whole second", key);
	return 0;
}

static const struct json *
of_type(const struct json *o, const char *key, enum json_type type)
{
	const struct json *j = json_get(o, key);

	return j != NULL && j->type == type ? j : NULL;
}

int
window_read(const struct json *o, struct window *w, struct err *e)
{
	*w = (struct window){
		.id = json_get_str(o, "id", ""),
		.namespace = json_get_str(o, "namespace", ""),
		.name = json_get_str(o, "name", ""),
		.rule = json_get_str(o, "rule", ""),
		.uid = json_get_str(o, "uid", ""),
		.generation = json_get_int(o, "generation", 0),
		.attempt = json_get_int(o, "attempt", 1),
		.again = json_get_bool(o, "again", 0),
		.late = json_get_bool(o, "late", 0),
		.pass_over = json_get_bool(o, "passOver", 0),
		.to = of_type(o, "to", JSON_ARRAY),
		.destinations = of_type(o, "destinations", JSON_ARRAY),
		.transform = of_type(o, "transform", JSON_OBJECT),
		.tree = o,
	};

	if (*w->namespace == '\0' || *w->name == '\0')
		return err_set(e, ST_DATA, "window without namespace and name");
	if (read_second(o, "start", &w->start, e) == -1 ||
	    read_second(o, "end", &w->end, e) == -1 ||
	    read_time(o, "since", 0, &w->since, e) == -1 ||
	    read_time(o, "settled", 0, &w->settled, e) == -1 ||
	    read_time(o, "listed", 0, &w->listed, e) == -1)
		return err_wrap(e, "window of %s/%s", w->namespace, w->name);
	if (w->end < w->start)
		return err_set(e, ST_DATA,
		    "window of %s/%s ends before it "
		    "starts",
		    w->namespace, w->name);
	return 0;
}

int
window_is_for(const struct window *w, const char *destination)
{
	if (destination == NULL || w->to == NULL)
		return 1;
	for (const struct json *d = w->to->child; d != NULL; d = d->next)
		if (d->type == JSON_STRING && strcmp(d->str, destination) == 0)
			return 1;
	return 0;
}

int
end_error_read(const struct json *end, struct end_error *err)
{
	const struct json *j = json_get(end, "error");

	*err = (struct end_error){ 0 };
	if (j == NULL || j->type == JSON_NULL)
		return 0;
	err->stage = json_get_str(j, "stage", "");
	err->code = json_get_str(j, "code", "");
	err->message = json_get_str(j, "message", "");
	err->permanent = json_get_bool(j, "permanent", 0);
	err->http = json_get_int(j, "http", 0);
	err->request_id = json_get_str(j, "requestId", NULL);
	return 1;
}

void
end_error_set(struct arena *a, struct json *end, const char *stage,
    const char *code, const char *message, int permanent)
{
	struct json *j = json_new(a, JSON_OBJECT);

	if (json_get(end, "error") != NULL)
		return;
	json_set(a, j, "stage", json_new_str(a, stage));
	json_set(a, j, "code", json_new_str(a, code));
	json_set(a, j, "message", json_new_str(a, message));
	json_set(a, j, "permanent", json_new_bool(a, permanent));
	json_set(a, end, "error", j);
}
