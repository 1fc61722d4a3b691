/* SPDX-License-Identifier: MIT */
#ifndef EXPO_WRITE_H
#define EXPO_WRITE_H

#include <stddef.h>
#include <stdint.h>

#include "buf.h"

/*
 * The Prometheus text format, samples only.  Names outside of the legacy set
 * are written in quotes ({"my.name","a-b"="x"} 1), as text format 1.0.0 has
 * it.  All text must be UTF-8.
 */

/* Append a sample's name: as it is, or {"quoted" with the brace left open. */
void expo_head(struct buf *, const char *name, size_t n);

/* Append a label's name and =, in quotes if it needs them. */
void expo_key(struct buf *, const char *name, size_t n);

/* Append a name, in quotes if it needs them, as TYPE and HELP have it. */
void expo_name(struct buf *, const char *name, size_t n);

/* Append the text of a HELP, escaped; OpenMetrics escapes quotes too. */
void expo_help(struct buf *, const char *text, int quotes);

/* Append a label alone, name="value", the value escaped. */
void expo_pair(struct buf *, const char *name, const char *value);

/* Append a label to a list, with a comma if it is not the first; key is what
 * expo_key wrote, value is escaped here. */
void expo_label(
    struct buf *, const char *key, size_t key_len, const char *value, size_t n);

/*
 * Append a line: a head, a list of labels (may be empty), a value's text and
 * the milliseconds of its time (NULL: none).
 */
void expo_sample(struct buf *, const struct buf *head, const struct buf *labels,
    const char *value, size_t n, const int64_t *ms);

#endif
