/* SPDX-License-Identifier: MIT */
#include <ctype.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "kql/fn/address.h"
#include "kql/fn/fn.h"

/* Take a number of up to most; digits only.  Returns 0, or -1. */
static int
take_number(const char **s, const char *end, uint32_t most, uint32_t *v)
{
	const char *from = *s;

	for (*v = 0; *s < end && isdigit((unsigned char)**s); ++*s) {
		*v = *v * 10 + (uint32_t)(**s - '0');
		if (*v > most || *s - from > 2)
			return -1;
	}
	return *s > from ? 0 : -1;
}

/* Take numbers with dots between, at most four; *n says how many. */
static int
take_dotted(const char **s, const char *end, uint32_t *v, int *n)
{
	uint32_t part;

	*v = 0;
	for (*n = 0; *n < 4; ++*n) {
		if (*n > 0 && (*s == end || *(*s)++ != '.'))
			return -1;
		if (*n > 0 && *s == end)
			return 0; /* a prefix: 192.168. */
		if (take_number(s, end, 255, &part) == -1)
			return -1;
		*v = *v << 8 | part;
	}
	return 0;
}

int
ipv4_parse(const char *s, size_t n, struct ipv4 *a)
{
	const char *end = s + n;
	uint32_t bits = 32;
	int parts;

	if (take_dotted(&s, end, &a->value, &parts) == -1 || parts != 4)
		return -1;
	if (s < end && (*s++ != '/' || take_number(&s, end, 32, &bits) == -1))
		return -1;
	a->bits = (int)bits;
	return s == end ? 0 : -1;
}

static uint32_t
masked(uint32_t v, int bits)
{
	return bits <= 0 ? 0 : v & ~(uint32_t)0 << (32 - bits);
}

static int
least(int64_t a, int64_t b)
{
	return (int)(a < b ? a : b);
}

static int
read_ipv4(sqlite3_value *v, struct ipv4 *a)
{
	size_t n;
	const char *s = fn_str(v, &n);

	return ipv4_parse(s, n, a);
}

/* The prefix that is argument i, or 32.  Returns 0 when it is none. */
static int
read_prefix(int nargs, sqlite3_value **v, int i, int64_t *bits)
{
	*bits = nargs > i ? sqlite3_value_int64(v[i]) : 32;
	return !fn_any_null(nargs, v) && *bits >= 0 && *bits <= 32;
}

/* parse_ipv4(ip), parse_ipv4_mask(ip, prefix) */
static void
parse(sqlite3_context *c, int nargs, sqlite3_value **v)
{
	struct ipv4 a;
	int64_t bits;

	if (read_prefix(nargs, v, 1, &bits) && read_ipv4(v[0], &a) == 0)
		sqlite3_result_int64(c, masked(a.value, least(bits, a.bits)));
}

enum answer {
	AS_ORDER, /* -1, 0, 1 */
	AS_MATCH, /* 0 or 1 */
};

/* ipv4_compare(a, b[, prefix]), ipv4_is_match, ipv4_is_in_range */
static void
compare(sqlite3_context *c, int nargs, sqlite3_value **v)
{
	struct ipv4 a, b;
	int64_t bits;
	uint32_t x, y;

	if (!read_prefix(nargs, v, 2, &bits) || read_ipv4(v[0], &a) == -1 ||
	    read_ipv4(v[1], &b) == -1)
		return;
	bits = least(bits, least(a.bits, b.bits));
	x = masked(a.value, (int)bits);
	y = masked(b.value, (int)bits);
	sqlite3_result_int(
	    c, fn_self(c)->what == AS_MATCH ? x == y : (x > y) - (x < y));
}

static int
in_range(const void *address, const char *s, size_t n)
{
	const struct ipv4 *a = address;
	struct ipv4 range;
	int bits;

	if (ipv4_parse(s, n, &range) == -1)
		return 0;
	bits = least(a->bits, range.bits);
	return masked(a->value, bits) == masked(range.value, bits);
}

/* ipv4_is_in_any_range(ip, range, ...) */
static void
in_any_range(sqlite3_context *c, int nargs, sqlite3_value **v)
{
	struct ipv4 a;

	if (!fn_any_null(nargs, v) && read_ipv4(v[0], &a) == 0)
		sqlite3_result_int(
		    c, address_any(nargs, v, fn_self(c)->what, in_range, &a));
}

static void
is_private(sqlite3_context *c, int nargs, sqlite3_value **v)
{
	static const struct ipv4 nets[] = { { 0x0a000000, 8 },
		{ 0xac100000, 12 }, { 0xc0a80000, 16 } };
	struct ipv4 a;
	int yes = 0;

	(void)nargs;
	if (read_ipv4(v[0], &a) == -1)
		return;
	for (size_t i = 0; i < sizeof(nets) / sizeof(nets[0]); i++)
		yes |= a.bits >= nets[i].bits &&
		    masked(a.value, nets[i].bits) == nets[i].value;
	sqlite3_result_int(c, yes);
}

static void
suffix(sqlite3_context *c, int nargs, sqlite3_value **v)
{
	struct ipv4 a;

	(void)nargs;
	if (read_ipv4(v[0], &a) == 0)
		sqlite3_result_int(c, a.bits);
}

static void
put_ipv4(struct buf *b, uint32_t x)
{
	buf_printf(
	    b, "%u.%u.%u.%u", x >> 24, x >> 16 & 255, x >> 8 & 255, x & 255);
}

