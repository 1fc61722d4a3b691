/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "num.h"
#include "status.h"

#define EXACT_MAX   (UINT64_C(1) << 53) /* integers a double holds exactly */
#define DIGITS_MAX  19                  /* that fit in 64 bits whatever */
#define POWER_EXACT 22                  /* 10^22 is the last exact power */

static const double powers[POWER_EXACT + 1] = { 1e0, 1e1, 1e2, 1e3, 1e4, 1e5,
	1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17,
	1e18, 1e19, 1e20, 1e21, 1e22 };

/* Digits into the end of a field, two at a time; returns where they start. */
static char *
digits_back(char *end, uint64_t u)
{
	static const char pairs[] = "0001020304050607080910111213141516171819"
				    "2021222324252627282930313233343536373839"
				    "4041424344454647484950515253545556575859"
				    "6061626364656667686970717273747576777879"
				    "8081828384858687888990919293949596979899";

	for (; u >= 100; u /= 100)
		memcpy(end -= 2, pairs + u % 100 * 2, 2);
	if (u >= 10)
		return memcpy(end - 2, pairs + u * 2, 2);
	*--end = (char)('0' + u);
	return end;
}

size_t
num_int(char out[NUM_MAX], int64_t v)
{
	char field[24], *end = field + sizeof(field), *at;
	uint64_t u = v < 0 ? -(uint64_t)v : (uint64_t)v;
	size_t n;

	at = digits_back(end, u);
	if (v < 0)
		*--at = '-';
	n = (size_t)(end - at);
	memcpy(out, at, n);
	out[n] = '\0';
	return n;
}

/* By the C library: the least of 15 to 17 digits that is read as v. */
static size_t
double_slow(char out[NUM_MAX], double v)
{
	int n = 0;

	for (int prec = 15; prec <= 17; prec++) {
		n = snprintf(out, NUM_MAX, "%.*g", prec, v);
		if (strtod(out, NULL) == v)
			break;
	}
	return (size_t)n;
}

/* A double above 0 as it is held: f / 2^shift. */
struct binary {
	uint64_t f;
	int shift;
};

/*
 * u / 10^places nearest to it, halves to even.  Returns whether that is read
 * as the same double: it is less than half of the last bit away.
 */
static int
round_to(struct binary b, uint64_t power, uint64_t *u)
{
	unsigned __int128 whole = (unsigned __int128)b.f * power;
	uint64_t one = UINT64_C(1) << b.shift;
	uint64_t off = (uint64_t)whole & (one - 1);

	*u = (uint64_t)(whole >> b.shift);
	if (off > one / 2 || (off == one / 2 && *u % 2 == 1)) {
		off = one - off;
		(*u)++;
	}
	return off < power / 2 || (off == power / 2 && b.f % 2 == 0);
}

/* Write u / 10^places without zeros at the end. */
static size_t
put_decimal(char out[NUM_MAX], int neg, uint64_t u, int places, uint64_t power)
{
	char field[48], *end = field + sizeof(field), *at, *point;
	size_t n;

	for (; places > 1 && u % 10 == 0; places--, power /= 10)
		u /= 10;
	point = end - places;
	at = digits_back(end, u % power);
	while (at > point)
		*--at = '0';
	*--at = '.';
	at = digits_back(at, u / power);
	if (neg)
		*--at = '-';
	n = (size_t)(end - at);
	memcpy(out, at, n);
	out[n] = '\0';
	return n;
}

/*
 * Most doubles that are no integers, in whole numbers: the digits that 15, 16
 * or 17 of them come to are worked out exactly.  Returns 0 for a power of two,
 * whose neighbours are not alike.
 */
static size_t
double_fast(char out[NUM_MAX], double v)
{
	int places = 15 + (fabs(v) < 0.1) + (fabs(v) < 0.01), exp;
	struct binary b;
	uint64_t power = 1, u;

	b.f = (uint64_t)ldexp(frexp(fabs(v), &exp), 53);
	b.shift = 53 - exp;
	if (b.f == EXACT_MAX / 2)
		return 0;
	for (uint64_t whole = (uint64_t)fabs(v); whole > 0; whole /= 10)
		places--;
	for (int i = 0; i < places; i++)
		power *= 10;
	for (int i = 0; !round_to(b, power, &u) && i < 2; i++) {
		power *= 10;
		places++;
	}
	return put_decimal(out, v < 0, u, places, power);
}

size_t
num_double(char out[NUM_MAX], double v)
{
	size_t n = 0;

	if (isnan(v))
		return (size_t)snprintf(out, NUM_MAX, "NaN");
	if (isinf(v))
		return (size_t)snprintf(out, NUM_MAX, v > 0 ? "+Inf" : "-Inf");
	if (fabs(v) < 1e15 && v == (double)(int64_t)v &&
	    !(v == 0 && signbit(v)))
		return num_int(out, (int64_t)v);
	if (fabs(v) < 1e15 && fabs(v) >= 1e-3)
		n = double_fast(out, v);
	return n > 0 ? n : double_slow(out, v);
}

