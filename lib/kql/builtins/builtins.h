/* SPDX-License-Identifier: MIT */
#ifndef KQL_BUILTINS_H
#define KQL_BUILTINS_H

#include <stddef.h>

#include "kql/types.h"

/* How the result is called when nobody says. */
enum naming {
	NAME_NONE,    /* Column1 */
	NAME_FIRST,   /* as the first argument, else prefix */
	NAME_COLUMN,  /* as the column that the first argument names, if any */
	NAME_ONLY,    /* as the argument, when there is one only */
	NAME_PREFIX,  /* prefix_ and the first argument's name */
	NAME_SEVERAL, /* as bind/several.c has it */
	NAME_COLUMNS, /* several columns: prefix has the name and the type of
	               * each, with a space behind both */
};

/*
 * A function or aggregate: one row for each way to call it, the first that
 * fits is taken.
 *
 * params has a letter for each: b bool, i int or long, I the same or dynamic,
 * r real, n any of these three numbers or decimal, taken as real, m decimal,
 * M any of the four, taken as decimal, s string, S string or dynamic,
 * d datetime, t timespan, g guid, y dynamic, a any, A any but dynamic, x any,
 * taken as its text, X the same but dynamic, j any, taken as JSON, J the same
 * but dynamic, T typeof() at the end.  Those of a row with c are brought to one
 * type; e as c, but dynamic only with its like; o as c, of types with an order.
 * Behind ? they may be left out; * repeats the last any number of times, & the
 * last two.
 *
 * result: b i l r s d t g y; 1 the type of the first argument, c that of the
 * c's, w the wider of numbers, L long where that is int, else as 1.
 *
 * sql: a template (plan.h), or @ for the conversion to the result's type, or
 * ! and a word: bind/special.c knows it.
 */
struct builtin {
	const char *name;
	const char *params;
	char result;
	enum naming naming;
	const char *prefix;
	const char *sql;
};

/* The tables, each ended by a row without a name, the list by NULL. */
extern const struct builtin *const kql_functions[], *const kql_aggregates[],
							*const kql_windows[];

/* The first row of that name in a list of tables, or NULL; the others follow
 * it. */
const struct builtin *builtin_find(
    const struct builtin *const *tables, const char *name);

/* Has the service something of that name that this engine lacks? */
enum missing {
	MISSING_OPERATOR,
	MISSING_FUNCTION, /* or aggregate */
	MISSING_PLUGIN,
};
int builtin_missing(enum missing, const char *name);

#endif
