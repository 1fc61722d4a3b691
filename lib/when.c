/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "num.h"
#include "status.h"
#include "when.h"

#define UNIX_MS (WHEN_EPOCH / WHEN_MS)
#define NS      INT64_C(1000000000) /* in a second */

ticks
when_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return WHEN_EPOCH + ts.tv_sec * WHEN_SEC + ts.tv_nsec / 100;
}

int64_t
when_mono_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

ticks
when_floor(ticks t, ticks step)
{
	ticks rest = t % step;

	return rest < 0 ? t - rest - step : t - rest;
}

int64_t
when_to_unix_ms(ticks t)
{
	return when_floor(t, WHEN_MS) / WHEN_MS - UNIX_MS;
}

ticks
when_from_unix_ms(int64_t ms)
{
	return (ms + UNIX_MS) * WHEN_MS;
}

/*
 * Years are counted from March so that the leap day comes last: day 0 of the
 * count is 0000-03-01, 306 days before 0001-01-01.
 */
int64_t
when_days(int year, int month, int day)
{
	int64_t y = month <= 2 ? (int64_t)year - 1 : year;
	int64_t m = month <= 2 ? month + 9 : month - 3;

	return y * 365 + y / 4 - y / 100 + y / 400 + (153 * m + 2) / 5 + day -
	    1 - 306;
}

void
when_civil(int64_t days, int *year, int *month, int *day)
{
	int64_t d = days + 306, era = d / 146097, in = d % 146097;
	int64_t y = (in - in / 1460 + in / 36524 - in / 146096) / 365;
	int64_t yday = in - (365 * y + y / 4 - y / 100);
	int64_t m = (5 * yday + 2) / 153;

	*day = (int)(yday - (153 * m + 2) / 5 + 1);
	*month = (int)(m < 10 ? m + 3 : m - 9);
	*year = (int)(y + era * 400 + (*month <= 2));
}

/* Exactly n digits.  Returns their value, or -1. */
static int
digits(const char *s, int n)
{
	int v = 0;

	for (int i = 0; i < n; i++) {
		if (s[i] < '0' || s[i] > '9')
			return -1;
		v = v * 10 + (s[i] - '0');
	}
	return v;
}

/* A fraction of a second behind the point; returns bytes read, 0 if bad. */
static size_t
fraction(const char *s, size_t n, ticks *t)
{
	ticks unit = WHEN_SEC;
	size_t i;

	for (i = 0; i < n && s[i] >= '0' && s[i] <= '9'; i++) {
		unit /= 10;
		*t += unit * (s[i] - '0');
	}
	return i <= 9 ? i : 0;
}

/* Z, z or +hh:mm at the end: subtract the offset. */
static int
zone(const char *s, size_t n, ticks *t)
{
	int h, m;

	if (n == 1 && (*s == 'Z' || *s == 'z'))
		return 0;
	if (n != 6 || (*s != '+' && *s != '-') || s[3] != ':')
		return -1;
	h = digits(s + 1, 2);
	m = digits(s + 4, 2);
	if (h < 0 || h > 23 || m < 0 || m > 59)
		return -1;
	*t -= (*s == '-' ? -1 : 1) * (h * 60 + m) * 60 * WHEN_SEC;
	return 0;
}

static int
month_days(int year, int month)
{
	static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30,
		31 };
	int leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);

	return days[month - 1] + (month == 2 && leap);
}

static int
parse_date(const char *s, ticks *t)
{
	int y = digits(s, 4), m = digits(s + 5, 2), d = digits(s + 8, 2);

	if (s[4] != '-' || s[7] != '-' || y < 1 || m < 1 || m > 12 || d < 1 ||
	    d > month_days(y, m))
		return -1;
	*t = when_days(y, m, d) * WHEN_DAY;
	return 0;
}

int
when_parse(const char *s, size_t n, ticks *t)
{
	int h, m, sec;
	size_t at = 19, frac;

	if (n < 10 || parse_date(s, t) == -1)
		return -1;
	if (n == 10)
		return 0;
	if (n < 20 || (s[10] != 'T' && s[10] != 't' && s[10] != ' ') ||
	    s[13] != ':' || s[16] != ':')
		return -1;
	h = digits(s + 11, 2);
	m = digits(s + 14, 2);
	sec = digits(s + 17, 2);
	if (h < 0 || h > 23 || m < 0 || m > 59 || sec < 0 || sec > 59)
		return -1;
	*t += ((h * 60 + m) * 60 + sec) * WHEN_SEC;
	if (s[at] == '.') {
		if ((frac = fraction(s + at + 1, n - at - 1, t)) == 0)
			return -1;
		at += 1 + frac;
	}
	if (zone(s + at, n - at, t) == -1)
		return -1;
	return *t >= 0 && *t <= WHEN_MAX ? 0 : -1;
}

