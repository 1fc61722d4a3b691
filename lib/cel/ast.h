/* SPDX-License-Identifier: MIT */
#ifndef CEL_AST_H
#define CEL_AST_H

#include "cel/cel.h"
#include "cel/value.h"

/*
 * An expression as a tree, in the arena of the evaluation.  The checker gives
 * each node its type, and puts values in the place of names.
 */
enum cel_node_kind {
	N_VALUE,  /* value */
	N_NAME,   /* name; a leading dot is part of it */
	N_LOCAL,  /* slot: the variable of a loop */
	N_SELECT, /* arg . name */
	N_HAS,    /* has(arg . name) */
	N_CALL,   /* name(args); of a member the first stood in front */
	N_AND,    /* two args or more */
	N_OR,     /* two args or more */
	N_COND,   /* three args */
	N_LIST,   /* args */
	N_MAP,    /* args: key, value, key, value ... */
	N_LOOP,   /* args: what is walked, then as the kind of loop says */
};

enum cel_loop {
	LOOP_ALL,        /* test */
	LOOP_EXISTS,     /* test */
	LOOP_EXISTS_ONE, /* test */
	LOOP_FILTER,     /* test */
	LOOP_MAP,        /* result */
	LOOP_MAP_IF,     /* test, result */
};

struct cel_type;
struct cel_fn;

struct cel_node {
	enum cel_node_kind kind;
	enum cel_loop loop;
	int member; /* N_CALL: written as x.name() */
	int depth;  /* of the tree from here */
	int slot;   /* N_LOCAL; N_LOOP: of its variable */
	struct cel_at at;
	const char *name; /* of a function, field or loop variable too */
	struct cel_value value;
	struct cel_node *args; /* the parts, by next */
	struct cel_node *last; /* of them */
	struct cel_node *next;
	struct cel_type *type;
	const struct cel_fn *fn; /* N_CALL */
};

#define CEL_DEPTH_MAX 250    /* of a tree, and of what stands in brackets */
#define CEL_SIZE_MAX  100000 /* characters of an expression */

/* Read an expression.  Returns NULL with e set. */
struct cel_node *cel_parse(
    struct arena *, const char *text, size_t n, struct cel_error *e);

/*
 * Find the names and types of a tree; *slots is how many variables of loops
 * are there at once.  Returns 0, or -1 with e set.
 */
int cel_check(struct arena *, struct cel_node *, const struct cel_vars *,
    int *slots, struct cel_error *e);

/* Set e to an error at a place.  Returns -1. */
int cel_fail(struct cel_error *e, enum cel_stage, struct cel_at,
    const char *fmt, ...) __attribute__((format(printf, 4, 5)));

#endif
