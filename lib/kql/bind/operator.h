/* SPDX-License-Identifier: MIT */
#ifndef KQL_BIND_OPERATOR_H
#define KQL_BIND_OPERATOR_H

#include "kql/bind/bind.h"

/* The operators by kind, their two sides bound.  NULL with the error set. */
struct tx *bind_arithmetic(
    struct binder *, const struct expr *, struct tx *left, struct tx *right);
struct tx *bind_compare(
    struct binder *, const struct expr *, struct tx *left, struct tx *right);

/* bind/list.c: take apart the constant arrays behind args[0].  Returns 1 when
 * dynamic values stay, or values of unlike types come out: they need a look at
 * each row, which bind_in_dynamic() gives them. */
int spread_list(struct binder *, struct tx ***args, size_t *n);
struct tx *bind_in_dynamic(
    struct binder *, const struct expr *, struct tx **args, size_t n);

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

/* bind/service.c: functions of where the query runs. */
struct tx *bind_column_ifexists(
    struct binder *, const struct expr *, struct tx **args, size_t n);
struct tx *bind_current_database(
    struct binder *, const struct expr *, struct tx **args, size_t n);
struct tx *bind_ingestion_time(
    struct binder *, const struct expr *, struct tx **args, size_t n);
struct tx *bind_service(
    struct binder *, const struct expr *, struct tx **args, size_t n);

#endif
