/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "status.h"
#include "when.h"
#include "zone.h"

#define ZONES    "/usr/share/zoneinfo"
#define FILE_MAX (256 << 10)

/* A day of the year when clocks change: week 5 is the last one. */
struct rule {
	int month, week, weekday;
	int64_t second; /* of that day, local */
};

struct zone {
	char *data; /* the file */
	size_t n;
	const char *times; /* changes, big-endian, count of them */
	const char *kinds; /* what each changes to */
	const char *types; /* six bytes each, the offset first */
	int64_t count, ntypes;
	int64_t standard, summer; /* behind the last change */
	int has_summer;
	struct rule from, to; /* of summer time */
};

static int64_t
number(const char *s, int bytes)
{
	uint64_t v = (signed char)*s < 0 ? UINT64_MAX : 0;

	for (int i = 0; i < bytes; i++)
		v = v << 8 | (unsigned char)s[i];
	return (int64_t)v;
}

static int64_t
type_offset(const struct zone *z, int type)
{
	return type < z->ntypes ? number(z->types + 6 * type, 4) : 0;
}

/* [+-]hh[:mm[:ss]] as seconds. */
static const char *
take_seconds(const char *s, int64_t *v)
{
	int negative = *s == '-';
	int64_t unit = 3600;

	*v = 0;
	s += *s == '-' || *s == '+';
	for (; unit > 0; unit /= 60) {
		char *end;

		*v += strtol(s, &end, 10) * unit;
		s = end;
		if (*s != ':')
			break;
		s++;
	}
	if (negative)
		*v = -*v;
	return s;
}

static const char *
skip_letters(const char *s)
{
	if (*s == '<')
		return strchr(s, '>') != NULL ? strchr(s, '>') + 1 : s;
	while ((*s | 0x20) >= 'a' && (*s | 0x20) <= 'z')
		s++;
	return s;
}

/* ,Mm.w.d[/time]; rules by the day of the year are not in use. */
static const char *
take_rule(const char *s, struct rule *r)
{
	int n = 0;

	r->second = 7200;
	if (sscanf(s, ",M%d.%d.%d%n", &r->month, &r->week, &r->weekday, &n) !=
		3 ||
	    r->month < 1 || r->month > 12)
		return NULL;
	s += n;
	return *s == '/' ? take_seconds(s + 1, &r->second) : s;
}

/* What holds behind the last change: CET-1CEST,M3.5.0,M10.5.0/3. */
static void
read_footer(struct zone *z, const char *s)
{
	s = take_seconds(skip_letters(s), &z->standard);
	z->standard = -z->standard;
	z->summer = z->standard + 3600;
	if (*s == '\0' || *s == '\n')
		return;
	s = skip_letters(s);
	if (*s != ',') {
		s = take_seconds(s, &z->summer);
		z->summer = -z->summer;
	}
	if ((s = take_rule(s, &z->from)) != NULL &&
	    take_rule(s, &z->to) != NULL)
		z->has_summer = 1;
}

/* The parts of a file: counts of what follows, from byte 20 of its head. */
struct layout {
	int64_t utc, standard, leaps, changes, types, letters;
};

#define HEAD 44

static size_t
read_head(struct layout *l, const char *s, int bytes)
{
	l->utc = number(s + 20, 4);
	l->standard = number(s + 24, 4);
	l->leaps = number(s + 28, 4);
	l->changes = number(s + 32, 4);
	l->types = number(s + 36, 4);
	l->letters = number(s + 40, 4);
	return HEAD +
	    (size_t)(l->changes * (bytes + 1) + l->types * 6 + l->letters +
		l->leaps * (bytes + 4) + l->standard + l->utc);
}

