/* SPDX-License-Identifier: MIT */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "kql/fn/fn.h"
#include "utf8.h"

/* Punycode, RFC 3492, with the parameters of its section 5. */
enum {
	BASE = 36,
	T_MIN = 1,
	T_MAX = 26,
	SKEW = 38,
	DAMP = 700,
	BIAS = 72,
	FIRST = 0x80,
};

#define POINTS_MAX 4096 /* code points of a text */

struct points {
	uint32_t at[POINTS_MAX];
	size_t n;
};

static int
read_points(struct points *p, const char *s, size_t n)
{
	size_t len;

	for (p->n = 0; n > 0; s += len, n -= len)
		if (p->n == POINTS_MAX ||
		    (len = utf8_decode(s, n, &p->at[p->n++])) == 0)
			return -1;
	return 0;
}

static uint32_t
adapt(uint32_t delta, size_t count, int first)
{
	uint32_t k = 0;

	delta = first ? delta / DAMP : delta / 2;
	delta += delta / (uint32_t)count;
	for (; delta > (BASE - T_MIN) * T_MAX / 2; k += BASE)
		delta /= BASE - T_MIN;
	return k + (BASE - T_MIN + 1) * delta / (delta + SKEW);
}

/* Where a digit's threshold lies, at place k. */
static uint32_t
threshold(uint32_t k, uint32_t bias)
{
	if (k <= bias)
		return T_MIN;
	return k >= bias + T_MAX ? T_MAX : k - bias;
}

static void
put_number(struct buf *b, uint32_t q, uint32_t bias)
{
	uint32_t t, digit;

	for (uint32_t k = BASE;; k += BASE) {
		t = threshold(k, bias);
		digit = q < t ? q : t + (q - t) % (BASE - t);
		buf_putc(
		    b, (char)(digit < 26 ? 'a' + digit : '0' + digit - 26));
		if (q < t)
			return;
		q = (q - t) / (BASE - t);
	}
}

/* The least code point that is at least c. */
static uint32_t
next_point(const struct points *p, uint32_t c)
{
	uint32_t least = UINT32_MAX;

	for (size_t i = 0; i < p->n; i++)
		if (p->at[i] >= c && p->at[i] < least)
			least = p->at[i];
	return least;
}

static void
encode(struct buf *b, const struct points *p)
{
	uint32_t c = FIRST, delta = 0, bias = BIAS, next;
	size_t basic = 0, done;

	for (size_t i = 0; i < p->n; i++)
		if (p->at[i] < FIRST) {
			buf_putc(b, (char)p->at[i]);
			basic++;
		}
	if (basic > 0)
		buf_putc(b, '-');
	for (done = basic; done < p->n; delta++, c++) {
		next = next_point(p, c);
		delta += (next - c) * (uint32_t)(done + 1);
		c = next;
		for (size_t i = 0; i < p->n; i++) {
			if (p->at[i] < c)
				delta++;
			if (p->at[i] != c)
				continue;
			put_number(b, delta, bias);
			bias = adapt(delta, done + 1, done == basic);
			done++;
			delta = 0;
		}
	}
}

static int
digit_of(char c)
{
	if (c >= 'a' && c <= 'z')
		return c - 'a';
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	return c >= '0' && c <= '9' ? c - '0' + 26 : -1;
}

/* A number behind *s; its sum goes to *v.  Returns 0, or -1. */
static int
take_number(const char **s, const char *end, uint32_t bias, uint64_t *v)
{
	uint64_t weight = 1;
	uint32_t t;
	int digit;

	for (uint32_t k = BASE;; k += BASE) {
		if (*s == end || (digit = digit_of(*(*s)++)) == -1)
			return -1;
		*v += (uint64_t)digit * weight;
		t = threshold(k, bias);
		if (*v > UINT32_MAX || weight > UINT32_MAX)
			return -1;
		if ((uint32_t)digit < t)
			return 0;
		weight *= BASE - t;
	}
}

