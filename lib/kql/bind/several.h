/* SPDX-License-Identifier: MIT */
#ifndef KQL_SEVERAL_H
#define KQL_SEVERAL_H

#include "kql/bind/bind.h"

/* An aggregate of NAME_SEVERAL: its first value, with the others as its
 * more.  Returns NULL with e. */
struct tx *bind_several(
    struct binder *, const struct builtin *, const struct expr *);

/* What its first column is called, or NULL. */
const char *several_name(
    struct binder *, const struct builtin *, const struct expr *);

#endif
