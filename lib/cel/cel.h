/* SPDX-License-Identifier: MIT */
#ifndef CEL_H
#define CEL_H

#include <stddef.h>

/*
 * CEL, the expression language of spec.criteriaExpression: its standard
 * environment (github.com/google/cel-spec, doc/langdef.md) over variables that
 * are strings.  There are no protobuf messages and no extensions.
 */

/* A variable: its name may be anything. */
struct cel_var {
	const char *name;
	const char *value;
};

/* What an expression sees: each variable under its name, under that with "-",
 * "." and "/" turned to "_", and all of them as the map labels. */
struct cel_vars {
	const struct cel_var *v;
	size_t n;
};

/* How far an expression came that has no result. */
enum cel_stage {
	CEL_PARSE,    /* it is no expression */
	CEL_CHECK,    /* names or types do not fit */
	CEL_EVAL,     /* evaluating it failed, or took too long */
	CEL_NOT_BOOL, /* it has a result that is neither true nor false */
};

/* Where something stands in an expression: line and character, from 1. */
struct cel_at {
	int line, column;
};

struct cel_error {
	enum cel_stage stage;
	struct cel_at at;
	char message[320]; /* without the place */
};

/*
 * Evaluate an expression of n bytes; *holds is 1 or 0.  Size, depth, steps and
 * memory have limits.  Returns -1 with e set when there is no such result.
 */
int cel_holds(const char *text, size_t n, const struct cel_vars *, int *holds,
    struct cel_error *e);

#endif
