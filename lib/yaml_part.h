/* SPDX-License-Identifier: MIT */
#ifndef YAML_PART_H
#define YAML_PART_H

#include <stddef.h>

/*
 * A YAML text in parts, each of which can be read by itself: the documents
 * between lines that start with "---".
 */

/* Whether a line of n bytes is the mark "---" or "...", with more behind it. */
int yaml_part_marked(const char *s, size_t n, const char *mark);

/*
 * Where the part that starts at that byte of n ends: in front of the second
 * "---", or behind "...".  Comments and directives in front of the first go
 * with it.
 */
size_t yaml_part_end(const char *text, size_t n, size_t at);

/* Ends of lines in n bytes. */
size_t yaml_part_lines(const char *s, size_t n);

#endif
