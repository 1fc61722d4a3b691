/* SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>

#include "kql/fn/fn.h"
#include "when.h"

#define HOUR (3600 * WHEN_SEC)

/* The parts of a time, and the units of differences. */
enum part {
	P_YEAR,
	P_QUARTER,
	P_MONTH,
	P_WEEK,
	P_DAY,
	P_HOUR,
	P_MINUTE,
	P_SECOND,
	P_MILLISECOND,
	P_MICROSECOND,
	P_NANOSECOND,
	P_DAYOFYEAR,
	P_WEEKDAY,
	P_NONE,
};

static enum part
part_of(sqlite3_value *v)
{
	static const char *const names[] = { "year", "quarter", "month", "week",
		"day", "hour", "minute", "second", "millisecond", "microsecond",
		"nanosecond", "dayofyear", "weekday" };
	size_t n;
	const char *s = fn_str(v, &n);
	int i;

	for (i = 0; i < P_NONE; i++)
		if (strcasecmp(names[i], s) == 0)
			break;
	if (i == P_NONE && strcasecmp(s, "week_of_year") == 0)
		i = P_WEEK;
	return (enum part)i;
}

/* Ticks of a part of fixed length; 0 for the others. */
static ticks
part_ticks(enum part p)
{
	static const ticks lengths[P_NONE] = { [P_WEEK] = 7 * WHEN_DAY,
		[P_DAY] = WHEN_DAY,
		[P_HOUR] = HOUR,
		[P_MINUTE] = 60 * WHEN_SEC,
		[P_SECOND] = WHEN_SEC,
		[P_MILLISECOND] = WHEN_MS,
		[P_MICROSECOND] = 10 };

	return lengths[p];
}

struct civil {
	int year, month, day;
};

static struct civil
civil(ticks t)
{
	struct civil c;

	when_civil(
	    when_floor(t, WHEN_DAY) / WHEN_DAY, &c.year, &c.month, &c.day);
	return c;
}

/* 0 is Sunday; 0001-01-01 was a Monday. */
static int
weekday(ticks t)
{
	return (int)((t / WHEN_DAY + 1) % 7);
}

static int
is_time(ticks t)
{
	return t >= 0 && t <= WHEN_MAX;
}

static void
result_time(sqlite3_context *c, ticks t, int overflow)
{
	if (!overflow && is_time(t))
		sqlite3_result_int64(c, t);
}

/* kql_time_add(datetime, timespan) */
static void
time_add(sqlite3_context *c, int n, sqlite3_value **v)
{
	ticks t;
	int over;

	if (fn_any_null(n, v))
		return;
	over = __builtin_add_overflow((ticks)sqlite3_value_int64(v[0]),
	    (ticks)sqlite3_value_int64(v[1]), &t);
	result_time(c, t, over);
}

/* The first tick of the month that is n months behind that of t, or -1. */
static ticks
month_start(ticks t, int64_t n)
{
	struct civil c = civil(t);
	int64_t m;

	if (n < -120000 || n > 120000)
		return -1;
	m = c.year * 12 + c.month - 1 + n;
	if (m < 12 || m > 10000 * 12)
		return -1;
	return when_days((int)(m / 12), (int)(m % 12) + 1, 1) * WHEN_DAY;
}

/* The start of the day, week, month or year that is n behind that of t. */
static int
period_start(ticks t, enum part p, int64_t n, ticks *start)
{
	struct civil c = civil(t);
	ticks by;

	switch (p) {
	case P_MONTH:
		*start = month_start(t, n);
		return *start < 0;
	case P_YEAR:
		if (n < -10000 || n > 10000)
			return -1;
		*start = month_start(t, n * 12 - (c.month - 1));
		return *start < 0;
	case P_WEEK:
		*start = when_floor(t, WHEN_DAY) - weekday(t) * WHEN_DAY;
		break;
	default:
		*start = when_floor(t, WHEN_DAY);
	}
	return __builtin_mul_overflow(n, part_ticks(p), &by) ||
	    __builtin_add_overflow(*start, by, start);
}

#define ENDS 16 /* the last tick, not the first */

/* startofX(t[, offset]) and endofX */
static void
period(sqlite3_context *c, int nargs, sqlite3_value **v)
{
	int what = fn_self(c)->what, over;
	enum part p = (enum part)(what & ~ENDS);
	int64_t n = nargs > 1 ? sqlite3_value_int64(v[1]) : 0;
	ticks t = sqlite3_value_int64(v[0]);

	if (fn_any_null(nargs, v) || !is_time(t) || n == INT64_MAX)
		return;
	over = period_start(t, p, n + ((what & ENDS) != 0), &t);
	result_time(c, what & ENDS ? t - 1 : t, over);
}

