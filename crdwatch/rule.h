/* SPDX-License-Identifier: MIT */
#ifndef RULE_H
#define RULE_H

#include "arena.h"
#include "err.h"
#include "json.h"
#include "store.h"

#define RULE_KIND "SummaryRule"

/*
 * Put into d what a summaryRuleSelector needs of a SummaryRule: its labels,
 * database, table and how far it has summarised, as JSON with these members
 * ("until" is left out when it has not said), and what is wrong with it.
 * Returns its key in the arena, or NULL with e set when it cannot be had.
 * path is NULL for an object of an API.
 */
const char *rule_take(struct arena *, const struct json *object,
    const char *path, struct doc *d, struct err *);

#endif
