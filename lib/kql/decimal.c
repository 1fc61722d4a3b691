/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "kql/decimal.h"

typedef unsigned __int128 u128;

#define EXPONENT_MAX 6111 /* of decimal128 */
#define EXPONENT_MIN (-6176)

static u128
power(int n)
{
	u128 p = 1;

	while (n-- > 0)
		p *= 10;
	return p;
}

static int
count(u128 x)
{
	int n = 0;

	for (; x > 0; x /= 10)
		n++;
	return n;
}

/*
 * Round to 34 digits and drop zeros at the end.  rest says what stands behind
 * the digits: 0 nothing, 1 something.  Returns 0, or -1: too great.
 */
static int
settle(struct decimal *d, u128 x, int64_t exponent, int rest)
{
	int over = count(x) - DECIMAL_DIGITS;
	u128 unit, below;

	if (exponent + over < EXPONENT_MIN)
		over = (int)(EXPONENT_MIN - exponent);
	if (over > 38)
		over = 38;
	if (over > 0) {
		unit = power(over);
		below = x % unit;
		x /= unit;
		exponent += over;
		if (below > unit / 2 ||
		    (below == unit / 2 && (rest || x % 2 == 1)))
			x++;
	}
	while (x > 0 && x % 10 == 0) {
		x /= 10;
		exponent++;
	}
	if (x == 0) {
		*d = (struct decimal){ 0 };
		return 0;
	}
	d->digits = x;
	d->exponent = (int)exponent;
	return exponent + count(x) > EXPONENT_MAX + DECIMAL_DIGITS ? -1 : 0;
}

/* Digits with a point among them; those past 37 only tell of a rest. */
static const char *
take_digits(const char *s, const char *end, u128 *x, int64_t *exponent,
    int *rest, int *found)
{
	int point = 0, n = 0;

	for (; s < end; s++) {
		if (*s == '.' && !point) {
			point = 1;
			continue;
		}
		if (*s < '0' || *s > '9')
			break;
		*found = 1;
		if (n < 37) {
			*x = *x * 10 + (unsigned)(*s - '0');
			n += *x > 0;
			*exponent -= point;
		} else {
			*rest |= *s != '0';
			*exponent += !point;
		}
	}
	return s;
}

int
decimal_parse(const char *s, size_t n, struct decimal *d)
{
	const char *end = n > 0 ? s + n : s;
	int64_t exponent = 0;
	int rest = 0, found = 0, e = 0, minus;
	u128 x = 0;

	d->negative = s < end && *s == '-';
	if (s < end && (*s == '-' || *s == '+'))
		s++;
	s = take_digits(s, end, &x, &exponent, &rest, &found);
	if (!found)
		return -1;
	if (end - s >= 2 && (*s == 'e' || *s == 'E')) {
		minus = *++s == '-';
		if ((*s == '-' || *s == '+') && ++s == end)
			return -1;
		for (; s < end && *s >= '0' && *s <= '9'; s++)
			e = e < 100000 ? e * 10 + (*s - '0') : e;
		exponent += minus ? -e : e;
	}
	return s == end ? settle(d, x, exponent, rest) : -1;
}

size_t
decimal_text(char out[DECIMAL_TEXT], const struct decimal *d)
{
	char digits[40];
	int n = count(d->digits), point = n + d->exponent;
	u128 x = d->digits;
	char *p = out;

	for (int i = n; i-- > 0; x /= 10)
		digits[i] = (char)('0' + (int)(x % 10));
	if (d->negative)
		*p++ = '-';
	if (point <= 0)
		*p++ = '0';
	for (int i = 0; i < point; i++)
		*p++ = i < n ? digits[i] : '0';
	if (point < n) {
		*p++ = '.';
		for (int i = point; i < n; i++)
			*p++ = i < 0 ? '0' : digits[i];
	}
	*p = '\0';
	return (size_t)(p - out);
}

struct decimal
decimal_of(int64_t n)
{
	struct decimal d = { .negative = n < 0 };

	settle(&d, n < 0 ? (u128)0 - (u128)n : (u128)n, 0, 0);
	return d;
}

/* Bring the digits to a lower exponent as far as there is room. */
static void
lower(u128 *x, int *exponent, int to)
{
	while (*exponent > to && *x < power(37)) {
		*x *= 10;
		--*exponent;
	}
}

/* And to a higher one: what is lost is told. */
static int
raise_to(u128 *x, int *exponent, int to)
{
	int lost = 0;

	for (; *exponent<to && * x> 0; ++*exponent) {
		lost |= *x % 10 != 0;
		*x /= 10;
	}
	*exponent = to;
	return lost;
}

int
decimal_add(struct decimal *sum, struct decimal a, struct decimal b)
{
	u128 x = a.digits, y = b.digits;
	int p = a.exponent, q = b.exponent, rest;

	if (x == 0 || y == 0) {
		*sum = x == 0 ? b : a;
		return 0;
	}
	lower(&x, &p, q);
	lower(&y, &q, p);
	rest = p > q ? raise_to(&y, &q, p) : raise_to(&x, &p, q);
	sum->negative = a.negative;
	if (a.negative == b.negative)
		return settle(sum, x + y, p, rest);
	/* What was lost is part of the smaller one: take a whole from it. */
	if (x >= y)
		return settle(sum, x - y - (rest && x > y), p, rest);
	sum->negative = b.negative;
	return settle(sum, y - x - (unsigned)rest, p, rest);
}