/* v as n digits with zeros in front; returns where the next byte goes. */
static char *
put_digits(char *at, int64_t v, int n)
{
	for (int i = n - 1; i >= 0; i--, v /= 10)
		at[i] = (char)('0' + v % 10);
	return at + n;
}

/* 2025-06-25T10:00:00 */
static char *
put_second(char *at, ticks t)
{
	int64_t sec = t % WHEN_DAY / WHEN_SEC;
	int y, m, d;

	when_civil(t / WHEN_DAY, &y, &m, &d);
	at = put_digits(at, y, 4);
	*at++ = '-';
	at = put_digits(at, m, 2);
	*at++ = '-';
	at = put_digits(at, d, 2);
	*at++ = 'T';
	at = put_digits(at, sec / 3600, 2);
	*at++ = ':';
	at = put_digits(at, sec / 60 % 60, 2);
	*at++ = ':';
	return put_digits(at, sec % 60, 2);
}

size_t
when_format(char out[WHEN_TEXT], ticks t)
{
	char *at = put_second(out, t);

	if (t % WHEN_SEC != 0) {
		*at++ = '.';
		at = put_digits(at, t % WHEN_SEC, 7);
		while (at[-1] == '0')
			at--;
	}
	*at++ = 'Z';
	*at = '\0';
	return (size_t)(at - out);
}

size_t
when_format_kusto(char out[WHEN_TEXT], ticks t)
{
	char *at = put_second(out, t);

	*at++ = '.';
	at = put_digits(at, t % WHEN_SEC, 7);
	*at++ = 'Z';
	*at = '\0';
	return (size_t)(at - out);
}

size_t
when_format_span(char out[WHEN_TEXT], ticks span)
{
	uint64_t u = span < 0 ? -(uint64_t)span : (uint64_t)span;
	int64_t days = (int64_t)(u / WHEN_DAY), sec, rest;
	char *at = out;

	sec = (int64_t)(u % WHEN_DAY) / WHEN_SEC;
	rest = (int64_t)(u % WHEN_SEC);
	if (span < 0)
		*at++ = '-';
	if (days > 0) {
		at += num_int(at, days);
		*at++ = '.';
	}
	at = put_digits(at, sec / 3600, 2);
	*at++ = ':';
	at = put_digits(at, sec / 60 % 60, 2);
	*at++ = ':';
	at = put_digits(at, sec % 60, 2);
	if (rest != 0) {
		*at++ = '.';
		at = put_digits(at, rest, 7);
	}
	*at = '\0';
	return (size_t)(at - out);
}

/* The digits of "d." in front of hh:mm:ss, if they are there. */
static int
span_days(const char **s, const char *end, int64_t *days)
{
	const char *dot = memchr(*s, '.', (size_t)(end - *s));
	const char *colon = memchr(*s, ':', (size_t)(end - *s));

	*days = 0;
	if (dot == NULL || colon == NULL || dot > colon)
		return 0;
	if (num_parse_int(*s, (size_t)(dot - *s), days) == -1 || *days < 0 ||
	    *days > INT64_MAX / WHEN_DAY)
		return -1;
	*s = dot + 1;
	return 0;
}

/* Days and the ticks of a part of one: most spans fit, the last day in part. */
static int
join_span(int neg, int64_t days, ticks rest, ticks *span)
{
	if (neg)
		return __builtin_sub_overflow(-days * WHEN_DAY, rest, span);
	return __builtin_add_overflow(days * WHEN_DAY, rest, span);
}

int
when_parse_span(const char *s, size_t n, ticks *span)
{
	const char *end = s + n;
	int neg = n > 0 && *s == '-', h, m, sec = 0;
	int64_t days;
	ticks rest;

	s += neg;
	if (span_days(&s, end, &days) == -1 || end - s < 5 || s[2] != ':')
		return -1;
	h = digits(s, 2);
	m = digits(s + 3, 2);
	s += 5;
	if (end - s >= 3 && *s == ':') {
		sec = digits(s + 1, 2);
		s += 3;
	}
	if (h < 0 || h > 23 || m < 0 || m > 59 || sec < 0 || sec > 59)
		return -1;
	rest = ((h * 60 + m) * 60 + sec) * WHEN_SEC;
	if (s < end && *s == '.') {
		size_t frac = fraction(s + 1, (size_t)(end - s - 1), &rest);

		s += frac > 0 ? frac + 1 : 0;
	}
	return s == end && join_span(neg, days, rest, span) == 0 ? 0 : -1;
}

