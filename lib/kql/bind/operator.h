/* SPDX-License-Identifier: MIT */
#ifndef KQL_BIND_OPERATOR_H
#define KQL_BIND_OPERATOR_H

#include "kql/bind/bind.h"

/* The operators by kind, their two sides bound.  NULL with the error set. */
struct tx *bind_arithmetic(
    struct binder *, const struct expr *, struct tx *left, struct tx *right);
struct tx *bind_compare(
    struct binder *, const struct expr *, struct tx *left, struct tx *right);

/* Name number i of the operators between two values, or NULL past the last.
 * For the manual. */
const char *infix_name(size_t i);

/* Any of them but and, or. */
struct tx *bind_operator(
    struct binder *, const struct expr *, struct tx *left, struct tx *right);

/* bind/search.c: the same, or x : term; and * instead of the left side. */
struct tx *bind_match(
    struct binder *, const struct expr *, struct tx *left, struct tx *right);
struct tx *bind_star(struct binder *, const struct expr *, struct tx *right);

#endif