/* ISO 8601: the week of the year that holds the Thursday. */
static int
week_of_year(ticks t)
{
	int64_t days = t / WHEN_DAY, thursday = days - days % 7 + 3;
	struct civil c = civil(thursday * WHEN_DAY);

	return (int)((thursday - when_days(c.year, 1, 1)) / 7) + 1;
}

static int64_t
get_part(ticks t, enum part p)
{
	struct civil c = civil(t);

	switch (p) {
	case P_YEAR:
		return c.year;
	case P_QUARTER:
		return (c.month + 2) / 3;
	case P_MONTH:
		return c.month;
	case P_WEEK:
		return week_of_year(t);
	case P_DAY:
		return c.day;
	case P_HOUR:
		return t % WHEN_DAY / HOUR;
	case P_MINUTE:
		return t % HOUR / (60 * WHEN_SEC);
	case P_SECOND:
		return t / WHEN_SEC % 60;
	case P_MILLISECOND:
		return t % WHEN_SEC / WHEN_MS;
	case P_MICROSECOND:
		return t % WHEN_SEC / 10;
	case P_NANOSECOND:
		return t % WHEN_SEC * 100;
	case P_DAYOFYEAR:
		return t / WHEN_DAY - when_days(c.year, 1, 1) + 1;
	default:
		return weekday(t);
	}
}

/* Parts from the first that does not do on are an error. */
static int
no_part(sqlite3_context *c, enum part p, enum part first)
{
	if (p < first)
		return 0;
	sqlite3_result_error(c, "no such part of a time", -1);
	return 1;
}

static void
part(sqlite3_context *c, int n, sqlite3_value **v)
{
	int named = n == 2;
	enum part p = named ? part_of(v[0]) : (enum part)fn_self(c)->what;
	ticks t = sqlite3_value_int64(v[named]);

	if (!(named && no_part(c, p, P_NONE)) && !fn_any_null(n, v) &&
	    is_time(t))
		sqlite3_result_int64(c, get_part(t, p));
}

/* A timespan: Sunday is 0. */
static void
day_of_week(sqlite3_context *c, int n, sqlite3_value **v)
{
	ticks t = sqlite3_value_int64(v[0]);

	if (!fn_any_null(n, v) && is_time(t))
		sqlite3_result_int64(c, weekday(t) * WHEN_DAY);
}

/* n months on, on the month's last day if it is too short. */
static int
add_months(ticks t, int64_t n, ticks *out)
{
	ticks start = month_start(t, n), next = month_start(t, n + 1);
	int day = civil(t).day, last;

	if (start < 0 || next < 0)
		return 1;
	last = (int)((next - start) / WHEN_DAY);
	*out =
	    start + ((day < last ? day : last) - 1) * WHEN_DAY + t % WHEN_DAY;
	return 0;
}

/* datetime_add(part, n, t) */
static void
datetime_add(sqlite3_context *c, int nargs, sqlite3_value **v)
{
	enum part p = part_of(v[0]);
	int64_t n = sqlite3_value_int64(v[1]), months;
	ticks t = sqlite3_value_int64(v[2]);
	int over;

	if (no_part(c, p, P_DAYOFYEAR) || fn_any_null(nargs, v) || !is_time(t))
		return;
	months = p == P_YEAR ? 12 : p == P_QUARTER ? 3 : p == P_MONTH;
	if (months > 0) {
		over = __builtin_mul_overflow(n, months, &n) ||
		    add_months(t, n, &t);
	} else {
		over = p != P_NANOSECOND &&
		    __builtin_mul_overflow(n, part_ticks(p), &n);
		if (p == P_NANOSECOND)
			n /= 100;
		over |= __builtin_add_overflow(t, n, &t);
	}
	result_time(c, t, over);
}

/* Which year, quarter, week, second ... of all it is. */
static int64_t
ordinal(ticks t, enum part p)
{
	struct civil c = civil(t);

	switch (p) {
	case P_YEAR:
		return c.year;
	case P_QUARTER:
		return c.year * 4 + (c.month - 1) / 3;
	case P_MONTH:
		return c.year * 12 + c.month;
	case P_WEEK: /* weeks begin on Sunday */
		return (t + WHEN_DAY) / (7 * WHEN_DAY);
	case P_NANOSECOND:
		return t * 100;
	default:
		return t / part_ticks(p);
	}
}

/* datetime_diff(part, a, b): how many of its borders lie between. */
static void
datetime_diff(sqlite3_context *c, int n, sqlite3_value **v)
{
	enum part p = part_of(v[0]);
	ticks a = sqlite3_value_int64(v[1]), b = sqlite3_value_int64(v[2]);

	if (no_part(c, p, P_DAYOFYEAR) || fn_any_null(n, v) || !is_time(a) ||
	    !is_time(b))
		return;
	if (p == P_NANOSECOND)
		sqlite3_result_int64(
		    c, (int64_t)((uint64_t)(a - b) * UINT64_C(100)));
	else if (p == P_WEEK)
		fn_real(c, (double)(ordinal(a, p) - ordinal(b, p)));
	else
		sqlite3_result_int64(c, ordinal(a, p) - ordinal(b, p));
}

