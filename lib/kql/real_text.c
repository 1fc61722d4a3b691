/* SPDX-License-Identifier: MIT */
#include "kql/real_text.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

/*
 * Loitsch's Grisu2: the shortest digits between the neighbours of a double,
 * counted down from the upper one in 64-bit arithmetic.  The service brings
 * the last digit near to the double only where few digits are behind the
 * point of the scaled number; elsewhere the upper neighbour's is left.
 */

#define STEP       8    /* decades from one power to the next */
#define LEAST      -348 /* the first power's */
#define NEAR       9    /* digits behind the point that are brought near */
#define PLAIN      21   /* digits before the point without an exponent */
#define LOG10_OF_2 0.30102999566398114

struct fp {
	uint64_t f; /* times 2^e */
	int e;
};

struct digits {
	char s[24];
	int n;
	int exponent; /* of the last digit */
};

/* 10^(LEAST + STEP i), the first bit set. */
static const uint64_t powers[] = {
	0xfa8fd5a0081c0288,
	0xbaaee17fa23ebf76,
	0x8b16fb203055ac76,
	0xcf42894a5dce35ea,
	0x9a6bb0aa55653b2d,
	0xe61acf033d1a45df,
	0xab70fe17c79ac6ca,
	0xff77b1fcbebcdc4f,
	0xbe5691ef416bd60c,
	0x8dd01fad907ffc3c,
	0xd3515c2831559a83,
	0x9d71ac8fada6c9b5,
	0xea9c227723ee8bcb,
	0xaecc49914078536d,
	0x823c12795db6ce57,
	0xc21094364dfb5637,
	0x9096ea6f3848984f,
	0xd77485cb25823ac7,
	0xa086cfcd97bf97f4,
	0xef340a98172aace5,
	0xb23867fb2a35b28e,
	0x84c8d4dfd2c63f3b,
	0xc5dd44271ad3cdba,
	0x936b9fcebb25c996,
	0xdbac6c247d62a584,
	0xa3ab66580d5fdaf6,
	0xf3e2f893dec3f126,
	0xb5b5ada8aaff80b8,
	0x87625f056c7c4a8b,
	0xc9bcff6034c13053,
	0x964e858c91ba2655,
	0xdff9772470297ebd,
	0xa6dfbd9fb8e5b88f,
	0xf8a95fcf88747d94,
	0xb94470938fa89bcf,
	0x8a08f0f8bf0f156b,
	0xcdb02555653131b6,
	0x993fe2c6d07b7fac,
	0xe45c10c42a2b3b06,
	0xaa242499697392d3,
	0xfd87b5f28300ca0e,
	0xbce5086492111aeb,
	0x8cbccc096f5088cc,
	0xd1b71758e219652c,
	0x9c40000000000000,
	0xe8d4a51000000000,
	0xad78ebc5ac620000,
	0x813f3978f8940984,
	0xc097ce7bc90715b3,
	0x8f7e32ce7bea5c70,
	0xd5d238a4abe98068,
	0x9f4f2726179a2245,
	0xed63a231d4c4fb27,
	0xb0de65388cc8ada8,
	0x83c7088e1aab65db,
	0xc45d1df942711d9a,
	0x924d692ca61be758,
	0xda01ee641a708dea,
	0xa26da3999aef774a,
	0xf209787bb47d6b85,
	0xb454e4a179dd1877,
	0x865b86925b9bc5c2,
	0xc83553c5c8965d3d,
	0x952ab45cfa97a0b3,
	0xde469fbd99a05fe3,
	0xa59bc234db398c25,
	0xf6c69a72a3989f5c,
	0xb7dcbf5354e9bece,
	0x88fcf317f22241e2,
	0xcc20ce9bd35c78a5,
	0x98165af37b2153df,
	0xe2a0b5dc971f303a,
	0xa8d9d1535ce3b396,
	0xfb9b7cd9a4a7443c,
	0xbb764c4ca7a44410,
	0x8bab8eefb6409c1a,
	0xd01fef10a657842c,
	0x9b10a4e5e9913129,
	0xe7109bfba19c0c9d,
	0xac2820d9623bf429,
	0x80444b5e7aa7cf85,
	0xbf21e44003acdd2d,
	0x8e679c2f5e44ff8f,
	0xd433179d9c8cb841,
	0x9e19db92b4e31ba9,
	0xeb96bf6ebadf77d9,
	0xaf87023b9bf0ee6b,
};

static struct fp
normal(uint64_t f, int e)
{
	int n = __builtin_clzll(f);

	return (struct fp){ f << n, e - n };
}

static struct fp
times(struct fp a, struct fp b)
{
	unsigned __int128 p = (unsigned __int128)a.f * b.f;

	p += (unsigned __int128)1 << 63;
	return (struct fp){ (uint64_t)(p >> 64), a.e + b.e + 64 };
}

