/* SPDX-License-Identifier: MIT */
#include <string.h>
#include <strings.h>

#include "kql/value.h"
#include "when.h"

/* What is left to read. */
struct reader {
	const char *at, *end;
};

static struct reader
trimmed(const char *s, size_t n)
{
	struct reader r = { s, s + n };

	while (r.at < r.end && strchr(" \t\r\n", *r.at) != NULL)
		r.at++;
	while (r.at < r.end && strchr(" \t\r\n", r.end[-1]) != NULL)
		r.end--;
	return r;
}

static int
is_digit(const struct reader *r)
{
	return r->at < r->end && *r->at >= '0' && *r->at <= '9';
}

static int
is_letter(const struct reader *r)
{
	char c = r->at < r->end ? (char)(*r->at | 0x20) : 0;

	return c >= 'a' && c <= 'z';
}

/* Take one of these bytes. */
static int
take(struct reader *r, const char *any)
{
	if (r->at == r->end || *r->at == '\0' || strchr(any, *r->at) == NULL)
		return 0;
	r->at++;
	return 1;
}

/* Take a whole number of least to most digits.  Returns 1, or 0. */
static int
number(struct reader *r, int least, int most, int *v)
{
	int n = 0;

	for (*v = 0; n < most && is_digit(r); n++)
		*v = *v * 10 + (*r->at++ - '0');
	return n >= least;
}

/* Take letters; returns how many. */
static size_t
letters(struct reader *r, const char **word)
{
	*word = r->at;
	while (is_letter(r))
		r->at++;
	return (size_t)(r->at - *word);
}

struct date {
	int year, month, day;
};

static int
date_ticks(const struct date *d, ticks *t)
{
	int y, m, day;

	if (d->year < 1 || d->year > 9999 || d->month < 1 || d->month > 12 ||
	    d->day < 1 || d->day > 31)
		return 0;
	*t = when_days(d->year, d->month, d->day) * WHEN_DAY;
	when_civil(*t / WHEN_DAY, &y, &m, &day);
	return day == d->day; /* else the month is shorter */
}

/* Up to seven digits of a second's fraction count, nine may be there. */
static int
fraction(struct reader *r, ticks *t)
{
	ticks unit = WHEN_SEC;
	int n;

	for (n = 0; is_digit(r); n++)
		*t += (unit /= 10) * (*r->at++ - '0');
	return n > 0 && n <= 9;
}

/* hh[:mm[:ss[.fffffff]]], then AM or PM if it likes. */
static int
clock_time(struct reader *r, ticks *t)
{
	int h, m = 0, s = 0;
	struct reader half;

	if (!number(r, 1, 2, &h))
		return 0;
	if (take(r, ":") &&
	    (!number(r, 1, 2, &m) || (take(r, ":") && !number(r, 1, 2, &s))))
		return 0;
	half = *r;
	take(&half, " ");
	if (half.end - half.at >= 2 && (half.at[1] | 0x20) == 'm' &&
	    strchr("aApP", *half.at) != NULL && h >= 1 && h <= 12) {
		h = h % 12 + ((*half.at | 0x20) == 'p' ? 12 : 0);
		r->at = half.at + 2;
	}
	if (h > 23 || m > 59 || s > 59)
		return 0;
	*t += ((h * 60 + m) * 60 + s) * WHEN_SEC;
	return take(r, ".") ? fraction(r, t) : 1;
}

/* Z, GMT, UTC or +hh[:]mm; nothing is UTC. */
static int
zone(struct reader *r, ticks *t)
{
	const char *word;
	int neg, h, m = 0;
	size_t n;

	take(r, " ");
	if ((n = letters(r, &word)) > 0)
		return (n == 1 && (*word | 0x20) == 'z') ||
		    (n == 3 &&
			(strncasecmp(word, "gmt", 3) == 0 ||
			    strncasecmp(word, "utc", 3) == 0));
	neg = r->at < r->end && *r->at == '-';
	if (!take(r, "+-"))
		return 1;
	if (!number(r, 2, 2, &h) || h > 14)
		return 0;
	take(r, ":");
	if (is_digit(r) && (!number(r, 2, 2, &m) || m > 59))
		return 0;
	*t -= (neg ? -1 : 1) * (h * 60 + m) * 60 * WHEN_SEC;
	return 1;
}

/* yyyy[-mm[-dd]] */
static int
iso_date(struct reader *r, struct date *d)
{
	d->month = d->day = 1;
	if (!number(r, 4, 4, &d->year))
		return 0;
	if (!take(r, "-/"))
		return 1;
	if (!number(r, 1, 2, &d->month))
		return 0;
	return take(r, "-/") ? number(r, 1, 2, &d->day) : 1;
}

/* mm-dd-yyyy or mm/dd/yyyy */
static int
american_date(struct reader *r, struct date *d)
{
	return number(r, 1, 2, &d->month) && take(r, "-/") &&
	    number(r, 1, 2, &d->day) && take(r, "-/") &&
	    number(r, 4, 4, &d->year);
}

