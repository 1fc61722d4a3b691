/* SPDX-License-Identifier: MIT */
#ifndef KQL_JSON_TEXT_H
#define KQL_JSON_TEXT_H

#include <stddef.h>

#include "arena.h"

/*
 * The compact JSON of what stands in dynamic(...): JSON, also with strings in
 * single quotes and Kusto's own literals (1d, datetime(...), dynamic() itself),
 * which become values as fn/dyn.h has them.  The JSON null sets *null.  Returns
 * NULL with why.
 */
const char *json_text(
    struct arena *, const char *, size_t n, int *null, const char **why);

#endif
