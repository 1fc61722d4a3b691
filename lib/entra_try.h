/* SPDX-License-Identifier: MIT */
#ifndef ENTRA_TRY_H
#define ENTRA_TRY_H

#include <stddef.h>
#include <stdint.h>

#include "buf.h"
#include "entra.h"
#include "http.h"

/* What the sources of Entra tokens share. */
enum entra_outcome {
	ENTRA_GOT,
	ENTRA_ABSENT,  /* there is no such source here: ask the next */
	ENTRA_DOUBT,   /* perhaps; ask the next, but it may pass */
	ENTRA_TROUBLE, /* it may pass */
	ENTRA_WRONG,   /* somebody must change something */
};

#define ENTRA_WHY 240

struct entra_try {
	const struct entra_ask *ask;
	struct entra_answer *out;
	struct http *http;
	size_t received;        /* bytes of the answer that comes */
	int64_t retry_after_ms; /* the last answer's */
	char why[ENTRA_WHY];    /* a source is no use */
	const char *secret;     /* that must not be in why; NULL: none */
};

/* Ask one source. */
typedef enum entra_outcome entra_source(struct entra_try *);
entra_source entra_secret, entra_workload, entra_managed, entra_cli;

/* Set why.  Returns the outcome. */
enum entra_outcome entra_fail(struct entra_try *, enum entra_outcome,
    const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* A variable of the environment, or NULL when it is not set or empty. */
const char *entra_env(const char *name);

/* Add name=value to a form or the query of a URL. */
void entra_form(struct buf *, const char *name, const char *value);

/*
 * Send a request (its time, size and context are set here) and wait for the
 * answer, good until the next request.  NULL with why when there is none: the
 * outcome is in *oc.
 */
const struct http_reply *entra_send(
    struct entra_try *, struct http_request *, enum entra_outcome *oc);

/* Read the answer to a request: the token, or what is wrong. */
enum entra_outcome entra_read(struct entra_try *, const struct http_reply *);

/* Read a token, as Entra, IMDS and the CLI write it.  -1: that is none. */
int entra_read_token(struct entra_answer *, const char *, size_t n);

#endif
