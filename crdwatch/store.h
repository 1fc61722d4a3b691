/* SPDX-License-Identifier: MIT */
#ifndef STORE_H
#define STORE_H

#include <stddef.h>
#include <stdint.h>

#include "arena.h"
#include "buf.h"
#include "map.h"

/*
 * What is known of each resource, and which of them are to be looked at again.
 * The queue holds names, never events: a resource that changes ten times while
 * the reader is slow is looked at once, as it is then.
 */

/* An object as one file has it. */
struct doc {
	struct store *home;
	struct entry *entry;
	struct doc *peer;    /* the next of the same key, by path and line */
	struct doc *sibling; /* the next of the same file */
	unsigned refs;
	const char *path; /* borrowed from its file */
	int line;
	uint64_t list;      /* of an API, the last that had it; else 0 */
	uint64_t uid;       /* hash of it; 0: it has none */
	int excluded;       /* its criteria do not match, or it is */
	int foreign;        /* of another shard */
	int selects;        /* it has a summaryRuleSelector */
	int stale;          /* its file is being read again */
	const char *type;   /* of its problem's condition; NULL: none */
	const char *reason; /* constant, as type is */
	struct buf message; /* of its problem */
	struct buf text;    /* the object as JSON; of a file, without status */
};

/* A resource (or its part for one rule) by its key. */
struct entry {
	struct buf key;    /* "namespace/name[+rule]" */
	struct doc *docs;  /* more than one is an error */
	struct doc *shown; /* of the last event, unless that was DELETED */
	uint64_t hash;     /* of what that event said */
	int problem;       /* that event told of a problem */
	uint64_t logged;   /* hash of the problem that the log has */
	int excluded;      /* the log has said that it does not match */
	int queued;
	struct entry *next; /* in the queue, or of the free ones */
};

struct store {
	struct arena mem; /* docs and entries, used again when free */
	struct map entries;
	struct doc *free_docs;
	struct entry *free_entries;
	struct entry *head, *tail; /* the queue */
	int64_t shown, problems;   /* entries that are, and how many so */
};

/* A new doc, held once by the caller. */
struct doc *store_doc(struct store *);

/* Drop one hold of a doc (NULL is allowed). */
void store_release(struct doc *);

/* Put a doc under its key, or take it away; either queues the entry. */
void store_attach(struct store *, struct doc *, const char *key);
void store_detach(struct doc *);

/* The entry of that key, or NULL. */
struct entry *store_get(const struct store *, const char *key);

/* Take away the docs of an API that are of an older list. */
void store_sweep(struct store *, uint64_t list);

/* Queue the entry of that key, if there is one. */
void store_touch(struct store *, const char *key);

/* Queue those whose key starts so; "" is all. */
void store_touch_all(struct store *, const char *prefix);

/* Take the next entry off the queue, or NULL. */
struct entry *store_pop(struct store *);

/* Note what an event has said of an entry; doc NULL: it is gone. */
void store_show(
    struct store *, struct entry *, struct doc *, uint64_t hash, int problem);

/* Give the memory back; docs that others hold are gone too. */
void store_fini(struct store *);

#endif
