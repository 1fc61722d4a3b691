/* SPDX-License-Identifier: MIT */
#ifndef TOKEN_H
#define TOKEN_H

#include "err.h"

/*
 * Where the tokens of requests come from.  A user asks for one before each
 * request and tells when a service has refused it; how a token is had, and for
 * how long it is kept, is this module's affair.
 */
struct tokens;

/* All borrowed, NULL: none.  The file is asked first. */
struct tokens_config {
	const char *file;   /* holds a token */
	const char *secret; /* the token itself, from the environment */
};

/*
 * The tokens of a program.  Returns NULL when there is no source of any, with
 * e->code 0, or when it cannot be used, with ST_CONFIG.
 */
struct tokens *tokens_new(const struct tokens_config *, struct err *e);
void tokens_free(struct tokens *);

/*
 * The token for an audience (https://HOST of the service), good until the next
 * call.  A file is read again once a minute, since tokens are replaced.  NULL
 * with e set when there is none: ST_CONFIG, or ST_RETRY when it may come.
 */
const char *tokens_get(struct tokens *, const char *audience, struct err *e);

/*
 * A service has answered 401 to what tokens_get gave for the audience.
 * Returns 1 when there is another one now, so that asking once more makes
 * sense, else 0.
 */
int tokens_refused(struct tokens *, const char *audience);

#endif
