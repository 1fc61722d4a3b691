/* SPDX-License-Identifier: MIT */
#ifndef KUBE_SET_H
#define KUBE_SET_H

#include <pthread.h>
#include <stddef.h>
#include <stdint.h>

#include "arena.h"

/*
 * The objects that the API of the tests holds, and every version that each of
 * them had, as etcd keeps them: a write makes the next revision, and revisions
 * count through all kinds.  Whoever calls holds the lock.
 */

/* A kind that is served. */
struct kube_kind {
	const char *group; /* "" is the core */
	const char *version;
	const char *plural;
	const char *kind;
	int has_status; /* the subresource, and with it generations */
};

enum kube_change {
	KUBE_ADDED,
	KUBE_MODIFIED,
	KUBE_DELETED,
};

struct kube_version {
	int64_t rev;
	enum kube_change change;
	const char *text; /* the object as JSON; of a deletion the last */
	size_t len;
	struct kube_object *object;
	struct kube_version *was; /* the one before, or NULL */
};

struct kube_object {
	const struct kube_kind *kind;
	const char *path; /* "namespace/name" */
	struct kube_version *now;
};

struct kube_set {
	pthread_mutex_t lock;
	pthread_cond_t news; /* of a version, or of what a watch must do */
	struct arena mem;
	struct kube_object **v; /* by kind and path */
	size_t n, cap;
	struct kube_version **log; /* by revision, from KUBE_FIRST on */
	size_t nlog, caplog;
	int64_t compacted; /* what was before it is forgotten */
};

#define KUBE_FIRST 100 /* the revision of an empty set */

/* The revision of now. */
int64_t kube_set_rev(const struct kube_set *);

/* The kind of that group, version and plural, or NULL. */
const struct kube_kind *kube_kind(
    const char *group, const char *version, const char *plural);

/* All kinds; plural NULL ends. */
const struct kube_kind *kube_kinds(void);

/* The object, or NULL when there is none now. */
const struct kube_object *kube_set_get(
    const struct kube_set *, const struct kube_kind *, const char *path);

/* What it was at a revision; NULL when it was not there. */
const struct kube_version *kube_set_at(const struct kube_object *, int64_t rev);

/* The first object of the kind whose path is not before `path`: an index of v,
 * which ends with those of another kind. */
size_t kube_set_from(
    const struct kube_set *, const struct kube_kind *, const char *path);

/* Make the next revision.  text is copied; it holds that revision already. */
void kube_set_put(struct kube_set *, const struct kube_kind *, const char *path,
    enum kube_change, const char *text, size_t n);

#endif
