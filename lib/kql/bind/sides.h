/* SPDX-License-Identifier: MIT */
#ifndef KQL_BIND_SIDES_H
#define KQL_BIND_SIDES_H

#include "kql/bind/bind.h"

/*
 * The tables that union, search and find put together (bind/union.c).  Set
 * what, and the others as need be; the tables are found.
 */
struct sides {
	struct plan **plans;
	const char **names; /* for source */
	size_t n, room;
	int inner;          /* only columns that all have */
	int fuzzy;          /* tables that are not there are no error */
	const char *source; /* the column that tells the table, or NULL */
	const char *what;   /* union, search: what names the unnamed */
};

/* Find in, if there is one, and tables; all that the database has if there is
 * neither.  0, or -1 with e: there is none. */
int find_sides(struct binder *, struct sides *, struct plan *in,
    const struct expr *tables, const struct op *);

/* One table of them all; NULL with e. */
struct plan *unite_sides(
    struct binder *, const struct sides *, const struct op *);

#endif
