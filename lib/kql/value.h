/* SPDX-License-Identifier: MIT */
#ifndef KQL_VALUE_H
#define KQL_VALUE_H

#include <stddef.h>

#include "when.h"

/*
 * Text to values as Kusto's literals and conversions read it, for the parser
 * (datetime(2015-12-31 23:59), 1.5h, time(1.02:03:04)), for todatetime() and
 * totimespan(), and for data files.  All n bytes must be read, blanks around
 * them left out.  Return 0, or -1 when it is none.
 */

/* ISO 8601 in full or cut anywhere, RFC 822 and 850, MM-DD-YYYY; no zone is
 * UTC. */
int value_datetime(const char *, size_t n, ticks *);

/* [-][d.]hh:mm[:ss[.fffffff]], digits alone (days), or a number and a unit: d
 * h m s ms, day(s), hour(s), hr(s), min(ute)(s), sec(ond)(s), milli(second)(s),
 * micro(second)(s), nanosecond(s), tick(s). */
int value_timespan(const char *, size_t n, ticks *);

/* 32 hexadecimal digits, dashes anywhere, maybe in {}: 8-4-4-4-12 to out. */
int value_guid(const char *, size_t n, char out[37]);

#endif
