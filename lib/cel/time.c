/* SPDX-License-Identifier: MIT */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cel/arith.h"
#include "cel/fns.h"
#include "cel/time.h"
#include "num.h"
#include "when.h"

#define SECOND_TEXT 19 /* 2025-06-25T10:00:00 */
#define EPOCH       (WHEN_EPOCH / WHEN_SEC)

/* The digits at s as ns; what is behind the ninth is cut.  Returns how many. */
static size_t
read_fraction(const char *s, size_t n, int32_t *ns)
{
	int32_t unit = (int32_t)CEL_NS;
	size_t i;

	*ns = 0;
	for (i = 0; i < n && s[i] >= '0' && s[i] <= '9'; i++) {
		unit /= 10;
		*ns += unit * (s[i] - '0');
	}
	return i;
}

int
cel_read_timestamp(const char *s, size_t n, struct cel_value *out)
{
	char whole[SECOND_TEXT + 8];
	size_t digits = 0, zone = SECOND_TEXT;
	int32_t ns = 0;
	ticks t;

	/* Kusto's times have more shapes than those of CEL. */
	if (n <= SECOND_TEXT || s[10] != 'T' || s[n - 1] == 'z')
		return -1;
	if (s[SECOND_TEXT] == '.') {
		digits = read_fraction(
		    s + SECOND_TEXT + 1, n - SECOND_TEXT - 1, &ns);
		zone += 1 + digits;
		if (digits == 0)
			return -1;
	}
	if (n - zone > 6)
		return -1;
	memcpy(whole, s, SECOND_TEXT);
	memcpy(whole + SECOND_TEXT, s + zone, n - zone);
	if (when_parse(whole, SECOND_TEXT + n - zone, &t) == -1)
		return -1;
	*out = (struct cel_value){
		.kind = CK_TIMESTAMP, .ns = ns, .i = t / WHEN_SEC - EPOCH
	};
	return 0;
}

int
cel_read_duration(const char *s, size_t n, struct cel_value *out)
{
	struct err ignored;
	char text[CEL_TIME_MAX];

	if (n == 0 || n >= sizeof(text) || memchr(s, '\0', n) != NULL)
		return -1;
	memcpy(text, s, n);
	text[n] = '\0';
	*out = (struct cel_value){ .kind = CK_DURATION };
	return when_parse_duration_ns(text, &out->i, &ignored);
}

/* Append a fraction of a second without zeros at its end. */
static size_t
put_fraction(char *out, size_t n, int64_t ns)
{
	if (ns == 0)
		return n;
	n += (size_t)sprintf(out + n, ".%09" PRId64, ns);
	while (out[n - 1] == '0')
		n--;
	return n;
}

size_t
cel_put_timestamp(char out[CEL_TIME_MAX], const struct cel_value *t)
{
	size_t n = when_format(out, (t->i + EPOCH) * WHEN_SEC) - 1;

	n = put_fraction(out, n, t->ns);
	strcpy(out + n, "Z");
	return n + 1;
}

size_t
cel_put_duration(char out[CEL_TIME_MAX], int64_t ns)
{
	uint64_t u = ns < 0 ? -(uint64_t)ns : (uint64_t)ns;
	size_t n = (size_t)sprintf(
	    out, "%s%" PRIu64, ns < 0 ? "-" : "", u / (uint64_t)CEL_NS);

	n = put_fraction(out, n, (int64_t)(u % (uint64_t)CEL_NS));
	strcpy(out + n, "s");
	return n + 1;
}

enum part {
	YEAR,
	MONTH,
	DAY_OF_YEAR,
	DAY_OF_MONTH,
	DATE,
	DAY_OF_WEEK,
	HOURS,
	MINUTES,
	SECONDS,
	MILLISECONDS,
};

/* [+-]hh:mm as seconds.  Returns 0 or -1. */
static int
read_offset(const char *s, size_t n, int64_t *offset)
{
	int negative = n > 0 && *s == '-';
	int64_t h, m;

	if (n > 0 && (*s == '-' || *s == '+')) {
		s++;
		n--;
	}
	if (n != 5 || s[2] != ':' || *s == '-' || s[3] == '-' ||
	    num_parse_int(s, 2, &h) == -1 ||
	    num_parse_int(s + 3, 2, &m) == -1 || h > 23 || m > 59)
		return -1;
	*offset = (h * 60 + m) * 60 * (negative ? -1 : 1);
	return 0;
}

