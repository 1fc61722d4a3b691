/* SPDX-License-Identifier: MIT */
#ifndef KUSTO_ASK_H
#define KUSTO_ASK_H

#include "arena.h"
#include "buf.h"
#include "json.h"
#include "kql/kql.h"
#include "kusto_answer.h"
#include "uuid.h"

/* A request as it was read; everything lives in its arena. */
struct kusto_ask {
	struct arena a;
	const char *method;
	const char *path;
	struct json *headers; /* an object, Authorization cut to its scheme */
	struct buf body;      /* as it came */
	struct json *tree;    /* of the body, or of what the URL says */
	const char *db;
	const char *csl;
	const struct json *options; /* NULL: none */
	const struct kql_parameter *parameters;
	char activity_id[UUID_TEXT];
	const char *client_id;
};

/* Read the body (or, for GET, db and csl are set already) and the headers. */
void kusto_ask_read(struct kusto_ask *);

/* What the options say of the answer; fd is where it goes. */
struct kusto_form kusto_ask_form(const struct kusto_ask *, int fd);

/* The most rows the service would give; 0: no limit. */
int64_t kusto_ask_max_rows(const struct kusto_ask *);

/* What now() is to be; 0: the clock. */
ticks kusto_ask_now(const struct kusto_ask *);

/* The server timeout in ms. */
int64_t kusto_ask_timeout(const struct kusto_ask *);

/* A header's value, or NULL. */
const char *kusto_ask_header(const struct kusto_ask *, const char *name);

/* Append the request as a line of JSON, with the time and how many there are
 * that have not ended. */
void kusto_ask_record(
    const struct kusto_ask *, int number, int at_once, struct buf *);

#endif