/* The second half of the file has times of 64 bits.  0, or -1. */
static int
read_zone(struct zone *z)
{
	struct layout l;
	const char *s = z->data;
	size_t first, second;

	if (z->n < HEAD || memcmp(s, "TZif", 4) != 0 || s[4] < '2')
		return -1;
	first = read_head(&l, s, 4);
	if (first + HEAD > z->n)
		return -1;
	s += first;
	second = read_head(&l, s, 8);
	if (l.changes < 0 || l.types < 1 || first + second + 1 > z->n)
		return -1;
	z->count = l.changes;
	z->ntypes = l.types;
	z->times = s + HEAD;
	z->kinds = z->times + 8 * l.changes;
	z->types = z->kinds + l.changes;
	read_footer(z, z->data + first + second + 1);
	return 0;
}

static int
is_zone_name(const char *s)
{
	return *s != '\0' && *s != '/' && strstr(s, "..") == NULL &&
	    strspn(s,
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
		"0123456789_+-/") == strlen(s);
}

static int
read_file(struct zone *z, const char *name)
{
	char path[256];
	FILE *f;

	if (snprintf(path, sizeof(path), "%s/%s", ZONES, name) >=
		(int)sizeof(path) ||
	    (f = fopen(path, "re")) == NULL)
		return -1;
	if ((z->data = malloc(FILE_MAX + 1)) != NULL)
		z->n = fread(z->data, 1, FILE_MAX, f);
	fclose(f);
	if (z->data == NULL)
		return -1;
	z->data[z->n] = '\0';
	return 0;
}

struct zone *
zone_new(const char *name, struct err *e)
{
	struct zone *z = calloc(1, sizeof(*z));

	if (z != NULL && is_zone_name(name) && read_file(z, name) == 0 &&
	    read_zone(z) == 0)
		return z;
	zone_free(z);
	err_set(e, ST_DATA,
	    "there is no time zone '%.60s' in %s (package tzdata)", name,
	    ZONES);
	return NULL;
}

void
zone_free(struct zone *z)
{
	if (z != NULL)
		free(z->data);
	free(z);
}

/* The second since 1970 when a rule comes to pass in a year, were it UTC. */
static int64_t
rule_second(const struct rule *r, int year)
{
	int64_t day = when_days(year, r->month, 1), last;
	int weekday = (int)((day + 1) % 7); /* 0 is Sunday */

	last = r->month < 12 ? when_days(year, r->month + 1, 1)
			     : when_days(year + 1, 1, 1);
	day += (r->weekday - weekday + 7) % 7 + (r->week - 1) * 7;
	while (day >= last)
		day -= 7;
	return day * 86400 - WHEN_EPOCH / WHEN_SEC + r->second;
}

static int64_t
later_offset(const struct zone *z, int64_t utc)
{
	int year, month, day, in;
	int64_t from, to;

	if (!z->has_summer)
		return z->standard;
	when_civil((utc + z->standard + WHEN_EPOCH / WHEN_SEC) / 86400, &year,
	    &month, &day);
	from = rule_second(&z->from, year) - z->standard;
	to = rule_second(&z->to, year) - z->summer;
	in = from < to ? utc >= from && utc < to : utc >= from || utc < to;
	return in ? z->summer : z->standard;
}

int64_t
zone_offset(const struct zone *z, int64_t utc)
{
	int64_t low = 0, high = z->count;

	if (z->count == 0 || utc >= number(z->times + 8 * (z->count - 1), 8))
		return later_offset(z, utc);
	while (low < high) {
		int64_t mid = (low + high) / 2;

		if (number(z->times + 8 * mid, 8) <= utc)
			low = mid + 1;
		else
			high = mid;
	}
	return type_offset(z, low > 0 ? (unsigned char)z->kinds[low - 1] : 0);
}

int64_t
zone_to_utc(const struct zone *z, int64_t local)
{
	int64_t before = zone_offset(z, local - 86400);
	int64_t after = zone_offset(z, local + 86400);

	if (zone_offset(z, local - after) != after &&
	    zone_offset(z, local - before) == before)
		return local - before;
	return local - after;
}