/* The power that brings a number of exponent e near to 1; and its decades. */
static struct fp
power_for(int e, int *decades)
{
	int i = ((int)ceil((-61 - e) * LOG10_OF_2 + (-LEAST - 1)) >> 3) + 1;
	int k = LEAST + STEP * i;

	*decades = k;
	return (struct fp){ powers[i], (k * 217706 >> 16) - 63 };
}

struct gap {
	uint64_t width; /* between the neighbours */
	uint64_t value; /* from the upper neighbour down to the double */
};

/* The last digit goes down while that is nearer and above the lower end. */
static void
bring_near(struct digits *d, struct gap g, uint64_t rest, uint64_t one)
{
	while (rest < g.value && g.width - rest >= one &&
	    (rest + one < g.value || g.value - rest > rest + one - g.value)) {
		d->s[d->n - 1]--;
		rest += one;
	}
}

static void
add_digit(struct digits *d, unsigned digit)
{
	if (digit > 0 || d->n > 0)
		d->s[d->n++] = (char)('0' + digit);
}

/* Digits behind the point, till what is left lies within the gap. */
static void
fraction(struct digits *d, uint64_t rest, int point, struct gap g)
{
	uint64_t one = UINT64_C(1) << point, unit = 1;

	for (int behind = 1;; behind++) {
		rest *= 10;
		g.width *= 10;
		unit *= 10;
		add_digit(d, (unsigned)(rest >> point));
		rest &= one - 1;
		if (rest >= g.width)
			continue;
		g.value = behind < NEAR ? g.value * unit : 0;
		d->exponent -= behind;
		bring_near(d, g, rest, one);
		return;
	}
}

static void
all_digits(struct digits *d, struct fp upper, struct gap g)
{
	int point = -upper.e;
	uint64_t whole = upper.f >> point, unit = 1;
	uint64_t rest = upper.f & ((UINT64_C(1) << point) - 1);
	int left = 1;

	for (; unit <= whole / 10; unit *= 10)
		left++;
	for (; left > 0; unit /= 10) {
		add_digit(d, (unsigned)(whole / unit));
		whole %= unit;
		left--;
		if ((whole << point) + rest <= g.width) {
			d->exponent += left;
			bring_near(
			    d, g, (whole << point) + rest, unit << point);
			return;
		}
	}
	fraction(d, rest, point, g);
}

static void
shortest(struct digits *d, double v)
{
	struct fp own, upper, lower, power;
	uint64_t bits, hidden = UINT64_C(1) << 52;
	int e;

	memcpy(&bits, &v, sizeof(bits));
	e = (int)(bits >> 52 & 0x7ff);
	own.f = (bits & (hidden - 1)) | (e > 0 ? hidden : 0);
	own.e = e > 0 ? e - 1075 : -1074;
	upper = normal(own.f * 2 + 1, own.e - 1);
	lower.f = own.f == hidden ? own.f * 4 - 1 : own.f * 2 - 1;
	lower.e = own.f == hidden ? own.e - 2 : own.e - 1;
	lower.f <<= lower.e - upper.e;
	lower.e = upper.e;
	power = power_for(upper.e, &e);
	own = times(normal(own.f, own.e), power);
	upper = times(upper, power);
	lower = times(lower, power);
	upper.f--;
	lower.f++;
	d->n = 0;
	d->exponent = -e;
	all_digits(
	    d, upper, (struct gap){ upper.f - lower.f, upper.f - own.f });
}

/* d.ddde[-]dd */
static size_t
write_scientific(char *out, const struct digits *d)
{
	char exponent[NUM_MAX], *at = out;
	size_t n = num_int(exponent, d->n + d->exponent - 1);

	*at++ = d->s[0];
	if (d->n > 1) {
		*at++ = '.';
		memcpy(at, d->s + 1, (size_t)d->n - 1);
		at += d->n - 1;
	}
	*at++ = 'e';
	memcpy(at, exponent, n + 1);
	return (size_t)(at - out) + n;
}

/* The digits with a point among noughts, or with an exponent. */
static size_t
write_digits(char *out, const struct digits *d)
{
	int before = d->n + d->exponent; /* the point */
	char *at = out;

	if (before > PLAIN || before <= -6)
		return write_scientific(out, d);
	if (before <= 0)
		*at++ = '0';
	for (int i = 0; i < before; i++)
		*at++ = i < d->n ? d->s[i] : '0';
	*at++ = '.';
	for (int i = before; i < 0; i++)
		*at++ = '0';
	for (int i = before > 0 ? before : 0; i < d->n; i++)
		*at++ = d->s[i];
	if (before >= d->n)
		*at++ = '0';
	*at = '\0';
	return (size_t)(at - out);
}

size_t
real_text(char out[NUM_MAX], double v)
{
	struct digits d;
	size_t sign = signbit(v) ? 1 : 0;

	out[0] = '-';
	if (v == 0) {
		memcpy(out + sign, "0.0", 4);
		return sign + 3;
	}
	shortest(&d, fabs(v));
	return sign + write_digits(out + sign, &d);
}
