/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "jsonw.h"
#include "kusto_ask.h"
#include "when.h"

#define ROWS_DEFAULT    500000 /* as the service cuts off */
#define TIMEOUT_QUERY   240000 /* ms */
#define TIMEOUT_LONGEST 3600000

const char *
kusto_ask_header(const struct kusto_ask *q, const char *name)
{
	for (const struct json *h = q->headers->child; h != NULL; h = h->next)
		if (strcasecmp(h->key, name) == 0)
			return h->str;
	return NULL;
}

/* Clients send an object, or the same as text. */
static const struct json *
read_properties(struct kusto_ask *q)
{
	struct json *p = json_get(q->tree, "properties");
	struct err e;

	if (p != NULL && p->type == JSON_STRING) {
		p = json_parse(&q->a, p->str, p->len, &e);
		if (p != NULL)
			json_set(&q->a, q->tree, "properties", p);
	}
	return p;
}

/* Values for the parameters of the query: literals, as text or as they are. */
static const struct kql_parameter *
read_parameters(struct kusto_ask *q, const struct json *properties)
{
	const struct json *all = json_get(properties, "Parameters");
	struct kql_parameter *first = NULL, *p;

	for (const struct json *v = all != NULL ? all->child : NULL; v != NULL;
	     v = v->next) {
		p = arena_zalloc(&q->a, sizeof(*p));
		p->name = v->key;
		p->value = v->type == JSON_TRUE ? "true"
		    : v->type == JSON_FALSE     ? "false"
		    : v->str == NULL            ? ""
						: v->str;
		p->next = first;
		first = p;
	}
	return first;
}

void
kusto_ask_read(struct kusto_ask *q)
{
	const struct json *properties;
	struct err e;

	q->tree = json_parse(&q->a, buf_str(&q->body), q->body.len, &e);
	if (q->csl == NULL)
		q->csl = json_get_str(q->tree, "csl", NULL);
	if (q->db == NULL)
		q->db = json_get_str(q->tree, "db", "");
	properties = read_properties(q);
	q->options = json_get(properties, "Options");
	q->parameters = read_parameters(q, properties);
	uuid_make(q->activity_id);
	q->client_id = kusto_ask_header(q, "x-ms-client-request-id");
	if (q->client_id == NULL)
		q->client_id = json_get_str(properties, "ClientRequestId",
		    arena_printf(&q->a, "unspecified;%s", q->activity_id));
}

static enum kusto_place
place(const char *name)
{
	return strcmp(name, "end_of_table") == 0  ? PLACE_TABLE
	    : strcmp(name, "end_of_dataset") == 0 ? PLACE_DATASET
						  : PLACE_DATA;
}

static int
contains(const char *list, const char *what)
{
	return list != NULL && strcasestr(list, what) != NULL;
}

struct kusto_form
kusto_ask_form(const struct kusto_ask *q, int fd)
{
	const struct json *o = q->options;
	const char *accept = kusto_ask_header(q, "Accept");
	enum kusto_place asked =
	    place(json_get_str(o, "results_error_reporting_placement", ""));

	return (struct kusto_form){
		.v1 = strstr(q->path, "/v1/rest/") != NULL,
		.fragmented =
		    json_get_bool(o, "results_v2_fragment_primary_tables", 0),
		.newlines =
		    json_get_bool(o, "results_v2_newlines_between_frames", 0),
		.asked = asked,
		.place = asked,
		.gzip =
		    contains(kusto_ask_header(q, "Accept-Encoding"), "gzip"),
		.text = !contains(accept, "json") && !contains(accept, "*/*"),
		.client_id = q->client_id,
		.activity_id = q->activity_id,
		.fd = fd,
	};
}

/* An option that is a number, or a number as text. */
static int64_t
number(const struct json *o, const char *name, int64_t fallback)
{
	const struct json *v = json_get(o, name);

	return v != NULL && v->str != NULL ? strtoll(v->str, NULL, 10)
					   : fallback;
}

/* Whether the query begins with the statement, maybe behind other sets. */
static const char *
set_statement(const char *csl, const char *name)
{
	const char *at = csl + strspn(csl, " \t\r\n");
	size_t n = strlen(name);

	while (strncmp(at, "set ", 4) == 0) {
		at += 4 + strspn(at + 4, " ");
		if (strncmp(at, name, n) == 0 && strchr(" =;", at[n]) != NULL)
			return at + n;
		at += strcspn(at, ";");
		at += strspn(at, "; \t\r\n");
	}
	return NULL;
}

int64_t
kusto_ask_max_rows(const struct kusto_ask *q)
{
	const char *said = set_statement(q->csl, "truncationmaxrecords");
	int64_t rows = number(q->options, "truncationmaxrecords", 0), set;

	set = said != NULL ? strtoll(said + strspn(said, " ="), NULL, 10) : 0;
	if (rows == 0 || (set > 0 && set < rows))
		rows = set;
	if (rows == 0 && !json_get_bool(q->options, "notruncation", 0) &&
	    set_statement(q->csl, "notruncation") == NULL)
		rows = ROWS_DEFAULT;
	return rows;
}

ticks
kusto_ask_now(const struct kusto_ask *q)
{
	const char *text = json_get_str(q->options, "query_now", NULL);
	ticks t;

	if (text == NULL || when_parse(text, strlen(text), &t) == -1)
		return 0;
	return t;
}

int64_t
kusto_ask_timeout(const struct kusto_ask *q)
{
	const char *text = json_get_str(q->options, "servertimeout", NULL);
	ticks span;

	if (json_get_bool(q->options, "norequesttimeout", 0))
		return TIMEOUT_LONGEST;
	if (text == NULL || when_parse_span(text, strlen(text), &span) == -1)
		return TIMEOUT_QUERY;
	return span / WHEN_MS < TIMEOUT_LONGEST ? span / WHEN_MS
						: TIMEOUT_LONGEST;
}

void
kusto_ask_record(const struct kusto_ask *q, int n, int at_once, struct buf *b)
{
	struct jsonw w = { .b = b };
	struct buf text = { 0 };

	jsonw_object(&w, NULL);
	jsonw_int(&w, "request", n);
	jsonw_int(&w, "ms", when_mono_ms());
	jsonw_int(&w, "atOnce", at_once);
	jsonw_str(&w, "method", q->method);
	jsonw_str(&w, "path", q->path);
	jsonw_str(&w, "activityId", q->activity_id);
	json_write(&text, q->headers);
	jsonw_raw(&w, "headers", text.data, text.len);
	buf_reset(&text);
	if (q->tree != NULL) {
		json_write(&text, q->tree);
		jsonw_raw(&w, "body", text.data, text.len);
	}
	jsonw_end_object(&w);
	buf_putc(b, '\n');
	buf_fini(&text);
}
