/* SPDX-License-Identifier: MIT */
#ifndef KUSTO_FAULT_H
#define KUSTO_FAULT_H

#include <stdint.h>

#include "arena.h"
#include "kusto_answer.h"

/*
 * What is to go wrong with a request, from a script: a file of JSON objects,
 * one a line, of which each request to a query or management endpoint takes
 * the next; behind the last all goes well.  Members, each of them optional:
 *
 *	"times":N         the line is for N requests (default 1)
 *	"delay":MS        wait first
 *	"hang":true       never answer
 *	"close":true      end the connection without an answer
 *	"status":N        an error of HTTP, with
 *	"code":"C", "message":"M", "permanent":true|false    as Kusto has it,
 *	"text":"T"        or with this text in place of JSON,
 *	"retryAfter":S    and this header
 *	"redirect":"URL"  (status 302 unless it is given)
 *	"place":"rows"|"table"|"dataset"|"level"|"cancel"|"asked"
 *	                  an answer of status 200 with an error in that place;
 *	                  asked: where the client wants to have errors
 *	"cut":N           end the connection behind N bytes of the body
 *	"slow":N          N bytes of the body a second
 *	"gzip":false      not packed, whatever the client takes
 *	"date":S          the answer's Date is S seconds off, before if S < 0
 */
struct kusto_fault {
	struct kql_error error;
	int status; /* 0: as the query has it */
	const char *text;
	const char *redirect;
	int64_t retry_after; /* s; -1: none */
	int inject;          /* the error goes in here: */
	enum kusto_place place;
	int64_t delay, cut, slow; /* cut and slow: -1 for none */
	int64_t date;             /* s; 0: as it is */
	int hang, close, plain;
};

/* The script of a server. */
struct kusto_script {
	struct arena a;
	struct kusto_fault *v;
	size_t n, at;
};

/* Read a script.  Returns -1 with e: not readable, or a line that is wrong. */
int kusto_script_read(struct kusto_script *, const char *path, struct err *e);

/* The fault of the next request; one without any when there is no more. */
struct kusto_fault kusto_script_next(struct kusto_script *);

#endif
