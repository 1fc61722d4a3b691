/* SPDX-License-Identifier: MIT */
#ifndef KQL_BIND_DECIMAL_H
#define KQL_BIND_DECIMAL_H

#include "kql/bind/bind.h"

/* Are these a decimal and a number, or two decimals? */
int is_decimal_pair(const struct tx *, const struct tx *);

/* The operators over such a pair.  NULL with the error set. */
struct tx *decimal_operator(
    struct binder *, const struct expr *, struct tx *left, struct tx *right);
struct tx *decimal_comparison(
    struct binder *, const char *op, struct tx *left, struct tx *right);

/* -x of a decimal. */
struct tx *decimal_negative(struct binder *, struct tx *);

/* A value as SQLite can order it. */
struct tx *order_key(struct binder *, struct tx *);

#endif
