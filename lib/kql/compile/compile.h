/* SPDX-License-Identifier: MIT */
#ifndef KQL_COMPILE_H
#define KQL_COMPILE_H

#include "arena.h"
#include "buf.h"
#include "kql/bind/plan.h"
#include "kql/fail.h"

/*
 * Append the SELECT that a result comes to: a common table expression for each
 * step, named t1, t2, ..., with its operator in a comment.  Fails when the SQL
 * gets longer than SQLite takes.  hidden is 0
 * for the first result of a query.  Returns 0, or -1 with e.
 */
int compile(struct arena *, int *hidden, const struct result *, struct buf *,
    struct kql_error *e);

/*
 * What the compiler's own files share.
 */
struct compiler {
	struct arena *arena;
	const void *owner; /* whose steps they are: let shares plans */
	struct buf *out;   /* the steps so far */
	int steps;         /* their number */
	int *hidden;       /* columns of split_deep(), of all results */
	int recursive;     /* one of them refers to itself */
	int too_long;
};

/* compile/op.c: make sure that the plan's step is written. */
void compile_plan(struct compiler *, struct plan *);

/* Does a step hand on the order of its input, and its hidden columns? */
int keeps_order(const struct plan *);

/* SELECT value AS "name", ... */
void put_values(
    struct compiler *, struct buf *, const struct plan *, struct tx **values);

/* ORDER BY the keys of a step's order; nothing if it has none. */
void put_order(struct buf *, const struct plan *order);

/* SELECT columns FROM its step, in its order; end is " LIMIT 1" or "". */
void put_select(struct buf *, const struct plan *, const char *end);

/* compile/join.c: a P_JOIN; a P_FIRST, in the order of its input if it has
 * one. */
void put_join(struct compiler *, struct buf *, const struct plan *);
void put_first(struct compiler *, struct buf *, const struct plan *);

/* The columns that tell the parts of a partition, and those that go along. */
void put_part(struct buf *, const struct part *, const char *between);

/* compile/split.c: put what is too deep for SQLite in steps of its own. */
void split_deep(struct compiler *, struct plan *);

/* compile/expr.c: append an expression, as a filter or as a value. */
void put_value(struct compiler *, struct buf *, const struct tx *);
void put_filter(struct compiler *, struct buf *, const struct tx *);

/* The same as one side of AND. */
void put_condition(struct compiler *, struct buf *, const struct tx *);

#endif