static int
decode(struct points *p, const char *s, size_t n)
{
	const char *end = s + n, *dash = memrchr(s, '-', n);
	uint32_t c = FIRST, bias = BIAS;
	uint64_t i = 0, before;

	if (read_points(p, s, dash != NULL ? (size_t)(dash - s) : 0) == -1)
		return -1;
	if (dash != NULL)
		s = dash + 1;
	for (; s < end; i++) {
		before = i;
		if (p->n == POINTS_MAX || take_number(&s, end, bias, &i) == -1)
			return -1;
		bias = adapt((uint32_t)(i - before), p->n + 1, before == 0);
		c += (uint32_t)(i / (p->n + 1));
		i %= p->n + 1;
		if (c > 0x10FFFF || (c >= 0xD800 && c <= 0xDFFF))
			return -1;
		memmove(p->at + i + 1, p->at + i, (p->n - i) * sizeof(*p->at));
		p->at[i] = c;
		p->n++;
	}
	return 0;
}

static int
put_encoded(struct buf *b, struct points *p, const char *s, size_t n)
{
	if (read_points(p, s, n) == -1)
		return -1;
	encode(b, p);
	return 0;
}

static int
put_decoded(struct buf *b, struct points *p, const char *s, size_t n)
{
	char out[4];

	if (decode(p, s, n) == -1)
		return -1;
	for (size_t i = 0; i < p->n; i++)
		buf_add(b, out, utf8_encode(out, p->at[i]));
	return 0;
}

/* A label of a domain: other than ASCII is encoded, behind xn--. */
static int
put_label(struct buf *b, struct points *p, const char *s, size_t n, int back)
{
	int plain = 1;

	if (back) {
		if (n > 4 && strncasecmp(s, "xn--", 4) == 0)
			return put_decoded(b, p, s + 4, n - 4);
		buf_add(b, s, n);
		return 0;
	}
	for (size_t i = 0; i < n; i++)
		plain &= (unsigned char)s[i] < 0x80;
	if (plain) {
		buf_add(b, s, n);
		return 0;
	}
	buf_puts(b, "xn--");
	return put_encoded(b, p, s, n);
}

static int
put_domain(struct buf *b, struct points *p, const char *s, size_t n, int back)
{
	const char *dot;
	size_t len;

	for (;; s += len + 1, n -= len + 1) {
		dot = memchr(s, '.', n);
		len = dot != NULL ? (size_t)(dot - s) : n;
		if (put_label(b, p, s, len, back) == -1)
			return -1;
		if (dot == NULL)
			return 0;
		buf_putc(b, '.');
	}
}

#define BACK   1
#define DOMAIN 2

/* What cannot be done gives "". */
static void
punycode(sqlite3_context *c, int nargs, sqlite3_value **v)
{
	int what = fn_self(c)->what, bad;
	struct points *p = malloc(sizeof(*p));
	struct buf b = { 0 };
	size_t n;
	const char *s = fn_str(v[0], &n);

	(void)nargs;
	if (p == NULL) {
		sqlite3_result_error_nomem(c);
		return;
	}
	if (what & DOMAIN)
		bad = put_domain(&b, p, s, n, what & BACK) == -1;
	else if (what & BACK)
		bad = put_decoded(&b, p, s, n) == -1;
	else
		bad = put_encoded(&b, p, s, n) == -1;
	if (bad)
		buf_reset(&b);
	free(p);
	fn_buf(c, &b);
}

const struct fn fn_punycode[] = {
	{ "kql_punycode", 1, punycode, 0, NULL },
	{ "kql_from_punycode", 1, punycode, BACK, NULL },
	{ "kql_punycode_domain", 1, punycode, DOMAIN, NULL },
	{ "kql_from_punycode_domain", 1, punycode, DOMAIN | BACK, NULL },
	{ NULL, 0, NULL, 0, NULL },
};