static int
parse_word(const char *s, size_t n, double *v)
{
	int neg = n > 0 && *s == '-';

	if (n > 0 && (*s == '-' || *s == '+')) {
		s++;
		n--;
	}
	if (n == 3 && strncasecmp(s, "nan", 3) == 0)
		*v = NAN;
	else if ((n == 3 && strncasecmp(s, "inf", 3) == 0) ||
	    (n == 8 && strncasecmp(s, "infinity", 8) == 0))
		*v = neg ? -INFINITY : INFINITY;
	else
		return -1;
	return 0;
}

/* Text known to be a decimal number, by the C library. */
static int
parse_slow(const char *s, size_t n, double *v)
{
	char stack[128], *text = n < sizeof(stack) ? stack : malloc(n + 1);

	if (text == NULL)
		return -1;
	memcpy(text, s, n);
	text[n] = '\0';
	*v = strtod(text, NULL);
	if (text != stack)
		free(text);
	return 0;
}

/* Digits at *s up to end go into *u while they fit; returns how many. */
static int
take_digits(const char **s, const char *end, uint64_t *u)
{
	const char *at = *s;

	for (; at < end && (unsigned)(*at - '0') < 10; at++)
		*u = *u * 10 + (unsigned)(*at - '0');
	int n = (int)(at - *s);
	*s = at;
	return n;
}

/* The exponent behind an 'e'.  Returns 0, or -1 when there is none. */
static int
take_exponent(const char **s, const char *end, int *exp)
{
	int neg = 0, n = 0;
	int64_t x = 0;

	if (*s < end && (**s == '-' || **s == '+'))
		neg = *(*s)++ == '-';
	for (; *s < end && (unsigned)(**s - '0') < 10; (*s)++, n++)
		if (x < 100000)
			x = x * 10 + (**s - '0');
	*exp = (int)(neg ? -x : x);
	return n > 0 ? 0 : -1;
}

/*
 * A number of up to 19 digits whose value and power of ten are both exact as
 * doubles is their product or quotient, rounded once: that is correct and it
 * is most of the numbers there are.  strtod takes the others.
 */
int
num_parse_double(const char *s, size_t n, double *v)
{
	const char *at = s, *end = s + n;
	int neg, whole, frac = 0, exp = 0;
	uint64_t u = 0;
	double d;

	neg = n > 0 && *at == '-';
	if (n > 0 && (*at == '-' || *at == '+'))
		at++;
	whole = take_digits(&at, end, &u);
	if (at < end && *at == '.') {
		at++;
		frac = take_digits(&at, end, &u);
	}
	if (whole + frac == 0)
		return parse_word(s, n, v);
	if (at < end && (*at == 'e' || *at == 'E')) {
		at++;
		if (take_exponent(&at, end, &exp) == -1)
			return -1;
	}
	if (at != end)
		return -1;
	exp -= frac;
	if (whole + frac > DIGITS_MAX || u > EXACT_MAX || exp < -POWER_EXACT ||
	    exp > POWER_EXACT)
		return parse_slow(s, n, v);
	d = exp < 0 ? (double)u / powers[-exp] : (double)u * powers[exp];
	*v = neg ? -d : d;
	return 0;
}

int
num_parse_int(const char *s, size_t n, int64_t *v)
{
	int neg = n > 0 && *s == '-';
	uint64_t u = 0, max = (uint64_t)INT64_MAX + (neg ? 1 : 0);
	size_t i = n > 0 && (*s == '-' || *s == '+') ? 1 : 0;

	if (i == n)
		return -1;
	for (; i < n; i++) {
		unsigned d = (unsigned)(s[i] - '0');

		if (d > 9 || u > (max - d) / 10)
			return -1;
		u = u * 10 + d;
	}
	*v = neg ? (int64_t)-u : (int64_t)u;
	return 0;
}

int
num_arg(const char *option, const char *s, int64_t min, int64_t max, int64_t *v,
    struct err *e)
{
	if (num_parse_int(s, strlen(s), v) == -1 || *v < min || *v > max)
		return err_set(e, ST_USAGE,
		    "%s: \"%s\" is no whole number from %lld to %lld", option,
		    s, (long long)min, (long long)max);
	return 0;
}

int
num_size(const char *option, const char *s, int64_t *bytes, struct err *e)
{
	static const char units[] = "kMGT";
	size_t n = strlen(s);
	const char *unit;
	int shift = 0;

	if (n > 1 && (unit = strchr(units, s[n - 1])) != NULL) {
		shift = 10 * (int)(unit - units + 1);
		n--;
	}
	if (num_parse_int(s, n, bytes) == -1 || *bytes < 0 ||
	    *bytes > INT64_MAX >> shift)
		return err_set(e, ST_USAGE,
		    "%s: \"%s\" is no size such as 64k, 256M or 2G", option, s);
	*bytes <<= shift;
	return 0;
}
