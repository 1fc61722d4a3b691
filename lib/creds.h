/* SPDX-License-Identifier: MIT */
#ifndef CREDS_H
#define CREDS_H

#include "err.h"

/* Where the headers that say who we are come from; borrowed, NULL: none. */
struct creds_config {
	const char *bearer_file; /* a token */
	const char *basic_file;  /* user:password */
	const char *header_file; /* a header a line; # begins a comment */
	/* Tokens of Microsoft Entra ID for a scope ("": that of Azure Monitor
	 * where url is); url is where the requests go. */
	const char *azure;
	const char *url;
	const char *user_agent; /* of the questions for tokens */
};

/*
 * The headers of requests, with secrets that were read from files.  The files
 * are read again once a minute, since tokens are replaced.
 */
struct creds;

/* Returns NULL with e set (ST_CONFIG) for a file that cannot be used. */
struct creds *creds_new(const struct creds_config *, struct err *e);
void creds_free(struct creds *);

/*
 * The headers now, NULL ends; good until the next call.  A file that cannot be
 * read any more is logged, its last text used.  NULL: with e->code 0 when a
 * token is on its way, else with ST_CONFIG or ST_RETRY.
 */
const char *const *creds_headers(struct creds *, struct err *e);

/* A receiver has answered 401.  Whether there are, or may be soon, others. */
int creds_refused(struct creds *);

/* Readable when creds_read has something to do; -1: never. */
int creds_fd(const struct creds *);

/* Take the token that has come; never waits. */
void creds_read(struct creds *);

#endif
