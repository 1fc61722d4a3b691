/* SPDX-License-Identifier: MIT */
#include <assert.h>
#include <string.h>

#include <snappy-c.h>

#include "log.h"
#include "num.h"
#include "remote_write.h"
#include "remote_write_v1.h"
#include "remote_write_v2.h"
#include "status.h"

static const char *const headers_v1[] = {
	"Content-Encoding: snappy",
	"Content-Type: application/x-protobuf",
	"X-Prometheus-Remote-Write-Version: 0.1.0",
	NULL,
};

static const char *const headers_v2[] = {
	"Content-Encoding: snappy",
	"Content-Type: application/x-protobuf;"
	"proto=io.prometheus.write.v2.Request",
	"X-Prometheus-Remote-Write-Version: 2.0.0",
	NULL,
};

int
remote_protocol(struct remote *r, const char *text, struct err *e)
{
	r->fixed = 1;
	if (strcmp(text, "1") == 0)
		r->state = REMOTE_ONE;
	else if (strcmp(text, "2") == 0)
		r->state = REMOTE_TWO;
	else if (strcmp(text, "auto") != 0)
		return err_set(e, ST_USAGE,
		    "--protocol: \"%s\" is none of 1, 2, auto", text);
	else
		r->state = REMOTE_TRY, r->fixed = 0;
	return 0;
}

static void
compress(const struct buf *raw, struct buf *body)
{
	size_t len = snappy_max_compressed_length(raw->len);
	snappy_status rc;

	buf_reset(body);
	buf_reserve(body, len);
	rc = snappy_compress(raw->data, raw->len, body->data, &len);
	assert(rc == SNAPPY_OK);
	body->len = len;
}

static void
encode(void *ctx, const struct sample *v, size_t n, struct message *m)
{
	struct remote *r = ctx;
	int one = r->state == REMOTE_ONE || r->state == REMOTE_GUESS;

	arena_reset(&r->a);
	buf_reset(&r->raw);
	if (one)
		remote_v1_pack(r, v, n);
	else
		remote_v2_pack(r, v, n);
	compress(&r->raw, &m->body);
	m->url = r->url;
	m->headers = one ? headers_v1 : headers_v2;
	m->form = one ? 1 : 2;
}

/* How many samples the receiver says it has written; -1: it does not say. */
static int64_t
written(const struct http_reply *r)
{
	static const char name[] = "X-Prometheus-Remote-Write-Samples-Written";
	size_t len = 0;
	const char *v = http_header(r, name, &len);
	int64_t n;

	if (v == NULL || num_parse_int(v, len, &n) == -1 || n < 0)
		return -1;
	return n;
}

/* Use another version from now on. */
static void
change(struct remote *r, enum remote_state to, const char *why,
    struct judgement *j)
{
	if (r->state != to)
		log_info(why,
		    KV_S("protocol", to == REMOTE_TWO ? "2.0" : "1.0"),
		    KV_I("http", j->http));
	r->state = to;
	j->verdict = VERDICT_OTHER;
}

/*
 * How the receiver refuses: a line for each sample, if the answer came whole
 * and has as many.  Returns whether it is so; sets how many it has already.
 */
static int
by_line(const struct http_reply *r, const struct verdict_query *q,
    int64_t refused, int64_t *had)
{
	struct verdict_query one = *q;
	const char *at = r->body, *end;

	if (r->body_total != r->body_len)
		return 0;
	for (*had = 0; *at != '\0' && refused > 0; at = end, refused--) {
		end = at + strcspn(at, "\n");
		one.body = at;
		one.len = (size_t)(end - at);
		one.samples = 1;
		*had += verdict_http(&one) == VERDICT_HAD;
		end += strspn(end, "\n");
	}
	return *at == '\0' && refused == 0;
}

/* Of the samples of the request so many were written, the others refused. */
static void
part(const struct http_reply *r, const struct verdict_query *q, int64_t count,
    struct judgement *j)
{
	int64_t refused = (int64_t)q->samples - count, had = 0;

	if (j->verdict == VERDICT_TAKEN) {
		j->said = "the receiver has written fewer samples";
	} else if (!by_line(r, q, refused, &had)) {
		/* Which is which is told by sending it in pieces. */
		if (j->verdict == VERDICT_HAD || count == 0)
			return;
		had = 0;
	}
	j->verdict = VERDICT_PART;
	j->had = had;
	j->rejected = refused - had;
}

/* The answer of a receiver that has shown that it speaks 2.0. */
static void
judge_v2(struct remote *r, const struct http_reply *reply,
    const struct verdict_query *q, int64_t count, struct judgement *j)
{
	if (r->state == REMOTE_TRY || r->state == REMOTE_GUESS)
		r->state = REMOTE_TWO;
	if (j->verdict == VERDICT_FAILED || j->verdict == VERDICT_TOO_BIG)
		return;
	if (count < (int64_t)q->samples)
		part(reply, q, count, j);
	else
		j->verdict = VERDICT_TAKEN;
}

/* The answer to 2.0 of a receiver that has not counted what it wrote. */
static void
judge_unsaid(struct remote *r, struct judgement *j)
{
	if (j->http == 415 && !r->fixed)
		change(r, REMOTE_ONE, "2.0 is not understood", j);
	else if (j->verdict == VERDICT_TAKEN && !r->fixed)
		change(r, REMOTE_ONE, "2.0 is not understood", j);
	else if (j->verdict == VERDICT_REJECTED && j->http == 400 &&
	    r->state != REMOTE_TWO)
		change(r, REMOTE_GUESS, "2.0 is refused, 1.0 is tried", j);
	else if (j->verdict == VERDICT_TAKEN) {
		j->verdict = VERDICT_FAILED;
		j->said = "no X-Prometheus-Remote-Write-Samples-Written in "
			  "the answer: remote write 2.0 is not understood";
	}
}

static void
judge(void *ctx, const struct message *m, const struct http_reply *reply,
    struct verdict_query *q, struct judgement *j)
{
	struct remote *r = ctx;
	int64_t count = written(reply);

	if (m->form == 2 && count != -1)
		judge_v2(r, reply, q, count, j);
	else if (m->form == 2)
		judge_unsaid(r, j);
	else if (j->http == 415 && r->state == REMOTE_GUESS)
		change(r, REMOTE_TWO, "1.0 is not understood", j);
	else if (j->verdict == VERDICT_TAKEN && r->state == REMOTE_GUESS)
		r->state = REMOTE_ONE;
}

static void
comment(void *ctx, const char *line, size_t n)
{
	struct remote *r = ctx;

	metadata_read(&r->metadata, line, n);
}

struct codec
remote_codec(struct remote *r)
{
	return (struct codec){ .ctx = r,
		.encode = encode,
		.judge = judge,
		.comment = comment,
		.stale = 1 };
}

void
remote_fini(struct remote *r)
{
	arena_fini(&r->a);
	buf_fini(&r->raw);
	symbols_fini(&r->symbols);
	metadata_fini(&r->metadata);
}
