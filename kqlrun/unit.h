/* SPDX-License-Identifier: MIT */
#ifndef UNIT_H
#define UNIT_H

#include <stdint.h>

#include "resource.h"
#include "strs.h"

/*
 * A resource (or its run for one rule) as it last came: what is needed to run
 * it, in as little memory as that takes, since there may be 100,000.
 */
struct unit {
	const char *key; /* resource_key() */
	const char *namespace;
	const char *name;
	const char *rule; /* "" when none */
	const char *uid;  /* "" when none */
	int64_t generation;
	const char *database;     /* NULL: it is not run by itself */
	const char *body;         /* the query */
	const char *transform;    /* JSON, as it goes into a @window */
	struct strs destinations; /* all that it is for */
	char *said;               /* the condition it has from us, or NULL */
	void *text;               /* holds what is above */
};

/* Of that key, as yet without anything else.  Its address stays until it is
 * freed. */
struct unit *unit_new(const char *key);
void unit_free(struct unit *);

/* Take what r says, and nothing of its memory; `all` are the destinations of
 * one that names none, and are borrowed. */
void unit_set(struct unit *, const struct resource *r, const struct strs *all);

#endif
