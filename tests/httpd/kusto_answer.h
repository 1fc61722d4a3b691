/* SPDX-License-Identifier: MIT */
#ifndef KUSTO_ANSWER_H
#define KUSTO_ANSWER_H

#include "json.h"
#include "kql/kql.h"

/* Where the errors of an answer that has begun stand. */
enum kusto_place {
	PLACE_DATA,    /* among the rows, and in the completion */
	PLACE_TABLE,   /* in the table's completion */
	PLACE_DATASET, /* in the completion alone */
	PLACE_LEVEL,   /* in a row of QueryCompletionInformation alone */
	PLACE_CANCEL,  /* nowhere: the completion says Cancelled */
	PLACE_ASKED,   /* where the client wants errors */
};

/* How an answer is wanted, and what is to be wrong with it. */
struct kusto_form {
	int v1; /* tables, not frames */
	int fragmented;
	int newlines;
	int gzip;
	int text;               /* errors as text: the client takes no JSON */
	enum kusto_place asked; /* what the client wants, and the header says */
	enum kusto_place place; /* where errors go */
	const struct kql_error *inject; /* NULL: nothing */
	enum kusto_place inject_place;
	const char *client_id;
	const char *activity_id;
	int fd; /* where it goes */
};

/* Run the query and write its answer, or the error that it ends in. */
void kusto_answer_query(
    struct kql *, const struct kql_request *, const struct kusto_form *);

/* Write an answer of one small v1 table: columns and rows as JSON. */
void kusto_answer_table(
    const struct kusto_form *, const char *columns, const struct buf *rows);

/* Write an error with an HTTP status. */
void kusto_answer_error(
    const struct kusto_form *, int status, const struct kql_error *);

/* Append an error as the service has it: {"error":{...}}. */
void kusto_error_element(
    struct buf *, const struct kusto_form *, const struct kql_error *);

#endif
