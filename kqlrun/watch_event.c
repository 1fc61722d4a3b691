/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "resource.h"
#include "status.h"
#include "watch_event.h"

static int
read_problem(const struct json *line, struct watch_event *w, struct err *e)
{
	const struct json *p = json_get(line, "problem");

	if (p == NULL || p->type == JSON_NULL)
		return 0;
	w->problem = json_get_str(p, "type", "Ready");
	w->reason = json_get_str(p, "reason", NULL);
	w->message = json_get_str(p, "message", "");
	if (w->reason == NULL)
		return err_set(e, ST_DATA, "a problem without a reason");
	return 0;
}

/* What kubectl prints that is no event deserves better than "no type". */
static int
no_type(const struct json *line, struct err *e)
{
	if (json_get(line, "kind") != NULL)
		return err_set(e, ST_DATA,
		    "an object without an event; kubectl needs "
		    "--output-watch-events");
	return err_set(e, ST_DATA, "no event: it has no \"type\"");
}

/* Deleted, but there until its finalizers are done. */
static int
is_leaving(const struct json *object)
{
	const struct json *meta = json_get(object, "metadata");

	return json_get_str(meta, "deletionTimestamp", NULL) != NULL;
}

int
watch_event_read(struct arena *a, const char *text, size_t n,
    struct watch_event *w, struct err *e)
{
	const struct json *line = json_parse(a, text, n, e);
	const char *type = json_get_str(line, "type", NULL);
	const char *kind;

	*w = (struct watch_event){ .object = json_get(line, "object") };
	if (line == NULL)
		return -1;
	if (type == NULL)
		return no_type(line, e);
	if (w->object == NULL || w->object->type != JSON_OBJECT)
		return err_set(
		    e, ST_DATA, "a %.40s event without object", type);
	if (strcmp(type, "BOOKMARK") == 0)
		return 0;
	if (strcmp(type, "ERROR") == 0)
		return err_set(e, ST_DATA, "the watch failed: %s",
		    json_get_str(w->object, "message", "no message"));
	if (strcmp(type, "ADDED") == 0 || strcmp(type, "MODIFIED") == 0)
		w->type = WATCH_SET;
	else if (strcmp(type, "DELETED") == 0)
		w->type = WATCH_GONE;
	else
		return err_set(
		    e, ST_DATA, "unknown event type \"%.40s\"", type);
	if (w->type == WATCH_SET && is_leaving(w->object))
		w->type = WATCH_GONE;
	kind = json_get_str(w->object, "kind", RESOURCE_KIND);
	if (strcmp(kind, RESOURCE_KIND) != 0)
		w->type = WATCH_PASS;
	return read_problem(line, w, e);
}
