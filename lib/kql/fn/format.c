/* SPDX-License-Identifier: MIT */
#include <stdint.h>
#include <string.h>

#include "kql/fn/fn.h"
#include "when.h"

/* The fields that a format can show, all as numbers. */
struct fields {
	int64_t year, month, day, hour, minute, second;
	int64_t fraction; /* ticks of the second */
	int span;         /* d is a count, there is no year */
};

static void
put_digits(struct buf *b, int64_t v, int width)
{
	buf_printf(b, "%0*lld", width, (long long)v);
}

/* The first n digits of the fraction; F leaves zeros at the end out. */
static void
put_fraction(struct buf *b, int64_t ticks_of, int n, int trim)
{
	size_t from = b->len;

	put_digits(b, ticks_of, 7);
	b->len = from + (size_t)(n < 7 ? n : 7);
	while (trim && b->len > from && b->data[b->len - 1] == '0')
		b->len--;
	b->data[b->len] = '\0';
}

/* A run of n same letters.  Returns 0 if the letter means nothing. */
static int
put_field(struct buf *b, const struct fields *f, char letter, int n)
{
	int64_t h12 = f->hour % 12 == 0 ? 12 : f->hour % 12;

	switch (letter) {
	case 'y':
		put_digits(b, n > 2 ? f->year : f->year % 100, n);
		return !f->span;
	case 'M':
		put_digits(b, f->month, n);
		return !f->span;
	case 'd':
		put_digits(b, f->day, n);
		return 1;
	case 'h':
		put_digits(b, f->span ? f->hour : h12, n);
		return 1;
	case 'H':
		put_digits(b, f->hour, n);
		return 1;
	case 'm':
		put_digits(b, f->minute, n);
		return 1;
	case 's':
		put_digits(b, f->second, n);
		return 1;
	case 'f':
	case 'F':
		put_fraction(b, f->fraction, n, letter == 'F');
		return 1;
	case 't':
		buf_puts(b, f->hour < 12 ? "AM" : "PM");
		return n == 2 && !f->span;
	}
	return 0;
}

/* ddd and MMM, dddd and MMMM are no names: they are written as two runs. */
static int
run_length(const char *s, char letter, int span)
{
	int n = (int)strspn(s, (const char[]){ letter, '\0' });
	int most = letter == 'y'             ? 4
	    : letter == 'f' || letter == 'F' ? 7
	    : span && letter == 'd'          ? 8
					     : 2;

	if (letter == 'y' && n == 3)
		return 2;
	return n < most ? n : most;
}

static void
format(sqlite3_context *c, const struct fields *f, const char *s, int negative)
{
	struct buf b = { 0 };

	if (negative)
		buf_putc(&b, '-');
	while (*s != '\0') {
		int n = 1;

		if (strchr(" /-:,.[]_", *s) != NULL) {
			buf_putc(&b, *s);
		} else {
			n = run_length(s, *s, f->span);
			if (!put_field(&b, f, *s, n)) {
				buf_fini(&b);
				sqlite3_result_error(
				    c, "no such format specifier", -1);
				return;
			}
		}
		s += n;
	}
	fn_buf(c, &b);
}

static void
split_day(struct fields *f, int64_t t)
{
	f->hour = t / WHEN_SEC / 3600 % 24;
	f->minute = t / WHEN_SEC / 60 % 60;
	f->second = t / WHEN_SEC % 60;
	f->fraction = t % WHEN_SEC;
}

static void
format_datetime(sqlite3_context *c, int nargs, sqlite3_value **v)
{
	ticks t = sqlite3_value_int64(v[0]);
	struct fields f = { 0 };
	int y, m, d;
	size_t n;

	if (fn_any_null(nargs, v) || t < 0 || t > WHEN_MAX) {
		fn_text(c, "", 0);
		return;
	}
	when_civil(t / WHEN_DAY, &y, &m, &d);
	f.year = y;
	f.month = m;
	f.day = d;
	split_day(&f, t);
	format(c, &f, fn_str(v[1], &n), 0);
}

static void
format_timespan(sqlite3_context *c, int nargs, sqlite3_value **v)
{
	int64_t t = sqlite3_value_int64(v[0]);
	struct fields f = { .span = 1 };
	size_t n;

	if (fn_any_null(nargs, v) || t == INT64_MIN) {
		fn_text(c, "", 0);
		return;
	}
	f.day = (t < 0 ? -t : t) / WHEN_DAY;
	split_day(&f, t < 0 ? -t : t);
	format(c, &f, fn_str(v[1], &n), t < 0);
}

const struct fn fn_format[] = {
	{ "kql_format_datetime", 2, format_datetime, 0, NULL },
	{ "kql_format_timespan", 2, format_timespan, 0, NULL },
	{ NULL, 0, NULL, 0, NULL },
};
