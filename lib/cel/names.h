/* SPDX-License-Identifier: MIT */
#ifndef CEL_NAMES_H
#define CEL_NAMES_H

#include "cel/ast.h"

/*
 * What a name (with dots, maybe) stands for outside of loops: a label, the map
 * of all, or a type; in the arena.  Returns 1, 0 if there is none, or -1 with
 * e set when it may be two.
 */
int cel_name_find(struct arena *, const struct cel_vars *, const char *name,
    struct cel_at, struct cel_value *out, struct cel_error *e);

#endif
