/* SPDX-License-Identifier: MIT */
#ifndef KQL_LEX_STRING_H
#define KQL_LEX_STRING_H

#include <stddef.h>

#include "buf.h"

/* Does a string literal start at p: "x", 'x', @"x", h"x", ```x```, ~~~x~~~? */
int lex_is_string(const char *p, const char *end);

/*
 * Read the string literal at p, escapes resolved, to value.  Returns where it
 * ends, or NULL with why.
 */
const char *lex_string(
    const char *p, const char *end, struct buf *value, const char **why);

#endif
