/* SPDX-License-Identifier: MIT */
#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base64.h"
#include "gz.h"
#include "num.h"
#include "otlp_answer.h"
#include "otlp_grpc.h"

#define GZIP_LEVEL   1
#define PREFIX       5         /* bytes before a message: packed, length */
#define ANSWER_MAX   (1 << 22) /* bytes of a message that is unpacked */
#define GRPC_OK      0
#define INVALID      3
#define EXHAUSTED    8
#define UNKNOWN_CODE 2

/* The codes of gRPC, and the statuses of HTTP that they correspond to. */
static const struct {
	const char *name;
	int http;
} codes[] = {
	{ "OK", 200 },
	{ "CANCELLED", 499 },
	{ "UNKNOWN", 500 },
	{ "INVALID_ARGUMENT", 400 },
	{ "DEADLINE_EXCEEDED", 504 },
	{ "NOT_FOUND", 404 },
	{ "ALREADY_EXISTS", 500 }, /* 409 would speak of samples */
	{ "PERMISSION_DENIED", 403 },
	{ "RESOURCE_EXHAUSTED", 429 },
	{ "FAILED_PRECONDITION", 500 }, /* 400 would, too */
	{ "ABORTED", 500 },
	{ "OUT_OF_RANGE", 500 },
	{ "UNIMPLEMENTED", 501 },
	{ "INTERNAL", 500 },
	{ "UNAVAILABLE", 503 },
	{ "DATA_LOSS", 500 },
	{ "UNAUTHENTICATED", 401 },
};

/* Put the length of the message behind the prefix into it. */
static void
frame(struct buf *b, int packed)
{
	size_t n = b->len - PREFIX;

	b->data[0] = (char)packed;
	for (int i = 0; i < 4; i++)
		b->data[1 + i] = (char)(n >> (24 - 8 * i));
}

static void
encode(void *ctx, const struct sample *v, size_t n, struct message *m)
{
	static const char prefix[PREFIX];
	struct otlp_grpc *g = ctx;
	const Otlp__Request *rq;
	int rc = 0;

	arena_reset(&g->a);
	rq = otlp_message(&g->a, g->source, v, n);
	buf_reset(&m->body);
	buf_add(&m->body, prefix, PREFIX);
	if (g->gzip) {
		buf_reset(&g->raw);
		otlp_pack(&g->raw, rq);
		rc = gz_pack(
		    &m->body, g->raw.data, g->raw.len, GZ_GZIP, GZIP_LEVEL);
	} else {
		otlp_pack(&m->body, rq);
	}
	assert(rc == 0);
	frame(&m->body, g->gzip);
	m->url = g->url;
	m->headers = g->headers;
	m->http2 = 1;
}

int
otlp_grpc_message(const char *body, size_t n, size_t max, const char **at,
    size_t *len, struct buf *out)
{
	const unsigned char *p = (const unsigned char *)body;

	if (n < PREFIX || p[0] > 1)
		return -1;
	*len = (size_t)p[1] << 24 | (size_t)p[2] << 16 | (size_t)p[3] << 8 |
	    (size_t)p[4];
	*at = body + PREFIX;
	if (*len > n - PREFIX)
		return -1;
	if (p[0] == 0)
		return 0;
	buf_reset(out);
	if (gz_unpack(out, *at, *len, GZ_GZIP, max) == -1)
		return -1;
	*at = buf_str(out);
	*len = out->len;
	return 0;
}

/* The value of grpc-message, whose bytes may be written as %XX. */
static char *
message_of(struct arena *a, const struct http_reply *r)
{
	size_t n, k = 0;
	const char *s = http_header(r, "grpc-message", &n);
	char *out = arena_alloc(a, (s != NULL ? n : 0) + 1);
	unsigned byte;

	for (size_t i = 0; s != NULL && i < n; i++) {
		if (s[i] == '%' && n - i > 2 &&
		    sscanf(s + i + 1, "%2x", &byte) == 1 && byte != 0) {
			out[k++] = (char)byte;
			i += 2;
		} else {
			out[k++] = s[i];
		}
	}
	out[k] = '\0';
	return out;
}

