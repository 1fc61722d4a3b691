/* SPDX-License-Identifier: MIT */
#ifndef WHEN_H
#define WHEN_H

#include <stddef.h>
#include <stdint.h>

#include "err.h"

/*
 * Times are ticks of 100 ns, as Kusto counts them: since 0001-01-01T00:00:00
 * UTC (a Monday, so Go's Truncate and Kusto's bin come out the same).  Spans
 * are ticks too.  No double and no local time anywhere.
 */
typedef int64_t ticks;

#define WHEN_MS    INT64_C(10000)               /* ticks in a millisecond */
#define WHEN_SEC   INT64_C(10000000)            /* ticks in a second */
#define WHEN_DAY   (86400 * WHEN_SEC)           /* ticks in a day */
#define WHEN_EPOCH INT64_C(621355968000000000)  /* 1970-01-01 in ticks */
#define WHEN_MAX   INT64_C(3155378975999999999) /* 9999-12-31, last tick */
#define WHEN_TEXT  40 /* bytes that any time or span needs as text */

/* Now, UTC, by CLOCK_REALTIME (KQLPIPE_NOW is kqlrun's affair). */
ticks when_now(void);

/* Milliseconds of CLOCK_MONOTONIC, for deadlines. */
int64_t when_mono_ms(void);

/* Milliseconds since 1970, rounded down; and back. */
int64_t when_to_unix_ms(ticks);
ticks when_from_unix_ms(int64_t ms);

/*
 * RFC 3339 (a zone is needed; "T" or a blank between, up to 9 digits of
 * fraction, the excess over 7 cut) or a date alone.  All n bytes must be read.
 * Returns 0 or -1.
 */
int when_parse(const char *s, size_t n, ticks *t);

/* 2025-06-25T10:00:00Z, a fraction only if there is one, no trailing zeros. */
size_t when_format(char out[WHEN_TEXT], ticks t);

/* 2025-06-25T10:00:00.0000000Z, as Kusto prints a datetime. */
size_t when_format_kusto(char out[WHEN_TEXT], ticks t);

/* [-][d.]hh:mm:ss[.fffffff], as Kusto prints a timespan; and read it. */
size_t when_format_span(char out[WHEN_TEXT], ticks span);
int when_parse_span(const char *s, size_t n, ticks *span);

/*
 * A Go duration (1h30m, 90s, 1.5s, 100ms, -5m; units h m s ms us ns).  Days
 * are refused with a hint.  The error has no context; wrap it.
 */
int when_parse_duration(const char *s, ticks *span, struct err *e);

/* The same in nanoseconds. */
int when_parse_duration_ns(const char *s, int64_t *ns, struct err *e);

/* A span as a Go duration prints itself: 1h30m0s, 500ms, 0s. */
size_t when_format_duration(char out[WHEN_TEXT], ticks span);

/* Civil date to days since 0001-01-01, proleptic Gregorian; and back. */
int64_t when_days(int year, int month, int day);
void when_civil(int64_t days, int *year, int *month, int *day);

/* The greatest multiple of step (> 0) at or before t, also for t < 0. */
ticks when_floor(ticks t, ticks step);

#endif