/* make_datetime(y, m, d[, h, mi[, s]]): out of range is null. */
static void
make_datetime(sqlite3_context *c, int n, sqlite3_value **v)
{
	int64_t x[5] = { 0 };
	double sec = n > 5 ? fn_number(v[5]).d : 0;
	struct civil back;
	ticks t;

	if (n < 3 || fn_any_null(n, v))
		return;
	for (int i = 0; i < n && i < 5; i++)
		x[i] = sqlite3_value_int64(v[i]);
	if (x[0] < 1 || x[0] > 9999 || x[1] < 1 || x[1] > 12 || x[2] < 1 ||
	    x[2] > 31 || x[3] < 0 || x[3] > 23 || x[4] < 0 || x[4] > 59 ||
	    !(sec >= 0 && sec < 60))
		return;
	t = when_days((int)x[0], (int)x[1], (int)x[2]) * WHEN_DAY;
	back = civil(t);
	if (back.day == x[2])
		sqlite3_result_int64(c,
		    t + (x[3] * 60 + x[4]) * 60 * WHEN_SEC +
			llround(sec * WHEN_SEC));
}

/* make_timespan(h, m[, s]) or (d, h, m, s) */
static void
make_timespan(sqlite3_context *c, int n, sqlite3_value **v)
{
	int64_t d = n > 3 ? sqlite3_value_int64(v[0]) : 0, h, m;
	int at = n > 3;
	double sec = n > 2 ? fn_number(v[at + 2]).d : 0;

	if (n < 2 || n > 4 || fn_any_null(n, v))
		return;
	h = sqlite3_value_int64(v[at]);
	m = sqlite3_value_int64(v[at + 1]);
	if (d < 0 || d > 10000000 || h < 0 || h > 23 || m < 0 || m > 59 ||
	    !(sec >= 0 && sec < 60))
		return;
	sqlite3_result_int64(c,
	    d * WHEN_DAY + (h * 60 + m) * 60 * WHEN_SEC +
		llround(sec * WHEN_SEC));
}

/* unixtime(n, ticks of the unit): the unit may be a part of a tick. */
static void
unix_time(sqlite3_context *c, int n, sqlite3_value **v)
{
	struct fn_number x = fn_number(v[0]), unit = fn_number(v[1]);
	ticks t = 0;
	int over;

	if (fn_any_null(n, v))
		return;
	if (x.is == FN_INT && unit.is == FN_INT) {
		over = __builtin_mul_overflow(x.i, unit.i, &t);
	} else if (x.is == FN_INT) {
		t = x.i / llround(1 / unit.d);
		over = 0;
	} else {
		over = !(fabs(x.d * unit.d) < 9e18);
		t = over ? 0 : llround(x.d * unit.d);
	}
	over = over || __builtin_add_overflow(t, WHEN_EPOCH, &t);
	result_time(c, t, over);
}

const struct fn fn_time[] = {
	{ "kql_time_add", 2, time_add, 0, NULL },
	{ "kql_startofday", -1, period, P_DAY, NULL },
	{ "kql_startofweek", -1, period, P_WEEK, NULL },
	{ "kql_startofmonth", -1, period, P_MONTH, NULL },
	{ "kql_startofyear", -1, period, P_YEAR, NULL },
	{ "kql_endofday", -1, period, P_DAY | ENDS, NULL },
	{ "kql_endofweek", -1, period, P_WEEK | ENDS, NULL },
	{ "kql_endofmonth", -1, period, P_MONTH | ENDS, NULL },
	{ "kql_endofyear", -1, period, P_YEAR | ENDS, NULL },
	{ "kql_dayofweek", 1, day_of_week, 0, NULL },
	{ "kql_dayofmonth", 1, part, P_DAY, NULL },
	{ "kql_dayofyear", 1, part, P_DAYOFYEAR, NULL },
	{ "kql_hourofday", 1, part, P_HOUR, NULL },
	{ "kql_getyear", 1, part, P_YEAR, NULL },
	{ "kql_monthofyear", 1, part, P_MONTH, NULL },
	{ "kql_week_of_year", 1, part, P_WEEK, NULL },
	{ "kql_datetime_part", 2, part, 0, NULL },
	{ "kql_datetime_add", 3, datetime_add, 0, NULL },
	{ "kql_datetime_diff", 3, datetime_diff, 0, NULL },
	{ "kql_make_datetime", -1, make_datetime, 0, NULL },
	{ "kql_make_timespan", -1, make_timespan, 0, NULL },
	{ "kql_unixtime", 2, unix_time, 0, NULL },
	{ NULL, 0, NULL, 0, NULL },
};
