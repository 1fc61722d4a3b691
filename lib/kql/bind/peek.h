/* SPDX-License-Identifier: MIT */
#ifndef KQL_BIND_PEEK_H
#define KQL_BIND_PEEK_H

#include "kql/bind/bind.h"

/* Takes the text of a row's value, NULL for null; 0, or -1 to stop with the
 * error set. */
typedef int peek_row(void *ctx, const char *text, size_t len);

/*
 * Run what was bound so far, because the columns to come depend on the data:
 * value, over the rows of in, goes to row.  The tables are loaded for it.  Not
 * for a query that is only checked.  Returns 0, or -1 with e.
 */
int peek(
    struct binder *, struct plan *in, struct tx *value, peek_row *, void *ctx);

/* Plugins of evaluate.  x is the call. */
struct plan *bind_bag_unpack(
    struct binder *, struct plan *in, const struct op *, const struct expr *x);
struct plan *bind_pivot(
    struct binder *, struct plan *in, const struct op *, const struct expr *x);
struct plan *bind_narrow(
    struct binder *, struct plan *in, const struct op *, const struct expr *x);
struct plan *bind_ip_lookup(
    struct binder *, struct plan *in, const struct op *, const struct expr *x);

/* A step whose columns were said behind the plugin, or that is to be known
 * from the data of a query that is only checked: then it is open. */
struct plan *evaluated(
    struct binder *, struct plan *in, const struct op *, size_t room);

#endif
