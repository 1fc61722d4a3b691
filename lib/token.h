/* SPDX-License-Identifier: MIT */
#ifndef TOKEN_H
#define TOKEN_H

#include "err.h"

/*
 * Where the tokens of requests come from: a file, the environment, or one of
 * the sources of Microsoft Entra ID (entra.h), which a process of its own
 * asks, so that nobody waits.  A user asks for a token before each request and
 * tells when a service has refused it; how it is had, and for how long it is
 * kept, is this module's affair.
 */
struct tokens;

/* All borrowed, NULL: none.  The file is asked first. */
struct tokens_config {
	const char *file;   /* holds a token */
	const char *secret; /* the token itself, from the environment */
	const char *user_agent;
};

/* What a token is for; borrowed for the call. */
struct token_for {
	const char *resource;  /* https://HOST of the service */
	const char *authority; /* that gives tokens; NULL: the public cloud */
};

/*
 * The tokens of a program.  Returns NULL with e: ST_CONFIG for a file that
 * cannot be used, ST_RETRY.
 */
struct tokens *tokens_new(const struct tokens_config *, struct err *e);
void tokens_free(struct tokens *);

/* Whether a file or the environment has the token, whatever it is for. */
int tokens_given(const struct tokens *);

/*
 * The token, good until the next call.  A file is read again once a minute,
 * since tokens are replaced; one of Entra is replaced before it expires, and
 * used for as long as it holds when that fails.  NULL: with e->code 0 when it
 * is on its way, else ST_CONFIG, or ST_RETRY when it may come.
 */
const char *tokens_get(
    struct tokens *, const struct token_for *, struct err *e);

/* Somebody says that they have been replaced: look at the next tokens_get. */
void tokens_again(struct tokens *);

/* Readable when tokens_read has something to do; -1: never. */
int tokens_fd(const struct tokens *);

/* Take the tokens that have come; never waits. */
void tokens_read(struct tokens *);

/*
 * A service has answered 401 to that token.  Returns 1 when there is another
 * one now or may be soon, so that asking once more makes sense, else 0.
 */
int tokens_refused(
    struct tokens *, const struct token_for *, const char *token);

#endif