/* Make the zone the one that r keeps. */
static int
load_zone(struct cel_run *r, const char *name)
{
	struct err e;

	if (r->zone != NULL && strcmp(r->zone_name, name) == 0)
		return 0;
	if (cel_run_work(r, 1000) == -1)
		return -1;
	zone_free(r->zone);
	r->zone_name = name;
	if ((r->zone = zone_new(name, &e)) == NULL)
		return cel_run_fail(r, "%s", e.msg);
	return 0;
}

/* Seconds that the zone is ahead of UTC at a second since 1970. */
static int
find_offset(struct cel_run *r, const struct cel_value *zone, int64_t utc,
    int64_t *offset)
{
	const char *s = zone->s.s;
	size_t n = zone->s.n;

	*offset = 0;
	if (n == 0 || (n == 3 && memcmp(s, "UTC", 3) == 0))
		return 0;
	if (memchr(s, ':', n) != NULL)
		return read_offset(s, n, offset) == -1
		    ? cel_run_fail(r, "'%.*s' is no offset such as +02:00",
			  (int)(n < 40 ? n : 40), s)
		    : 0;
	if (load_zone(r, arena_strndup(r->a, s, n)) == -1)
		return -1;
	*offset = zone_offset(r->zone, utc);
	return 0;
}

/* A part of a date; days are counted from 0001-01-01. */
static int64_t
date_part(enum part what, int64_t days)
{
	int year, month, day;

	when_civil(days, &year, &month, &day);
	switch (what) {
	case YEAR:
		return year;
	case MONTH:
		return month - 1;
	case DAY_OF_YEAR:
		return days - when_days(year, 1, 1);
	case DAY_OF_MONTH:
		return day - 1;
	case DATE:
		return day;
	default: /* the first day was a Monday, and Sunday is 0 */
		return ((days + 1) % 7 + 7) % 7;
	}
}

/* t.getHours(), t.getHours(zone) */
static int
part_of_time(struct cel_run *r, const struct cel_value *args, int n,
    struct cel_value *out)
{
	enum part what = (enum part)r->fn->what;
	int64_t offset = 0, local, days, second;

	if (n == 2 && find_offset(r, &args[1], args->i, &offset) == -1)
		return -1;
	local = args->i + EPOCH + offset;
	days = local / 86400 - (local % 86400 < 0);
	second = local - days * 86400;
	if (what == HOURS)
		*out = cel_int(second / 3600);
	else if (what == MINUTES)
		*out = cel_int(second / 60 % 60);
	else if (what == SECONDS)
		*out = cel_int(second % 60);
	else if (what == MILLISECONDS)
		*out = cel_int(args->ns / 1000000);
	else
		*out = cel_int(date_part(what, days));
	return 0;
}

/* d.getHours(): the whole of it in that unit, milliseconds too, as upstream
 * has it; the specification wants those of the last second alone. */
static int
part_of_span(struct cel_run *r, int64_t ns, struct cel_value *out)
{
	static const int64_t units[] = {
		[HOURS] = 3600 * CEL_NS,
		[MINUTES] = 60 * CEL_NS,
		[SECONDS] = CEL_NS,
		[MILLISECONDS] = CEL_NS / 1000,
	};

	*out = cel_int(ns / units[r->fn->what]);
	return 0;
}

static int
part(struct cel_run *r, const struct cel_value *args, int n,
    struct cel_value *out)
{
	return args->kind == CK_DURATION ? part_of_span(r, args->i, out)
					 : part_of_time(r, args, n, out);
}

#define DATES SIGNATURES(".t>i", ".ts>i")
#define BOTH  SIGNATURES(".t>i", ".ts>i", ".D>i")

const struct cel_fn cel_fns_time[] = {
	{ "getFullYear", part, DATES, YEAR },
	{ "getMonth", part, DATES, MONTH },
	{ "getDayOfYear", part, DATES, DAY_OF_YEAR },
	{ "getDayOfMonth", part, DATES, DAY_OF_MONTH },
	{ "getDate", part, DATES, DATE },
	{ "getDayOfWeek", part, DATES, DAY_OF_WEEK },
	{ "getHours", part, BOTH, HOURS },
	{ "getMinutes", part, BOTH, MINUTES },
	{ "getSeconds", part, BOTH, SECONDS },
	{ "getMilliseconds", part, BOTH, MILLISECONDS },
	{ NULL, NULL, NULL, 0 },
};
