/* SPDX-License-Identifier: MIT */
#ifndef DERIVE_H
#define DERIVE_H

#include "arena.h"
#include "map.h"
#include "store.h"

/*
 * The objects derived from resources with a summaryRuleSelector: one for each
 * SummaryRule of the namespace that it matches, under the key
 * "namespace/name+rule".
 */
struct derive {
	struct store *store;  /* of resources; derived ones are put there */
	struct store *rules;  /* of SummaryRules (rule.h) */
	struct map bases;     /* those that select, by key */
	struct arena scratch; /* of one derivation */
};

/*
 * The resource of that key has become this doc, or NULL: it is gone, does not
 * run here, or is wrong.  Its derived objects follow.
 */
void derive_base(struct derive *, const char *key, struct doc *);

/* Do what the changed rules of the store ask for. */
void derive_rules(struct derive *);

/* Whether a resource selects rules. */
int derive_wanted(const struct derive *);

/* Give the memory back; before store_fini. */
void derive_fini(struct derive *);

#endif
