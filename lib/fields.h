/* SPDX-License-Identifier: MIT */
#ifndef FIELDS_H
#define FIELDS_H

#include <stddef.h>

#include "arena.h"
#include "err.h"
#include "json.h"
#include "strs.h"

/*
 * Objects that people write, read into structs by a table.  A member that no
 * table names is an error: a typo would otherwise drop a setting silently.
 * null counts as absent, and so does "".
 */
enum field_type {
	FIELD_STR,  /* const char *, NULL when absent; borrowed */
	FIELD_STRS, /* struct strs; elements may not be "" */
	FIELD_MAP,  /* const struct json *, an object, NULL when absent */
};

struct field {
	const char *name; /* NULL ends the table */
	enum field_type type;
	size_t at; /* offsetof the target */
};

/* Where an object stands; messages read "FILE:LINE: PATH.member: what". */
struct place {
	const char *file; /* NULL: no file and no line, as for an API object */
	const char *path; /* "spec.transform"; NULL or "" for the top */
};

/*
 * Read o's members to the struct at out, which the caller has zeroed.  Strings
 * are borrowed from o, lists live in the arena.  Returns -1 with ST_DATA at
 * the first member that is wrong; those before it are set.
 */
int fields_read(struct arena *, const struct json *o, const struct place *,
    const struct field *, void *out, struct err *);

/*
 * Say what is wrong with a member (NULL: the object itself); v gives the
 * line.  Returns -1 with ST_DATA.
 */
int fields_err(struct err *, const struct place *, const struct json *v,
    const char *member, const char *fmt, ...)
    __attribute__((format(printf, 5, 6)));

/* "text", "a number", "a list": v's type in words. */
const char *fields_kind(const struct json *v);

#endif
