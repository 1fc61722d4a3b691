/* SPDX-License-Identifier: MIT */
#ifndef LABELS_H
#define LABELS_H

#include <stddef.h>

#include "arena.h"
#include "err.h"

/*
 * The labels of this instance (--cluster-labels): criteria are matched against
 * them, and queries see each as _key.  All zero is none.
 */
struct label {
	const char *key;
	const char *value; /* may be "" */
};

struct labels {
	struct label *v; /* in the order given; each key once */
	size_t n;
};

/*
 * Add the labels of "k=v,k=v" to l; blanks around keys and values do not
 * count, "" adds none.  Copies live in the arena.  Returns -1 with ST_USAGE:
 * no "=", no key, or a key that stands twice.
 */
int labels_parse(
    struct arena *, const char *text, struct labels *l, struct err *);

/* The value of that exact key, or NULL. */
const char *labels_get(const struct labels *, const char *key);

#endif
