/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "control.h"
#include "intake.h"
#include "log.h"
#include "status.h"

static int
pass_on(struct intake *in, struct line line, struct err *e)
{
	in->keeper->taken++;
	return held_add(&in->held, line.text, line.n, e);
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
	in->keeper->metrics[M_REFUSED].value++;
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
	in->keeper->metrics[M_RECEIPTS].value++;
	in->keeper->metrics[M_LAST].value = when_to_unix_ms(when_now()) / 1000;
	if (r->status == RECEIPT_FAILED)
		in->keeper->metrics[M_FAILED].value++;
	if (r->status == RECEIPT_REJECTED)
		in->keeper->metrics[M_REJECTED].value++;
}

static int
take_receipt(struct intake *in, struct line line, long number, struct err *e)
{
	const struct keeper_ops *ops = in->keeper->ops;
	struct receipt r;

	if (receipt_read(&in->arena, line.text, line.n, &r, e) == -1) {
		refuse(in, "line refused", number, e);
		return 0;
	}
	if (pass_on(in, line, e) == -1)
		return -1;
	note_begun(in, &r, line.text, line.n);
	count(in, &r);
	if (r.status == RECEIPT_BEGUN)
		return 0;
	log_answer(in, &r);
	check_listed(in, &r);
	if (ops->receipt(in->keeper, &r, line, e) == -1)
		refuse(in, "status not written", number, e);
	return 0;
}

static int
take_condition(struct intake *in, struct line line, long number, struct err *e)
{
	const struct keeper_ops *ops = in->keeper->ops;
	struct json *j;
	struct condition c;
	struct window w;

	j = control_parse(
	    &in->arena, CONTROL_CONDITION, line.text, line.n, CONTROL_JSON, e);
	if (j == NULL || condition_read(j, &c, &w, e) == -1) {
		refuse(in, "line refused", number, e);
		return 0;
	}
	if (pass_on(in, line, e) == -1)
		return -1;
	in->keeper->metrics[M_CONDITIONS].value++;
	if (ops->condition(in->keeper, &w, &c, line, e) == -1)
		refuse(in, "status not written", number, e);
	return 0;
}

int
intake_line(
    struct intake *in, const char *text, size_t n, long number, struct err *e)
{
	struct line line = { text, n };
	int bad;

	if (control_peek(text, n, CONTROL_JSON) == CONTROL_CONDITION)
		bad = take_condition(in, line, number, e);
	else
		bad = take_receipt(in, line, number, e);
	arena_reset(&in->arena);
	return bad;
}

static int
by_start(const void *a, const void *b)
{
	const struct receipt *x = a, *y = b;

	return (x->w.start > y->w.start) - (x->w.start < y->w.start);
}

/* The receipt that a sender owes for a window it began. */
static int
die(struct intake *in, struct receipt *r, struct err *e)
{
	struct buf text = { 0 };
	int bad;

	r->status = RECEIPT_FAILED;
	r->error = (struct end_error){ .stage = "crdstatus",
		.code = "Died",
		.message = "begun, and no answer came" };
	r->time = when_now();
	receipt_write(&text, r);
	bad = take_receipt(in, (struct line){ text.data, text.len - 1 }, 0, e);
	buf_fini(&text);
	return bad;
}

int
intake_end(struct intake *in, struct err *e)
{
	struct receipt *v =
	    arena_alloc(&in->arena, (in->begun.len + 1) * sizeof(*v));
	size_t at = 0, n = 0, i;
	const char *line;

	while ((line = map_next(&in->begun, &at, NULL)) != NULL)
		if (receipt_read(&in->arena, line, strlen(line), &v[n], e) == 0)
			n++;
	qsort(v, n, sizeof(*v), by_start);
	for (i = 0; i < n; i++)
		if (die(in, &v[i], e) == -1)
			break;
	arena_reset(&in->arena);
	return i < n ? -1 : 0;
}

void
intake_fini(struct intake *in)
{
	size_t at = 0;
	void *line;

	while ((line = map_next(&in->begun, &at, NULL)) != NULL)
		free(line);
	map_fini(&in->begun);
	held_fini(&in->held);
	arena_fini(&in->arena);
}