/* Times ten and one more digit, in words of 32 bits, the lowest first. */
static unsigned
divide_by_ten(uint32_t w[8])
{
	uint64_t rest = 0;

	for (int i = 7; i >= 0; i--) {
		rest = rest << 32 | w[i];
		w[i] = (uint32_t)(rest / 10);
		rest %= 10;
	}
	return (unsigned)rest;
}

static void
multiply(uint32_t w[8], u128 x, u128 y)
{
	memset(w, 0, 8 * sizeof(*w));
	for (int i = 0; i < 4; i++) {
		uint64_t carry = 0, part = (uint32_t)(x >> 32 * i);

		for (int k = 0; k < 4; k++) {
			carry += part * (uint32_t)(y >> 32 * k) + w[i + k];
			w[i + k] = (uint32_t)carry;
			carry >>= 32;
		}
		w[i + 4] = (uint32_t)carry;
	}
}

int
decimal_mul(struct decimal *d, struct decimal a, struct decimal b)
{
	int64_t exponent = (int64_t)a.exponent + b.exponent;
	uint32_t w[8];
	int rest = 0;
	u128 x = 0;

	multiply(w, a.digits, b.digits);
	for (; w[4] != 0 || w[5] != 0 || w[6] != 0 || w[7] != 0 ||
	     w[3] >= 0x0f000000;
	     exponent++)
		rest |= divide_by_ten(w) != 0;
	for (int i = 3; i >= 0; i--)
		x = x << 32 | w[i];
	d->negative = a.negative != b.negative;
	return settle(d, x, exponent, rest);
}

int
decimal_div(struct decimal *d, struct decimal a, struct decimal b)
{
	int64_t exponent = (int64_t)a.exponent - b.exponent;
	u128 x, rest;

	if (b.digits == 0)
		return -1;
	x = a.digits / b.digits;
	rest = a.digits % b.digits;
	for (; rest > 0 && x < power(36); exponent--) {
		rest *= 10;
		x = x * 10 + rest / b.digits;
		rest %= b.digits;
	}
	d->negative = a.negative != b.negative;
	return settle(d, x, exponent, rest > 0);
}

int
decimal_compare(struct decimal a, struct decimal b)
{
	struct decimal d;

	if (a.negative != b.negative)
		return a.negative ? -1 : 1;
	if (a.digits == b.digits && a.exponent == b.exponent)
		return 0;
	b.negative = !b.negative;
	if (decimal_add(&d, a, b) == -1)
		return a.negative ? -1 : 1;
	if (d.digits == 0)
		return 0;
	return d.negative ? -1 : 1;
}

/* Without the digits behind the point but places of them; *lost is their
 * worth, from 0 to 2: less than half a unit, half or more, and none is 0. */
static struct decimal
cut(struct decimal d, int places, int *lost)
{
	int n = -places - d.exponent;
	u128 unit, below;

	*lost = 0;
	if (n <= 0 || d.digits == 0)
		return d;
	unit = power(n > 37 ? 37 : n);
	below = d.digits % unit;
	*lost = below == 0 ? 0 : below >= unit / 2 ? 2 : 1;
	settle(&d, d.digits / unit, -places, 0);
	return d;
}

/* One more or one less at a place. */
static struct decimal
step(struct decimal d, int places, int negative)
{
	struct decimal one = { 1, -places, negative };

	decimal_add(&d, d, one);
	return d;
}

struct decimal
decimal_round(struct decimal d, int places)
{
	int lost, negative = d.negative;
	struct decimal r = cut(d, places, &lost);

	return lost == 2 ? step(r, places, negative) : r;
}

struct decimal
decimal_floor(struct decimal d)
{
	int lost, negative = d.negative;
	struct decimal r = cut(d, 0, &lost);

	return lost > 0 && negative ? step(r, 0, 1) : r;
}

/*
 * Digit by digit, of a number that is a multiple of the lower power of ten: a
 * quotient of 34 digits may be rounded up or lack its last ones, so that what
 * is left cannot be told from it.
 */
int
decimal_mod(struct decimal *d, struct decimal a, struct decimal b)
{
	int n = b.exponent - a.exponent, exponent = a.exponent;
	u128 unit = power(n < 0 ? 0 : n > 34 ? 34 : n), rest;

	if (b.digits == 0)
		return -1;
	rest = a.digits / unit % b.digits * unit + a.digits % unit;
	for (; exponent > b.exponent; exponent--)
		rest = rest * 10 % b.digits;
	d->negative = a.negative;
	b.negative = 0;
	if (settle(d, rest, exponent, 0) == -1)
		return -1;
	return d->negative ? decimal_add(d, *d, b) : 0;
}
