/* SPDX-License-Identifier: MIT */
#ifndef KQL_PLAN_H
#define KQL_PLAN_H

#include <stddef.h>
#include <stdint.h>

#include "kql/fail.h"
#include "kql/types.h"

/*
 * A query as it was understood: every name looked up, every value typed.  The
 * compiler turns it into SQL and cannot fail but by size.  All of it lives in
 * the arena of the query.
 */

/* A column of a step.  sql is its name there, quoted: SQLite's names know no
 * case, so two columns x and X are "x" and "X$2". */
struct column {
	const char *name;
	const char *sql;
	enum kql_type type;
	unsigned size; /* of what computes it, as in a tx */
};

struct schema {
	struct column **columns;
	size_t n, room;
	int open; /* others may be there: the table is not known */
};

#define SIZE_MANY 1000000U

enum tx_kind {
	TX_CONST,  /* null, or n, real or text as the type asks */
	TX_COLUMN, /* of the input */
	TX_CALL,   /* sql, a template, over args */
	TX_QUERY,  /* plan: as a scalar, or as the list of sql's IN */
};

struct plan;
struct tx;

/* A value that a call gives beside its own, and what it is called. */
struct extra {
	const char *name;
	struct tx *value;
	struct extra *next;
};

/*
 * A typed expression.  In templates $1 is the first argument, #1 the same in
 * parentheses if it needs them, ?1 the same where null is as good as false,
 * $* all by commas, $2* all from the second on, #+ all by ||, #& by AND and #|
 * by OR (?& and ?| where null is as good as false), $q the SELECT of plan.  A
 * window function's template ends in OVER o: o is the order of the rows.
 */
struct tx {
	enum tx_kind kind;
	enum kql_type type;
	struct kql_at at;
	int null;
	int aggregate; /* an aggregate is in it */
	int random;    /* another value each time it is worked out */
	int columns;   /* a column is in it */
	int windows;   /* a window function is in it, or what is apart */
	int window;    /* it is one itself */
	int apart;     /* it is worked out once, in a step of its own */
	int depth;     /* calls in one another; a CASE counts twice */
	unsigned size; /* nodes in all, up to SIZE_MANY, columns seen through */
	int64_t n;
	double real;
	const char *text;
	size_t len;
	const struct column *column;
	const char *sql; /* the template */
	const char
	    *filter; /* another where null is as good as false, or NULL */
	struct tx **args;
	size_t nargs;
	struct plan *plan;
	const char *name; /* of a call that gives several values: the first's */
	struct extra *more; /* and the others; nothing around it sees them */
	struct cut *cut;    /* the compiler's, of cut_for; let shares parts */
	const struct plan *cut_for;
};

struct sort_key {
	struct tx *value;
	int descending;
	int nulls_last;
};

/*
 * Partition, mv-apply and their like run a query for each part of the rows.
 * Its steps carry hidden columns that tell the parts, and group, count and
 * number rows within them.
 */
struct part {
	struct plan *start; /* its first step, which has all parts */
	struct schema keys; /* what tells them, outer ones first */
	struct schema kept; /* other columns, the same all over a part */
};

enum plan_kind {
	P_SCAN,    /* table */
	P_ROWS,    /* values, row by row; nrows */
	P_RANGE,   /* values: from, to, step */
	P_FILTER,  /* filter */
	P_PROJECT, /* values: one for each column */
	P_GROUP,   /* values: nkeys keys, then aggregates */
	P_SORT,    /* keys */
	P_LIMIT,   /* limit */
	P_UNION,   /* inputs; values: for each input each column */
	P_CHAIN,   /* values: the number of each row; what its columns are,
	            * from those of the row before too; and at first */
	P_EACH,    /* each: a table function; values: one for each column */
	P_JOIN,    /* inputs, join, on; values: one for each column */
	P_FIRST,   /* values: nkeys keys, of each the first row */
	P_COMPUTE, /* the compiler's: values as hidden columns beside all */
};

/*
 * What P_JOIN gives of the rows of inputs[0]: on is pairs of columns that must
 * be alike, one of inputs[0] and one of inputs[1], nkeys of them.  All columns
 * of both have names of their own, so that none needs a table in front.  In
 * inputs[1] of JOIN_ANTI the column "$hit" is 1.  JOIN_FULL has more: the rows
 * of inputs[1] that are not in inputs[2], with the second halves of on and
 * values.  filter is one more condition of the pairs, or NULL.
 */
enum join_kind {
	JOIN_INNER,
	JOIN_OUTER,
	JOIN_FULL,
	JOIN_ANTI,
};

struct plan {
	enum plan_kind kind;
	struct kql_at at;
	const char *name;     /* the operator, for comments */
	struct plan *input;   /* of P_FILTER to P_LIMIT */
	struct plan **inputs; /* of P_UNION, P_JOIN */
	size_t ninputs;
	struct schema out;
	struct schema hidden; /* P_COMPUTE */
	int windows;          /* P_COMPUTE: a window function is among them */
	const char *table;    /* P_SCAN: its name; where it stands is sql */
	const char *sql;
	struct tx *filter;
	struct tx *each; /* P_EACH: called for each row, its table adds */
	int many;        /* P_EACH: maybe several rows for one */
	struct tx **values;
	size_t nrows;
	size_t nkeys;
	struct sort_key *keys;
	enum join_kind join;
	struct tx **on;
	int64_t limit;
	const struct part *part; /* whose columns it carries, or NULL */
	int numbered;      /* P_COMPUTE: the first value is the row's number */
	int materialize;   /* SQLite is not to see through this step */
	int serialized;    /* rows have an order that prev() may ask for */
	const void *owner; /* the compiler's: whose step it is, */
	int number;        /* which one, and */
	const struct plan *order; /* the P_SORT whose keys it carries */
};

/* A whole query: its results, in order. */
struct result {
	struct plan *plan;
	const char *name;   /* that fork gives it, or NULL */
	const char *render; /* the chart, or NULL */
	struct result *next;
};

#endif
