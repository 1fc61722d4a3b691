/* SPDX-License-Identifier: MIT */
#ifndef REWRITE_H
#define REWRITE_H

#include <stddef.h>
#include <stdint.h>

#include "buf.h"
#include "escape.h"

/* The form of a page. */
struct form {
	int openmetrics;
	enum escape escape;
};

/*
 * Append n bytes of lines of a block in another form: names escaped, times in
 * seconds for OpenMetrics.  Returns how many series are left out, as two of
 * their labels become one name; *example (if it is NULL) is where one is.
 */
int64_t rewrite_lines(struct buf *, const char *lines, size_t n, int stamps,
    struct form, const char **example);

#endif
