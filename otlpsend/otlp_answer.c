/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "json.h"
#include "num.h"
#include "otlp.pb-c.h"
#include "otlp_answer.h"

#define RETRY_MAX_SEC 86400 /* more is a mistake */

/* Room for what protobuf-c unpacks. */
static void *
take(void *a, size_t n)
{
	return arena_alloc(a, n);
}

static void
let_be(void *a, void *p)
{
	(void)a, (void)p;
}

static ProtobufCAllocator
allocator(struct arena *a)
{
	return (ProtobufCAllocator){ take, let_be, a };
}

/* A 64-bit integer of JSON: as a string, or as a number all the same. */
static int64_t
integer(const struct json *v)
{
	int64_t n;

	if (v == NULL || (v->type != JSON_STRING && v->type != JSON_NUMBER) ||
	    num_parse_int(v->str, v->len, &n) == -1)
		return 0;
	return n;
}

void
otlp_answer_success(struct arena *a, const char *body, size_t n, int json,
    struct otlp_said *said)
{
	ProtobufCAllocator mem = allocator(a);
	const struct json *part;
	Otlp__Response *r;
	struct err e;

	*said = (struct otlp_said){ .message = "" };
	if (n == 0)
		return;
	if (json) {
		part = json_get(json_parse(a, body, n, &e), "partialSuccess");
		said->rejected = integer(json_get(part, "rejectedDataPoints"));
		said->message = json_get_str(part, "errorMessage", "");
		return;
	}
	r = otlp__response__unpack(&mem, n, (const uint8_t *)body);
	if (r == NULL || r->partial_success == NULL)
		return;
	said->rejected = r->partial_success->rejected_data_points;
	said->message = r->partial_success->error_message;
}

/* How long a RetryInfo asks to wait, ms. */
static int64_t
retry_of(struct arena *a, const Otlp__Detail *d)
{
	static const char type[] = "google.rpc.RetryInfo";
	ProtobufCAllocator mem = allocator(a);
	const char *last = strrchr(d->type_url, '/');
	const Otlp__RetryInfo *info;

	if (strcmp(last != NULL ? last + 1 : d->type_url, type) != 0)
		return 0;
	info = otlp__retry_info__unpack(&mem, d->value.len, d->value.data);
	if (info == NULL || info->retry_delay == NULL ||
	    info->retry_delay->seconds < 0 || info->retry_delay->nanos < 0)
		return 0;
	if (info->retry_delay->seconds > RETRY_MAX_SEC)
		return RETRY_MAX_SEC * 1000LL;
	return info->retry_delay->seconds * 1000 +
	    info->retry_delay->nanos / 1000000;
}

void
otlp_answer_status(struct arena *a, const char *body, size_t n, int json,
    struct otlp_said *said)
{
	ProtobufCAllocator mem = allocator(a);
	const Otlp__Status *s;
	struct err e;

	*said = (struct otlp_said){ .message = "" };
	if (n == 0)
		return;
	if (json) {
		said->message =
		    json_get_str(json_parse(a, body, n, &e), "message", "");
		return;
	}
	s = otlp__status__unpack(&mem, n, (const uint8_t *)body);
	if (s == NULL)
		return;
	said->message = s->message;
	for (size_t i = 0; i < s->n_details && said->retry_ms == 0; i++)
		said->retry_ms = retry_of(a, s->details[i]);
}
