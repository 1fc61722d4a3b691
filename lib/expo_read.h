/* SPDX-License-Identifier: MIT */
#ifndef EXPO_READ_H
#define EXPO_READ_H

#include <stddef.h>
#include <stdint.h>

#include "arena.h"
#include "err.h"
#include "sample.h"

/*
 * Prometheus text, a line at a time: 0.0.4, and the quoted names of 1.0.0.
 * What is not valid is refused; the error has no line number, wrap it.
 * A sample is read in two halves, so that the text of a series that was seen
 * before need not be read again.
 */

/* Blank lines and comments (HELP and TYPE too) hold no sample. */
int expo_is_sample(const char *line, size_t n);

/*
 * The length of the series' text at the start of a line: a name, labels in
 * braces, or both.  0 with e set when there is none or it does not end.
 */
size_t expo_series_len(const char *line, size_t n, struct err *e);

/*
 * Read the text of a series to labels in the arena, in the order of the text,
 * the metric's name first.  Names and values are checked (names may be any
 * UTF-8), values may be empty, names may repeat.  Returns their count, or 0
 * with e set: there is always a name.
 */
size_t expo_read_series(struct arena *, const char *text, size_t n,
    struct sample_label **labels, struct err *e);

/*
 * Read what stands behind the series: a value and perhaps a timestamp.
 * Returns 1 if there is a timestamp, 0 if not, -1 with e set.
 */
int expo_read_point(
    const char *text, size_t n, double *value, int64_t *ms, struct err *e);

#endif
