/* SPDX-License-Identifier: MIT */
#ifndef ONEAPI_H
#define ONEAPI_H

#include "json.h"

/* What an error of a Kusto service says; strings are the tree's. */
struct oneapi_error {
	const char *code;    /* never NULL */
	const char *message; /* the one that tells most */
	int permanent;       /* 0 also when it does not say */
};

/*
 * Read an error: the body of an HTTP error or an element of OneApiErrors, with
 * or without the object "error" around it.  Returns 0, or -1 when j is none:
 * the fields are set all the same.
 */
int oneapi_read(const struct json *j, struct oneapi_error *);

/*
 * Find the error of an object: a frame, a table or a row may carry one in
 * OneApiErrors or Exceptions, and one may stand in the place of an answer.
 * Returns 1, or 0 when there is none.
 */
int oneapi_find(const struct json *j, struct oneapi_error *);

/* Whether an error with that code and message says that there is no such
 * database, rather than what is wrong with a query. */
int oneapi_no_database(const char *code, const char *message);

#endif
