/* SPDX-License-Identifier: MIT */
#ifndef CEL_TYPES_H
#define CEL_TYPES_H

#include "buf.h"
#include "cel/value.h"

/*
 * The types of the checker.  Parameters stand for types that are not known
 * yet (what an empty list holds); fitting types together finds them out.
 */
struct cel_type {
	enum cel_kind kind;
	struct cel_type *a; /* of a list, a map's keys, a type; what a
			     * parameter was found to be */
	struct cel_type *b; /* of a map's values */
};

/* What was found out, so that it can be taken back. */
struct cel_types {
	struct arena *a;
	struct cel_found *found;
};

/* A type of that kind; a and b as it needs them. */
struct cel_type *cel_type(
    struct cel_types *, enum cel_kind, struct cel_type *a, struct cel_type *b);

/* The type itself where a parameter was found to be one. */
struct cel_type *cel_type_of(struct cel_type *);

/*
 * Whether a value of type from can stand where one of type to is wanted; each
 * may be dyn.  When it can, parameters of both are found out, else nothing
 * changes.
 */
int cel_type_fits(
    struct cel_types *, struct cel_type *from, struct cel_type *to);

/* The same for n types at once. */
int cel_types_fit(struct cel_types *, struct cel_type *const *from,
    struct cel_type *const *to, int n);

/* One type for both, as for the elements of a list: dyn if they differ. */
struct cel_type *cel_type_join(
    struct cel_types *, struct cel_type *, struct cel_type *);

/* Append how the type is written: list(string), map(string, dyn). */
void cel_type_put(struct buf *, struct cel_type *);

#endif
