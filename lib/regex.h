/* SPDX-License-Identifier: MIT */
#ifndef REGEX_H
#define REGEX_H

#include <stddef.h>

#include "err.h"

/*
 * Regular expressions over UTF-8, Unicode-aware: \d and \w are of any script,
 * and case folds in all.  A match that would take for ever is given up.
 */
struct regex;

#define REGEX_GROUPS 32 /* groups that can be asked for, the whole included */

/* Compile a pattern.  Returns NULL with ST_DATA: what is wrong and where. */
struct regex *regex_new(const char *pattern, size_t n, struct err *e);
void regex_free(struct regex *);

/* The same where \d, \s, \w and \b are of ASCII alone, as RE2 has them. */
struct regex *regex_new_ascii(const char *pattern, size_t n, struct err *e);

/* How many groups the pattern has, the whole not counted. */
int regex_groups(const struct regex *);

/* Where a group matched; from is SIZE_MAX when it took no part. */
struct regex_span {
	size_t from, to;
};

/* The number of the group of that name; 0: there is none. */
int regex_group(const struct regex *, const char *name);

/*
 * Find the first match at or behind byte at.  Returns 1 with the spans of the
 * whole (0) and of the groups, 0 if there is none, -1 if it was given up.
 */
int regex_find(struct regex *, const char *s, size_t n, size_t at,
    struct regex_span spans[REGEX_GROUPS]);

/*
 * Whether two texts are the same but for the case of letters of any script, a
 * character for a character (as Go's EqualFold).
 */
int regex_same(const char *, const char *);

#endif