/* RFC 822 and 850: [Sat, ]8 Nov 14 and Saturday, 08-Nov-2014 */
static int
mail_date(struct reader *r, struct date *d)
{
	static const char months[] = "janfebmaraprmayjunjulaugsepoctnovdec";
	const char *word;
	struct reader digits;

	if (letters(r, &word) > 0) {
		take(r, ",");
		take(r, " ");
	}
	if (!number(r, 1, 2, &d->day) || !take(r, " -") ||
	    letters(r, &word) < 3 || !take(r, " -"))
		return 0;
	for (d->month = 1; d->month <= 12; d->month++)
		if (strncasecmp(word, &months[3 * (d->month - 1)], 3) == 0)
			break;
	digits = *r;
	if (!number(r, 2, 4, &d->year))
		return 0;
	if (r->at - digits.at == 2)
		d->year += d->year < 50 ? 2000 : 1900;
	return 1;
}

int
value_datetime(const char *s, size_t n, ticks *t)
{
	static int (*const forms[])(struct reader *,
	    struct date *) = { iso_date, american_date, mail_date };
	struct reader r = { NULL, NULL };
	struct date d;
	size_t i;

	for (i = 0; i < sizeof(forms) / sizeof(*forms); i++) {
		r = trimmed(s, n);
		if (forms[i](&r, &d) && date_ticks(&d, t))
			break;
	}
	if (i == sizeof(forms) / sizeof(*forms))
		return -1;
	if (take(&r, "Tt ") && !clock_time(&r, t))
		return -1;
	if (!zone(&r, t) || r.at != r.end || *t < 0 || *t > WHEN_MAX)
		return -1;
	return 0;
}

/* Ticks of a unit; 0 when it is none.  Nanoseconds come by the hundred. */
static ticks
unit(const char *s, size_t n, ticks *divide)
{
	static const struct {
		const char *names; /* each ends in a blank */
		ticks ticks;
	} units[] = {
		{ "d day days ", WHEN_DAY },
		{ "h hr hrs hour hours ", 3600 * WHEN_SEC },
		{ "m min mins minute minutes ", 60 * WHEN_SEC },
		{ "s sec secs second seconds ", WHEN_SEC },
		{ "ms milli millis millisecond milliseconds ", WHEN_MS },
		{ "micro micros microsecond microseconds ", 10 },
		{ "tick ticks ", 1 },
	};

	*divide = 1;
	for (size_t i = 0; i < sizeof(units) / sizeof(*units); i++)
		for (const char *w = units[i].names; *w != '\0';
		     w = strchr(w, ' ') + 1)
			if (strncasecmp(w, s, n) == 0 && w[n] == ' ')
				return units[i].ticks;
	*divide = 100;
	return (n == 10 && strncasecmp(s, "nanosecond", n) == 0) ||
		(n == 11 && strncasecmp(s, "nanoseconds", n) == 0)
	    ? 1
	    : 0;
}

/* Digits go behind those in v.  Returns how many. */
static int
digits(struct reader *r, __int128 *v)
{
	int n = 0;

	for (; is_digit(r); r->at++, n++)
		if (n < 19)
			*v = *v * 10 + (*r->at - '0');
	return n;
}

/* A number with a fraction maybe, and a unit; none is days. */
static int
counted(struct reader *r, ticks *span)
{
	__int128 v = 0, scale = 1;
	int whole = digits(r, &v), frac = 0;
	const char *word;
	ticks per, divide;
	size_t n;

	if (take(r, ".") && (frac = digits(r, &v)) == 0)
		return 0;
	if (whole + frac == 0 || whole + frac > 19)
		return 0;
	for (int i = 0; i < frac; i++)
		scale *= 10;
	take(r, " ");
	n = letters(r, &word);
	per = unit(n > 0 ? word : "d", n > 0 ? n : 1, &divide);
	if (per == 0 || (n == 0 && frac > 0))
		return 0;
	v = v * per / (scale * divide);
	*span = (ticks)v;
	return v <= INT64_MAX;
}

int
value_timespan(const char *s, size_t n, ticks *span)
{
	struct reader r = trimmed(s, n);
	int neg;

	if (when_parse_span(r.at, (size_t)(r.end - r.at), span) == 0)
		return 0;
	neg = r.at < r.end && *r.at == '-';
	r.at += neg;
	if (!counted(&r, span) || r.at != r.end)
		return -1;
	if (neg)
		*span = -*span;
	return 0;
}

int
value_guid(const char *s, size_t n, char out[37])
{
	struct reader r = trimmed(s, n);
	int at = 0;

	if (r.end - r.at >= 2 && *r.at == '{' && r.end[-1] == '}') {
		r.at++;
		r.end--;
	}
	for (; r.at < r.end; r.at++) {
		char c = (char)(*r.at | 0x20);

		if (*r.at == '-')
			continue;
		if (!is_digit(&r) && !(c >= 'a' && c <= 'f'))
			return -1;
		if (at == 36)
			return -1;
		if (at == 8 || at == 13 || at == 18 || at == 23)
			out[at++] = '-';
		out[at++] = c;
	}
	out[at] = '\0';
	return at == 36 ? 0 : -1;
}
