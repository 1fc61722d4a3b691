/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>

#include "answer.h"
#include "log.h"
#include "utf8.h"
#include "verdict.h"

#define EXTRA_MAX 256 /* requests a window for cutting in halves */

static void
reset(struct answer *x, const char *stage)
{
	struct arena a = x->a;

	arena_reset(&a);
	*x = (struct answer){
		.stage = stage, .a = a, .open = 1, .promised = -1
	};
	x->count.extra = EXTRA_MAX;
}

int
answer_begin(struct answer *x, const char *stage, const char *line, size_t n,
    struct err *e)
{
	struct json *j;

	reset(x, stage);
	x->named = 1;
	j = control_parse(&x->a, CONTROL_WINDOW, line, n, CONTROL_PROM, e);
	if (j == NULL || window_read(j, &x->w, e) == -1) {
		x->open = 0;
		return -1;
	}
	return 0;
}

void
answer_begin_unnamed(struct answer *x, const char *stage)
{
	reset(x, stage);
	x->w = (struct window){ .id = "",
		.namespace = "",
		.name = "",
		.rule = "",
		.uid = "",
		.tree = json_new(&x->a, JSON_OBJECT) };
}

int
answer_end(struct answer *x, const char *line, size_t n, struct err *e)
{
	struct json *j;
	struct end_error err;
	char text[120];

	j = control_parse(&x->a, CONTROL_END, line, n, CONTROL_PROM, e);
	if (j == NULL)
		return -1;
	x->promised = json_get_int(j, "samples", -1);
	if (end_error_read(j, &err)) {
		/* What went wrong before us is the cause of what we saw. */
		x->error = err;
		x->rejected = strcmp(err.code, "CatchupLimit") == 0;
	} else if (x->promised != -1 && x->promised != x->samples) {
		snprintf(text, sizeof(text), "%lld samples came, not %lld",
		    (long long)x->samples, (long long)x->promised);
		answer_fail(x, "Truncated", text);
	}
	return 0;
}

void
answer_fail(struct answer *x, const char *code, const char *message)
{
	char *text;

	if (x->error.stage != NULL)
		return;
	text = arena_strdup(&x->a, message);
	utf8_clean(text);
	x->error = (struct end_error){ .stage = x->stage,
		.code = arena_strdup(&x->a, code),
		.message = text };
}

void
answer_refuse(struct answer *x, int64_t line, int64_t ms, const char *why)
{
	struct ship_count *c = &x->count;

	c->rejected++;
	if (c->http == 0)
		snprintf(c->reason, sizeof(c->reason), "%s", why);
	if (x->refused++ == 0)
		log_warn("sample refused", KV_S("window", x->w.id),
		    KV_I("line", line), KV_I("ms", ms), KV_S("reason", why));
}

void
answer_fail_sent(struct answer *x)
{
	const struct ship_count *c = &x->count;
	int said = x->error.stage != NULL;
	char code[VERDICT_CODE_MAX];

	answer_fail(x,
	    c->http != 0                   ? verdict_code(code, c->http)
		: c->error == HTTP_TIMEOUT ? "Timeout"
					   : "Unavailable",
	    c->reason);
	if (!said)
		x->error.http = c->http;
}

enum receipt_status
answer_status(const struct answer *x)
{
	const struct ship_count *c = &x->count;

	if (x->error.stage != NULL)
		return x->rejected ? RECEIPT_REJECTED : RECEIPT_FAILED;
	if (c->rejected > 0 && c->taken + c->had == 0)
		return RECEIPT_REJECTED;
	return RECEIPT_DELIVERED;
}

void
answer_write(const struct answer *x, enum receipt_status status,
    const char *destination, struct buf *b)
{
	const struct ship_count *c = &x->count;
	char code[VERDICT_CODE_MAX];
	struct receipt r = { .w = x->w,
		.destination = destination,
		.status = status,
		.samples = c->taken + c->had,
		.rejected = c->rejected,
		.had = c->had,
		.bytes = c->bytes,
		.error = x->error,
		.time = when_now() };

	if (status == RECEIPT_REJECTED && r.error.stage == NULL)
		r.error = (struct end_error){ .stage = x->stage,
			.code = c->http != 0 ? verdict_code(code, c->http)
					     : "BadRow",
			.message = c->reason,
			.permanent = 1,
			.http = c->http };
	receipt_write(b, &r);
}

void
answer_log(const struct answer *x, enum receipt_status status)
{
	const struct ship_count *c = &x->count;
	static const char *const words[] = {
		[RECEIPT_DELIVERED] = "window delivered",
		[RECEIPT_FAILED] = "window failed",
		[RECEIPT_REJECTED] = "window rejected",
	};
	const char *code = x->error.stage != NULL ? x->error.code : "";
	const char *why = x->error.stage != NULL ? x->error.message : c->reason;
	char resource[600];

	snprintf(resource, sizeof(resource), "%s%s%s", x->w.namespace,
	    x->named ? "/" : "", x->w.name);
	if (x->doubles > 0)
		log_warn("samples of one series and time: the last was sent",
		    KV_S("window", x->w.id), KV_S("resource", resource),
		    KV_I("dropped", x->doubles));
	log_line(status == RECEIPT_DELIVERED ? LV_DEBUG : LV_WARN,
	    words[status],
	    LOG_KVS(KV_S("window", x->w.id), KV_S("resource", resource),
		KV_I("samples", c->taken + c->had),
		KV_I("rejected", c->rejected), KV_S("code", code),
		KV_S("reason", why)));
}

int
answer_condition(const char *line, size_t n, struct buf *out, struct err *e)
{
	struct arena a = { 0 };
	struct json *j;

	j = control_parse(&a, CONTROL_CONDITION, line, n, CONTROL_PROM, e);
	if (j != NULL)
		control_write(out, CONTROL_CONDITION, j, CONTROL_JSON);
	arena_fini(&a);
	return j != NULL ? 0 : -1;
}

void
answer_close(struct answer *x)
{
	x->open = 0;
	arena_reset(&x->a);
}