/* When the server wants to be asked again, ms; 0: it does not say. */
static int64_t
retry_of(struct arena *a, const struct http_reply *r)
{
	size_t n;
	const char *s = http_header(r, "grpc-status-details-bin", &n);
	struct otlp_said said = { .message = "" };
	struct buf b = { 0 };
	char *text;

	if (s == NULL)
		return 0;
	/* its padding may be left out */
	text = arena_printf(a, "%.*s===", (int)n, s);
	text[n + (4 - n % 4) % 4] = '\0';
	if (base64_read(&b, text, strlen(text)) == 0)
		otlp_answer_status(a, buf_str(&b), b.len, 0, &said);
	buf_fini(&b);
	return said.retry_ms;
}

/* The server's limit for a message, which half of it may keep to. */
static int
is_too_large(int64_t code, const char *message)
{
	return code == EXHAUSTED && strstr(message, "larger than max") != NULL;
}

/* grpc-status is not 0: judge by what corresponds to it in HTTP. */
static void
refused(struct otlp_grpc *g, const struct http_reply *r, int64_t code,
    struct verdict_query *q, struct judgement *j)
{
	const char *message = message_of(&g->a, r);

	if (code < 0 || code >= (int64_t)(sizeof(codes) / sizeof(*codes)))
		code = UNKNOWN_CODE;
	q->http = is_too_large(code, message) ? 413 : codes[code].http;
	q->body = message;
	q->len = strlen(message);
	j->verdict = verdict_http(q);
	j->http = q->http;
	j->said = arena_printf(&g->a, "gRPC %s: %s", codes[code].name, message);
	if (j->retry_after_ms == 0)
		j->retry_after_ms = retry_of(&g->a, r);
}

static void
taken(struct otlp_grpc *g, const struct http_reply *r,
    const struct verdict_query *q, struct judgement *j)
{
	struct otlp_said said;
	const char *at;
	size_t len;

	if (otlp_grpc_message(
		r->body, r->body_len, ANSWER_MAX, &at, &len, &g->raw) == -1)
		return;
	otlp_answer_success(&g->a, at, len, 0, &said);
	otlp_partial(q, said.rejected, said.message, j);
}

static void
judge(void *ctx, const struct message *m, const struct http_reply *r,
    struct verdict_query *q, struct judgement *j)
{
	struct otlp_grpc *g = ctx;
	const char *status;
	int64_t code;
	size_t n;

	(void)m;
	if (r->error != HTTP_ANSWERED)
		return;
	arena_reset(&g->a);
	status = http_header(r, "grpc-status", &n);
	if (status != NULL && num_parse_int(status, n, &code) == 0) {
		if (code == GRPC_OK)
			taken(g, r, q, j);
		else
			refused(g, r, code, q, j);
	} else if (j->verdict == VERDICT_TAKEN) {
		/* cut before its trailers, or no gRPC at all */
		j->verdict = VERDICT_FAILED;
		j->http = 502;
		j->said = "the answer has no grpc-status";
	} else if (j->verdict == VERDICT_REJECTED) {
		/* some proxy's: a gRPC server says no 400 */
		j->verdict = VERDICT_FAILED;
	}
}

static void
window(void *ctx, const struct window *w)
{
	struct otlp_grpc *g = ctx;

	otlp_source_window(g->source, w);
}

struct codec
otlp_grpc_codec(struct otlp_grpc *g)
{
	size_t n = 0;

	g->headers[n++] = "Content-Type: application/grpc+proto";
	g->headers[n++] = "TE: trailers";
	if (g->gzip)
		g->headers[n++] = "grpc-encoding: gzip";
	g->headers[n++] = "grpc-accept-encoding: identity, gzip";
	snprintf(g->timeout, sizeof(g->timeout), "grpc-timeout: %" PRId64 "m",
	    g->timeout_ms);
	g->headers[n++] = g->timeout;
	otlp_headers(g->headers, n, g->more);
	return (struct codec){ .ctx = g,
		.encode = encode,
		.judge = judge,
		.window = window,
		.unsigned_time = 1 };
}

void
otlp_grpc_fini(struct otlp_grpc *g)
{
	arena_fini(&g->a);
	buf_fini(&g->raw);
}
