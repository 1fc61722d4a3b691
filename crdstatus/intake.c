/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "control.h"
#include "intake.h"
#include "log.h"
#include "status.h"

static void
pass_on(struct intake *in, const char *line, size_t n)
{
	buf_add(&in->out, line, n);
	buf_putc(&in->out, '\n');
}

static const char *
resource_of(struct arena *a, const struct window *w)
{
	return arena_printf(a, "%s/%s%s%s", w->namespace, w->name,
	    *w->rule != '\0' ? "+" : "", w->rule);
}

static void
refuse(struct intake *in, const char *msg, long number, const struct err *e)
{
	log_error(msg, KV_I("line", number), KV_S("error", e->msg));
	in->metrics[M_REFUSED].value++;
	in->refused = 1;
}

static void
log_answer(struct intake *in, const struct receipt *r)
{
	enum log_level level = LV_DEBUG;
	char start[WHEN_TEXT];

	if ((r->status == RECEIPT_FAILED || r->status == RECEIPT_REJECTED) &&
	    (r->error.stage == NULL || strcmp(r->error.code, "Held") != 0))
		level = LV_WARN;
	when_format(start, r->w.start);
	log_line(level, "window answered",
	    LOG_KVS(KV_S("window", r->w.id),
		KV_S("resource", resource_of(&in->arena, &r->w)),
		KV_S("start", start), KV_S("destination", r->destination),
		KV_S("status",
		    r->status == RECEIPT_FAILED         ? "failed"
			: r->status == RECEIPT_REJECTED ? "rejected"
							: "delivered"),
		KV_S("code", r->error.stage != NULL ? r->error.code : "")));
}

/* Remember that a window was begun, or forget it. */
static void
note_begun(
    struct intake *in, const struct receipt *r, const char *line, size_t n)
{
	const char *key = arena_printf(&in->arena, "%s %s %s %lld %lld",
	    resource_of(&in->arena, &r->w), r->w.uid, r->destination,
	    (long long)r->w.start, (long long)r->w.end);
	struct buf copy = { 0 };

	if (r->status != RECEIPT_BEGUN) {
		free(map_del(&in->begun, key));
		return;
	}
	buf_add(&copy, line, n);
	free(map_put(&in->begun, key, copy.data));
}

/* A sender whose --name is not what the resource's windows list would never
 * move anything. */
static void
check_listed(struct intake *in, const struct receipt *r)
{
	const struct json *j = r->w.destinations;

	if (j == NULL)
		return;
	for (j = j->child; j != NULL; j = j->next)
		if (j->type == JSON_STRING &&
		    strcmp(j->str, r->destination) == 0)
			return;
	log_warn("receipt of a destination that its window does not list",
	    KV_S("resource", resource_of(&in->arena, &r->w)),
	    KV_S("destination", r->destination));
}

static void
count(struct intake *in, const struct receipt *r)
{
	in->metrics[M_RECEIPTS].value++;
	if (r->status == RECEIPT_FAILED)
		in->metrics[M_FAILED].value++;
	if (r->status == RECEIPT_REJECTED)
		in->metrics[M_REJECTED].value++;
}

static void
take_receipt(struct intake *in, const char *line, size_t n, long number)
{
	struct receipt r;
	struct err e;

	if (receipt_read(&in->arena, line, n, &r, &e) == -1) {
		refuse(in, "line refused", number, &e);
		return;
	}
	pass_on(in, line, n);
	note_begun(in, &r, line, n);
	count(in, &r);
	if (r.status == RECEIPT_BEGUN)
		return;
	log_answer(in, &r);
	check_listed(in, &r);
	if (states_apply(in->states, &r, when_now(), &e) == -1)
		refuse(in, "status not written", number, &e);
}

static int
read_condition(
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
	return 0;
}

static void
take_condition(struct intake *in, const char *line, size_t n, long number)
{
	struct json *j;
	struct condition c;
	struct window w;
	struct err e;

	j = control_parse(
	    &in->arena, CONTROL_CONDITION, line, n, CONTROL_JSON, &e);
	if (j == NULL || read_condition(j, &c, &w, &e) == -1) {
		refuse(in, "line refused", number, &e);
		return;
	}
	pass_on(in, line, n);
	in->metrics[M_CONDITIONS].value++;
	if (states_set_condition(in->states, &w, &c, when_now(), &e) == -1)
		refuse(in, "status not written", number, &e);
}

void
intake_line(struct intake *in, const char *line, size_t n, long number)
{
	if (control_peek(line, n, CONTROL_JSON) == CONTROL_CONDITION)
		take_condition(in, line, n, number);
	else
		take_receipt(in, line, n, number);
	arena_reset(&in->arena);
}

static int
by_start(const void *a, const void *b)
{
	const struct receipt *x = a, *y = b;

	return (x->w.start > y->w.start) - (x->w.start < y->w.start);
}

/* The receipt that a sender owes for a window it began. */
static void
die(struct intake *in, struct receipt *r)
{
	struct buf line = { 0 };

	r->status = RECEIPT_FAILED;
	r->error = (struct end_error){ .stage = "crdstatus",
		.code = "Died",
		.message = "begun, and no answer came" };
	r->time = when_now();
	receipt_write(&line, r);
	take_receipt(in, line.data, line.len - 1, 0);
	buf_fini(&line);
}

void
intake_end(struct intake *in)
{
	struct receipt *v =
	    arena_alloc(&in->arena, (in->begun.len + 1) * sizeof(*v));
	size_t at = 0, n = 0;
	const char *line;
	struct err e;

	while ((line = map_next(&in->begun, &at, NULL)) != NULL)
		if (receipt_read(&in->arena, line, strlen(line), &v[n], &e) ==
		    0)
			n++;
	qsort(v, n, sizeof(*v), by_start);
	for (size_t i = 0; i < n; i++)
		die(in, &v[i]);
	arena_reset(&in->arena);
}

void
intake_fini(struct intake *in)
{
	size_t at = 0;
	void *line;

	while ((line = map_next(&in->begun, &at, NULL)) != NULL)
		free(line);
	map_fini(&in->begun);
	buf_fini(&in->out);
	arena_fini(&in->arena);
}
