/* SPDX-License-Identifier: MIT */
#ifndef KUSTO_AUTH_H
#define KUSTO_AUTH_H

#include "http.h"
#include "token.h"

/*
 * Which tokens a Kusto service takes: what they are for, and who gives them.
 * The service itself says so, and is believed as far as it is one of Azure's.
 */
struct kusto_auth;

/* That of the service at a URL, new if it is not in the list. */
struct kusto_auth *kusto_auth_find(
    struct kusto_auth **list, const char *endpoint);

/* All of a list; NULL is an empty one. */
void kusto_auth_free(struct kusto_auth *list);

/*
 * Whether the service gets a token: over TLS always, on this machine, where
 * emulators run, once it has asked for one.
 */
int kusto_auth_wanted(const struct kusto_auth *);

/* It has answered 401.  Returns 1 if it gets a token from now on, 0 if it
 * cannot or did already. */
int kusto_auth_want(struct kusto_auth *);

/* Ask the service, the first time.  Returns 1 while the answer is on its way,
 * 0 when it is known. */
int kusto_auth_learn(struct kusto_auth *, struct http *);

/* Take an answer if it is to such a question of one of the list.  Returns 1 if
 * it was. */
int kusto_auth_take(struct kusto_auth *list, const struct http_reply *);

/* What to ask tokens for; borrowed, good until an answer is taken. */
struct token_for kusto_auth_for(const struct kusto_auth *);

#endif
