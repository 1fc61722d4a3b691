/* SPDX-License-Identifier: MIT */
#ifndef ZONE_H
#define ZONE_H

#include <stdint.h>

#include "err.h"

/* A time zone of the system's data (tzdata), by its name: Europe/Brussels. */
struct zone;

/* Read it.  Returns NULL with e: there is no such zone, or no data. */
struct zone *zone_new(const char *name, struct err *e);
void zone_free(struct zone *);

/* Seconds that local time is ahead of UTC, at a second since 1970 in UTC. */
int64_t zone_offset(const struct zone *, int64_t utc);

/* The second in UTC of a local one.  One that came twice is the second of
 * them; one that was left out is counted as if the change had been before. */
int64_t zone_to_utc(const struct zone *, int64_t local);

#endif