/* A Go unit at s, in ns.  Returns its length, 0 if there is none. */
static size_t
unit(const char *s, int64_t *per)
{
	static const struct {
		const char *name;
		int64_t per;
	} units[] = { { "ns", 1 }, { "us", 1000 }, { "\302\265s", 1000 },
		{ "\316\274s", 1000 }, { "ms", 1000000 }, { "s", NS },
		{ "m", 60 * NS }, { "h", 3600 * NS } };

	for (size_t i = 0; i < sizeof(units) / sizeof(*units); i++) {
		size_t n = strlen(units[i].name);

		if (strncmp(s, units[i].name, n) == 0) {
			*per = units[i].per;
			return n;
		}
	}
	return 0;
}

/* One number and its unit, added to *ns.  Returns bytes read, 0 if bad. */
static size_t
duration_part(const char *s, int64_t *ns)
{
	size_t i = strspn(s, "0123456789"), len;
	int64_t whole = 0, per, scale, part;

	if (i > 0 && num_parse_int(s, i, &whole) == -1)
		return 0;
	size_t f = s[i] == '.' ? strspn(s + i + 1, "0123456789") : 0;
	size_t after = i + f + (s[i] == '.');

	if (i + f == 0 || (len = unit(s + after, &per)) == 0)
		return 0;
	if (__builtin_mul_overflow(whole, per, &part))
		return 0;
	scale = per;
	for (size_t k = 0; k < f; k++) {
		scale /= 10;
		part += scale * (s[i + 1 + k] - '0');
	}
	if (__builtin_add_overflow(*ns, part, ns))
		return 0;
	return after + len;
}

int
when_parse_duration_ns(const char *s, int64_t *ns, struct err *e)
{
	const char *at = s + (*s == '-' || *s == '+');
	size_t n;

	*ns = 0;
	if (strcmp(at, "0") == 0)
		return 0;
	do {
		if ((n = duration_part(at, ns)) == 0)
			return err_set(e, ST_DATA,
			    "\"%s\" is no duration such as 30s, 5m or 1h30m%s",
			    s,
			    strchr(s, 'd') != NULL
				? " (there is no unit d: write 24h)"
				: "");
		at += n;
	} while (*at != '\0');
	if (*s == '-')
		*ns = -*ns;
	return 0;
}

int
when_parse_duration(const char *s, ticks *span, struct err *e)
{
	int64_t ns;

	if (when_parse_duration_ns(s, &ns, e) == -1)
		return -1;
	*span = ns / 100;
	return 0;
}

/* v of a unit with its fraction, no trailing zeros: 1.5ms. */
static char *
put_fraction(char *at, int64_t v, int places, const char *name)
{
	int64_t scale = 1;

	for (int i = 0; i < places; i++)
		scale *= 10;
	at += num_int(at, v / scale);
	if (v % scale != 0) {
		*at++ = '.';
		at = put_digits(at, v % scale, places);
		while (at[-1] == '0')
			at--;
	}
	strcpy(at, name);
	return at + strlen(name);
}

size_t
when_format_duration(char out[WHEN_TEXT], ticks span)
{
	uint64_t u = span < 0 ? -(uint64_t)span : (uint64_t)span;
	int64_t sec = (int64_t)(u / WHEN_SEC);
	char *at = out;

	if (span == 0)
		return (size_t)snprintf(out, WHEN_TEXT, "0s");
	if (span < 0)
		*at++ = '-';
	if (u < WHEN_MS)
		return (
		    size_t)(put_fraction(at, (int64_t)u, 1, "\302\265s") - out);
	if (u < WHEN_SEC)
		return (size_t)(put_fraction(at, (int64_t)u, 4, "ms") - out);
	if (sec >= 3600)
		at += snprintf(at, 24, "%lldh", (long long)(sec / 3600));
	if (sec >= 60)
		at += snprintf(at, 8, "%lldm", (long long)(sec / 60 % 60));
	return (
	    size_t)(put_fraction(at, (int64_t)(u % (60 * WHEN_SEC)), 7, "s") -
	    out);
}
