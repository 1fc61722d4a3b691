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

size_t
num_double(char out[NUM_MAX], double v)
{
	int n = 0;

	if (isnan(v))
		return (size_t)snprintf(out, NUM_MAX, "NaN");
	if (isinf(v))
		return (size_t)snprintf(out, NUM_MAX, v > 0 ? "+Inf" : "-Inf");
	if (fabs(v) < 1e15 && v == (double)(int64_t)v &&
	    !(v == 0 && signbit(v)))
		return num_int(out, (int64_t)v);
	for (int prec = 15; prec <= 17; prec++) {
		n = snprintf(out, NUM_MAX, "%.*g", prec, v);
		if (strtod(out, NULL) == v)
			break;
	}
	return (size_t)n;
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
