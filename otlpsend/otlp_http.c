/* SPDX-License-Identifier: MIT */
#include <assert.h>
#include <string.h>

#include "gz.h"
#include "log.h"
#include "otlp_answer.h"
#include "otlp_http.h"
#include "otlp_json.h"

#define GZIP_LEVEL 1 /* the fastest; text so alike packs well enough */

void
otlp_headers(const char **list, size_t n, const char *const *more)
{
	for (; more != NULL && *more != NULL; more++) {
		assert(n < OTLP_HEADERS_MAX);
		list[n++] = *more;
	}
	list[n] = NULL;
}

void
otlp_pack(struct buf *b, const Otlp__Request *rq)
{
	buf_reserve(b, otlp__request__get_packed_size(rq));
	b->len += otlp__request__pack(rq, (uint8_t *)b->data + b->len);
}

static void
encode(void *ctx, const struct sample *v, size_t n, struct message *m)
{
	struct otlp_http *o = ctx;
	struct buf *raw = o->gzip ? &o->raw : &m->body;
	const Otlp__Request *rq;
	int rc = 0;

	arena_reset(&o->a);
	rq = otlp_message(&o->a, o->source, v, n);
	buf_reset(raw);
	if (o->json)
		otlp_json(raw, rq);
	else
		otlp_pack(raw, rq);
	if (o->gzip) {
		buf_reset(&m->body);
		rc =
		    gz_pack(&m->body, raw->data, raw->len, GZ_GZIP, GZIP_LEVEL);
	}
	assert(rc == 0);
	m->url = o->url;
	m->headers = o->headers;
	m->http2 = 0;
}

/* Whether the answer's type is JSON (1), protobuf (0) or another (-1). */
static int
form_of(const struct http_reply *r)
{
	size_t n;
	const char *type = http_header(r, "Content-Type", &n);

	if (type == NULL)
		return -1;
	if (strncasecmp(type, "application/json", 16) == 0)
		return 1;
	return strncasecmp(type, "application/x-protobuf", 22) == 0 ? 0 : -1;
}

void
otlp_partial(const struct verdict_query *q, int64_t rejected,
    const char *message, struct judgement *j)
{
	j->said = message;
	if (rejected <= 0) {
		if (*message != '\0')
			log_warn(
			    "the receiver warns", KV_S("message", message));
		return;
	}
	j->verdict = VERDICT_PART;
	j->rejected =
	    rejected < (int64_t)q->samples ? rejected : (int64_t)q->samples;
}

static void
judge(void *ctx, const struct message *m, const struct http_reply *r,
    struct verdict_query *q, struct judgement *j)
{
	struct otlp_http *o = ctx;
	struct otlp_said said;
	int form = form_of(r);

	(void)m;
	if (r->error != HTTP_ANSWERED || form == -1)
		return;
	arena_reset(&o->a);
	if (j->verdict == VERDICT_TAKEN) {
		otlp_answer_success(&o->a, r->body, r->body_len, form, &said);
		otlp_partial(q, said.rejected, said.message, j);
		return;
	}
	otlp_answer_status(&o->a, r->body, r->body_len, form, &said);
	if (*said.message != '\0')
		j->said = said.message;
	if (j->retry_after_ms == 0)
		j->retry_after_ms = said.retry_ms;
}

static void
window(void *ctx, const struct window *w)
{
	struct otlp_http *o = ctx;

	otlp_source_window(o->source, w);
}

struct codec
otlp_http_codec(struct otlp_http *o)
{
	size_t n = 0;

	o->headers[n++] = o->json ? "Content-Type: application/json"
				  : "Content-Type: application/x-protobuf";
	if (o->gzip)
		o->headers[n++] = "Content-Encoding: gzip";
	otlp_headers(o->headers, n, o->more);
	return (struct codec){ .ctx = o,
		.encode = encode,
		.judge = judge,
		.window = window,
		.unsigned_time = 1 };
}

void
otlp_http_fini(struct otlp_http *o)
{
	arena_fini(&o->a);
	buf_fini(&o->raw);
}