/* format_ipv4(ip or number[, prefix]), format_ipv4_mask: what is none is "" */
static void
format(sqlite3_context *c, int nargs, sqlite3_value **v)
{
	struct buf b = { 0 };
	struct ipv4 a = { 0, 32 };
	int64_t bits, number = sqlite3_value_int64(v[0]);
	int ok = read_prefix(nargs, v, 1, &bits);

	if (sqlite3_value_type(v[0]) == SQLITE_INTEGER) {
		ok = ok && number >= 0 && number <= UINT32_MAX;
		a.value = (uint32_t)number;
	} else {
		ok = ok && read_ipv4(v[0], &a) == 0;
	}
	if (ok) {
		bits = least(bits, a.bits);
		put_ipv4(&b, masked(a.value, (int)bits));
		if (fn_self(c)->what)
			buf_printf(&b, "/%d", (int)bits);
	}
	fn_buf(c, &b);
}

/* ipv4_range_to_cidr_list(first, last): the fewest nets that fill it. */
static void
to_nets(sqlite3_context *c, int nargs, sqlite3_value **v)
{
	struct buf b = { 0 };
	struct ipv4 first, last;
	uint64_t at, size;

	(void)nargs;
	if (read_ipv4(v[0], &first) == -1 || read_ipv4(v[1], &last) == -1 ||
	    first.value > last.value)
		return;
	buf_putc(&b, '[');
	for (at = first.value; at <= last.value; at += size) {
		int bits = 32;

		size = 1;
		while (bits > 0 && at % (size * 2) == 0 &&
		    at + size * 2 - 1 <= last.value) {
			size *= 2;
			bits--;
		}
		buf_puts(&b, b.len > 1 ? ",\"" : "\"");
		put_ipv4(&b, (uint32_t)at);
		buf_printf(&b, "/%d\"", bits);
	}
	buf_putc(&b, ']');
	fn_buf(c, &b);
}

/* A text that addresses are looked for in. */
struct haystack {
	const char *s;
	size_t n;
	int prefix; /* 192.168. will do */
};

/* Does an address begin at p, up to what is no letter or digit? */
static int
is_address_at(const struct haystack *h, const char *p)
{
	const char *end = h->s + h->n;
	uint32_t v;
	int parts;

	if (p > h->s && isalnum((unsigned char)p[-1]))
		return 0;
	return take_dotted(&p, end, &v, &parts) == 0 && parts == 4 &&
	    (p == end || !isalnum((unsigned char)*p));
}

static int
is_in(const void *haystack, const char *s, size_t n)
{
	const struct haystack *h = haystack;
	const char *at = h->s, *end = s;
	uint32_t v;
	int parts, whole;

	if (take_dotted(&end, s + n, &v, &parts) == -1 || end != s + n)
		return 0;
	whole = parts == 4;
	if (!whole && !h->prefix)
		return 0;
	while ((at = memmem(at, h->n - (size_t)(at - h->s), s, n)) != NULL) {
		if (is_address_at(h, at) &&
		    (!whole || at + n == h->s + h->n ||
			!isalnum((unsigned char)at[n])))
			return 1;
		at++;
	}
	return 0;
}

#define LIST   1
#define PREFIX 2

/* has_ipv4(text, ip), has_any_ipv4, has_ipv4_prefix, has_any_ipv4_prefix */
static void
has(sqlite3_context *c, int nargs, sqlite3_value **v)
{
	int what = fn_self(c)->what;
	struct haystack h = { .prefix = (what & PREFIX) != 0 };

	if (nargs == 0)
		return;
	h.s = fn_str(v[0], &h.n);
	sqlite3_result_int(c, address_any(nargs, v, what & LIST, is_in, &h));
}

const struct fn fn_ipv4[] = {
	{ "kql_parse_ipv4", 1, parse, 0, NULL },
	{ "kql_parse_ipv4", 2, parse, 0, NULL },
	{ "kql_ipv4_compare", 2, compare, AS_ORDER, NULL },
	{ "kql_ipv4_compare", 3, compare, AS_ORDER, NULL },
	{ "kql_ipv4_match", 2, compare, AS_MATCH, NULL },
	{ "kql_ipv4_match", 3, compare, AS_MATCH, NULL },
	{ "kql_ipv4_in_any", -1, in_any_range, 0, NULL },
	{ "kql_ipv4_in_list", 2, in_any_range, LIST, NULL },
	{ "kql_ipv4_is_private", 1, is_private, 0, NULL },
	{ "kql_ipv4_suffix", 1, suffix, 0, NULL },
	{ "kql_ipv4_nets", 2, to_nets, 0, NULL },
	{ "kql_format_ipv4", 1, format, 0, NULL },
	{ "kql_format_ipv4", 2, format, 0, NULL },
	{ "kql_format_ipv4_mask", 1, format, 1, NULL },
	{ "kql_format_ipv4_mask", 2, format, 1, NULL },
	{ "kql_has_ipv4", -1, has, 0, NULL },
	{ "kql_has_ipv4_list", 2, has, LIST, NULL },
	{ "kql_has_ipv4_prefix", -1, has, PREFIX, NULL },
	{ "kql_has_ipv4_prefix_list", 2, has, PREFIX | LIST, NULL },
	{ NULL, 0, NULL, 0, NULL },
};
