/* SPDX-License-Identifier: MIT */
#ifndef ENTRA_H
#define ENTRA_H

#include <stddef.h>
#include <stdint.h>

#define ENTRA_TOKEN_MAX 16384 /* bytes of a token, its NUL included */

/*
 * Tokens of Microsoft Entra ID, from the first source that has any: a client
 * secret in the environment, a workload identity, a managed identity (App
 * Service, Arc, IMDS), the Azure CLI.  This blocks: it is for a process of its
 * own (child.h).
 */
struct entra_ask {
	const char *resource;   /* what the token is for: https://HOST */
	const char *authority;  /* https://HOST that gives it; NULL: public */
	const char *user_agent; /* all borrowed */
	int only;               /* entra_answer.source to ask; 0: all */
};

/* What came of it; no pointers, so that it goes through a pipe. */
struct entra_answer {
	int code;           /* 0, else ST_CONFIG or ST_RETRY with msg */
	int source;         /* that gave the token, from 1 */
	int64_t life_ms;    /* for how long it holds */
	int64_t refresh_ms; /* when it wants to be replaced; 0: not said */
	char msg[512];      /* each source that was tried, and its trouble */
	char token[ENTRA_TOKEN_MAX];
};

/* Ask; what may pass is tried three times. */
void entra_get(const struct entra_ask *, struct entra_answer *);

/* The name of a source, for people. */
const char *entra_source_name(int source);

#endif
