/* SPDX-License-Identifier: MIT */
#ifndef ITEMS_H
#define ITEMS_H

#include <stddef.h>

#include "buf.h"
#include "err.h"
#include "json.h"

/*
 * Objects cut out of what a Kubernetes API sends: of a list, which is one line
 * of any length, each item; of a watch, the object of each event.  One object
 * at a time is in memory, and metadata.managedFields never is.
 */
#define ITEMS_MAX   (4 << 20) /* bytes of an object, or of what is around it */
#define ITEMS_SHOWN 64        /* bytes of a bad answer that an error shows */

enum items_form {
	ITEMS_LIST,
	ITEMS_WATCH,
};

/*
 * Takes an object as compact JSON; type is the event's, "" in a list.  Returns
 * -1 to stop, e set.
 */
typedef int items_take(
    void *ctx, const char *type, const char *text, size_t n, struct err *);

struct items {
	enum items_form form;
	items_take *take;
	void *ctx;
	struct json_stream *json;
	struct err *e; /* of the bytes that are being fed */

	/* Of a list, once it is whole; empty when not said. */
	struct buf version; /* metadata.resourceVersion */
	struct buf more;    /* metadata.continue */
	int listed;         /* it has items, which may be null */
	int whole;          /* the list's end was seen */

	int depth;        /* open objects and lists */
	int from;         /* depth of the object being cut out; 0: none */
	int skip;         /* depth at which a skipped value ends; 0: none */
	int dropped;      /* the next value is to be skipped */
	int comma, keyed; /* what goes before the next value in text */
	int in_items, in_meta;
	struct buf key[2]; /* the last names at depths 1 and 2 */
	struct buf type, text;
	size_t since; /* bytes since something was whole */
	char shown[ITEMS_SHOWN];
	size_t nshown;
};

/* Begin to read an answer; what was read before is forgotten. */
void items_begin(struct items *, enum items_form);

/* Feed bytes as they come.  Returns -1 with ST_DATA, the first of the bytes
 * that make no sense in the message; or what take has set. */
int items_feed(struct items *, const char *, size_t n, struct err *);

/* The answer has ended.  Returns -1 with ST_DATA when it is not whole. */
int items_end(struct items *, struct err *);

/* Give the memory back. */
void items_fini(struct items *);

#endif
