/* SPDX-License-Identifier: MIT */
#ifndef KUBECONFIG_H
#define KUBECONFIG_H

#include <stddef.h>

#include "arena.h"
#include "err.h"
#include "json.h"
#include "kube_config.h"

/* A named cluster, user or context of a kubeconfig. */
struct kubeconfig_entry {
	struct kubeconfig_entry *next;
	const char *kind; /* "cluster", "user" or "context" */
	const char *name;
	const char *file; /* where it stood; paths in it are relative to that */
	const struct json *body; /* an object */
};

/* Kubeconfigs as one: of several entries of a name the first wins.  All zero
 * is empty; all lives in an arena. */
struct kubeconfig {
	struct kubeconfig_entry *clusters, *users, *contexts;
	const char *current; /* name of a context, or NULL */
};

/*
 * Add what a file holds; file and text live as long as the arena.  Returns -1
 * with ST_CONFIG: where, what is wrong.
 */
int kubeconfig_add(struct arena *, struct kubeconfig *, const char *file,
    const char *text, size_t n, struct err *);

/* What a context (NULL: the current one) says.  Returns -1 as above. */
int kubeconfig_pick(struct arena *, const struct kubeconfig *,
    const char *context, struct kube_config *, struct err *);

/*
 * Members of an entry or of what is in it: text (NULL when not there, or
 * empty), a truth, text that is a path made absolute.  Return -1 with e for
 * another type.
 */
int kubeconfig_text(const struct kubeconfig_entry *, const struct json *o,
    const char *key, const char **, struct err *);
int kubeconfig_truth(
    const struct kubeconfig_entry *, const char *key, int *, struct err *);
int kubeconfig_path(struct arena *, const struct kubeconfig_entry *,
    const char *key, const char **, struct err *);

/* PEM: the text of KEY-data, else the path of KEY, which can be read. */
int kubeconfig_pem(struct arena *, const struct kubeconfig_entry *,
    const char *key, const char **file, const char **pem, struct err *);

/* What is wrong with v of the entry: "FILE:LINE: KIND NAME: …".  Returns -1
 * with ST_CONFIG. */
int kubeconfig_wrong(const struct kubeconfig_entry *, const struct json *v,
    struct err *, const char *fmt, ...) __attribute__((format(printf, 4, 5)));

/* Read the user of a context: who to be, and how to prove it. */
int kubeconfig_user(struct arena *, const struct kubeconfig_entry *user,
    const struct kubeconfig_entry *cluster, struct kube_config *, struct err *);

/* Read how a program gives the credentials of a user; its cluster is known. */
int kubeconfig_exec(struct arena *, const struct kubeconfig_entry *user,
    const struct kubeconfig_entry *cluster, struct kube_config *, struct err *);

#endif
