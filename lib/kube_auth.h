/* SPDX-License-Identifier: MIT */
#ifndef KUBE_AUTH_H
#define KUBE_AUTH_H

#include <stdint.h>

#include "arena.h"
#include "buf.h"
#include "err.h"
#include "kube_config.h"

/*
 * The credentials of a kube_config, kept fresh: a token's file is read again
 * once a minute, a program is asked again before what it gave expires, in a
 * process of its own, so that nobody waits.
 */
struct kube_auth;

/* Returns NULL with e (ST_CONFIG) for a file that cannot be used. */
struct kube_auth *kube_auth_new(const struct kube_config *, struct err *e);
void kube_auth_free(struct kube_auth *);

/* What a request goes with, each NULL: none; good until the next call. */
struct kube_proof {
	const char *token;
	const char *cert_pem, *key_pem; /* both or none */
	long made; /* which of those that there have been */
};

/*
 * What to ask with now.  Returns 1, 0 when it is on its way (see kube_auth_fd),
 * -1 with e: ST_CONFIG, or ST_RETRY when it may come.
 */
int kube_auth_get(struct kube_auth *, struct kube_proof *, struct err *e);

/* Somebody says that they have been replaced: look at the next question. */
void kube_auth_again(struct kube_auth *);

/* Readable when kube_auth_read has something to do; -1: nothing runs. */
int kube_auth_fd(const struct kube_auth *);

/* Take what has come; never waits. */
void kube_auth_read(struct kube_auth *);

/*
 * The server has answered 401 to that.  Returns 1 when there is another now or
 * may be soon, so that asking once more makes sense, else 0.
 */
int kube_auth_refused(struct kube_auth *, const struct kube_proof *);

/* What an ExecCredential holds; strings live as long as its tree. */
struct kube_credential {
	const char *token, *cert_pem, *key_pem;
	int64_t expires_ms; /* since 1970; 0: not said */
};

/* Read what a program wrote.  Returns -1 with e, which has none of it. */
int kube_credential_read(struct arena *, const char *text, size_t n,
    const char *api_version, struct kube_credential *, struct err *);

#endif
