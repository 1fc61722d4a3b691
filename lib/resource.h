/* SPDX-License-Identifier: MIT */
#ifndef RESOURCE_H
#define RESOURCE_H

#include <stdint.h>

#include "arena.h"
#include "err.h"
#include "fields.h"
#include "json.h"
#include "transform.h"
#include "when.h"

#define RESOURCE_API  "adx-mon.azure.com/v1"
#define RESOURCE_KIND "MetricsExporter"

/* The annotations of an object derived for one SummaryRule. */
#define RESOURCE_RULE  "kqlpipe/rule"  /* the rule's name */
#define RESOURCE_UNTIL "kqlpipe/until" /* how far it has summarised */

/*
 * A MetricsExporter, checked.  Strings and trees are borrowed from the object
 * it was read from or live in the arena.
 */
struct resource {
	/* Who it is: set by resource_identify. */
	const char *namespace;
	const char *name;
	const char *rule; /* "" when none */
	const char *uid;  /* "" when none, as for files */
	int64_t generation;
	const struct json *status; /* object, or NULL: never ran */

	/* What to do: set by resource_read. */
	const char *database;  /* NULL only when selector stands alone */
	const char *body;      /* the query; NULL as database is */
	ticks interval;        /* whole seconds, at least one */
	ticks ingestion_delay; /* not negative */
	ticks until;           /* of the rule; 0 when not said */
	struct transform transform;
	const struct json *transform_tree; /* as it goes into a @window */
	struct strs destinations;    /* exporter(s), each once; none: all */
	const struct json *selector; /* summaryRuleSelector, or NULL */
};

/*
 * Whether s is a name as Kubernetes allows it: lower-case letters, digits and
 * "-", parts joined by "." if dots is set, at most max bytes.  This keeps "/",
 * ".." and "+" out of the names of status files.
 */
int resource_name_ok(const char *s, size_t max, int dots);

/*
 * Read who an object is: kind, names (as Kubernetes allows them, so they are
 * safe as file names), generation, status.  file is NULL or where the object
 * came from: messages then start "FILE:LINE: ".  Returns -1 with ST_DATA.
 */
int resource_identify(struct arena *, const struct json *object,
    const char *file, struct resource *, struct err *);

/*
 * The same and the whole spec.  On -1 the reason is InvalidSpec, e says which
 * field and why, and who it is stands in r (name NULL when not even that).
 */
int resource_read(struct arena *, const struct json *object, const char *file,
    struct resource *r, struct err *);

/* "namespace/name" or "namespace/name+rule": its key, in the arena. */
const char *resource_key(struct arena *, const struct resource *);

/*
 * Check that a status document is of the resource of that key, where it says
 * whose it is: a file that was copied by hand to another's name is not.
 * Returns -1 with ST_DATA; path is for the message.
 */
int resource_check_owner(
    const struct json *doc, const char *key, const char *path, struct err *);

#endif
