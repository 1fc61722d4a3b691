/* SPDX-License-Identifier: MIT */
#include <arpa/inet.h>
#include <stdint.h>
#include <string.h>

#include "kql/fn/address.h"
#include "kql/fn/dyn.h"
#include "kql/fn/fn.h"
#include "num.h"

/* An address of either kind, 128 bits. */
struct ipv6 {
	unsigned char b[16];
	int bits;   /* of the prefix: 128 when none is there */
	int dotted; /* written as an IPv4 address, alone or at its end */
	int v4;     /* alone */
};

int
address_any(int nargs, sqlite3_value **v, int list,
    int (*test)(const void *, const char *, size_t n), const void *arg)
{
	struct dyn_walk w;
	struct dyn d;
	struct buf b = { 0 };
	int yes = 0;
	size_t n;

	for (int i = 1; !list && i < nargs && !yes; i++) {
		const char *s = fn_str(v[i], &n);

		yes = test(arg, s, n);
	}
	if (!list)
		return yes;
	d.s = fn_str(v[1], &d.n);
	dyn_walk(&w, d);
	while (!yes && dyn_next(&w)) {
		if (dyn_kind(w.value) != DYN_STRING)
			continue;
		buf_reset(&b);
		dyn_text(&b, w.value);
		yes = test(arg, buf_str(&b), b.len);
	}
	buf_fini(&b);
	return yes;
}

/* A prefix of an address that ends in an IPv4 one counts in that. */
static int
parse_bits(const char *s, size_t n, struct ipv6 *a)
{
	int64_t bits, most = a->dotted ? 32 : 128;

	if (n == 0 || *s < '0' || *s > '9' ||
	    num_parse_int(s, n, &bits) == -1 || bits > most)
		return -1;
	a->bits = (int)bits + (a->dotted ? 96 : 0);
	return 0;
}

static int
parse_text(const char *s, size_t n, struct ipv6 *a)
{
	const char *slash = memchr(s, '/', n);
	size_t len = slash != NULL ? (size_t)(slash - s) : n;
	char text[INET6_ADDRSTRLEN];
	struct ipv4 v4;

	memset(a, 0, sizeof(*a));
	a->bits = 128;
	if (len >= sizeof(text))
		return -1;
	memcpy(text, s, len);
	text[len] = '\0';
	a->dotted = memchr(text, '.', len) != NULL;
	if (ipv4_parse(text, len, &v4) == 0) {
		a->v4 = 1;
		a->b[10] = a->b[11] = 0xff;
		for (int i = 0; i < 4; i++)
			a->b[12 + i] =
			    (unsigned char)(v4.value >> (24 - 8 * i));
	} else if (memchr(text, '\0', len) != NULL ||
	    inet_pton(AF_INET6, text, a->b) != 1) {
		return -1;
	}
	return slash == NULL ? 0 : parse_bits(slash + 1, n - len - 1, a);
}

static int
read_ipv6(sqlite3_value *v, struct ipv6 *a)
{
	size_t n;
	const char *s = fn_str(v, &n);

	return parse_text(s, n, a);
}

static void
mask(struct ipv6 *a, int bits)
{
	for (int i = 0; i < 16; i++, bits -= 8)
		if (bits < 8)
			a->b[i] &=
			    (unsigned char)(bits <= 0 ? 0 : 0xff << (8 - bits));
}

/* parse_ipv6(ip), parse_ipv6_mask(ip, prefix): "" when it is none. */
static void
parse(sqlite3_context *c, int nargs, sqlite3_value **v)
{
	struct buf b = { 0 };
	struct ipv6 a;
	int64_t bits = nargs > 1 ? sqlite3_value_int64(v[1]) : 128;

	if (!fn_any_null(nargs, v) && bits >= 0 && bits <= 128 &&
	    read_ipv6(v[0], &a) == 0) {
		mask(&a, bits < a.bits ? (int)bits : a.bits);
		for (int i = 0; i < 16; i += 2)
			buf_printf(&b, "%s%02x%02x", i > 0 ? ":" : "", a.b[i],
			    a.b[i + 1]);
	}
	fn_buf(c, &b);
}

/* ::1.2.3.4 is compared as what 1.2.3.4 alone is. */
static void
as_mapped(struct ipv6 *a)
{
	static const unsigned char zero[12];

	if (a->dotted && memcmp(a->b, zero, 12) == 0)
		a->b[10] = a->b[11] = 0xff;
}

static int
order(struct ipv6 a, struct ipv6 b, int bits)
{
	as_mapped(&a);
	as_mapped(&b);
	bits = a.bits < bits ? a.bits : bits;
	bits = b.bits < bits ? b.bits : bits;
	mask(&a, bits);
	mask(&b, bits);
	return memcmp(a.b, b.b, 16);
}

enum answer {
	AS_ORDER, /* -1, 0, 1 */
	AS_MATCH, /* 0 or 1 */
};

/* ipv6_compare(a, b[, prefix]), ipv6_is_match, ipv6_is_in_range: of two IPv4
 * addresses a prefix up to 32 is theirs. */
static void
compare(sqlite3_context *c, int nargs, sqlite3_value **v)
{
	struct ipv6 a, b;
	int64_t bits = nargs > 2 ? sqlite3_value_int64(v[2]) : 128;
	int sign;

	if (fn_any_null(nargs, v) || bits < 0 || bits > 128 ||
	    read_ipv6(v[0], &a) == -1 || read_ipv6(v[1], &b) == -1)
		return;
	if (a.v4 && b.v4 && bits <= 32)
		bits += 96;
	sign = order(a, b, (int)bits);
	sqlite3_result_int(c,
	    fn_self(c)->what == AS_MATCH ? sign == 0 : (sign > 0) - (sign < 0));
}

static int
in_range(const void *address, const char *s, size_t n)
{
	struct ipv6 range;

	return parse_text(s, n, &range) == 0 &&
	    order(*(const struct ipv6 *)address, range, 128) == 0;
}

/* ipv6_is_in_any_range(ip, range, ...) */
static void
in_any_range(sqlite3_context *c, int nargs, sqlite3_value **v)
{
	struct ipv6 a;

	if (!fn_any_null(nargs, v) && read_ipv6(v[0], &a) == 0)
		sqlite3_result_int(
		    c, address_any(nargs, v, fn_self(c)->what, in_range, &a));
}

const struct fn fn_ipv6[] = {
	{ "kql_parse_ipv6", 1, parse, 0, NULL },
	{ "kql_parse_ipv6", 2, parse, 0, NULL },
	{ "kql_ipv6_compare", 2, compare, AS_ORDER, NULL },
	{ "kql_ipv6_compare", 3, compare, AS_ORDER, NULL },
	{ "kql_ipv6_match", 2, compare, AS_MATCH, NULL },
	{ "kql_ipv6_match", 3, compare, AS_MATCH, NULL },
	{ "kql_ipv6_in_any", -1, in_any_range, 0, NULL },
	{ "kql_ipv6_in_list", 2, in_any_range, 1, NULL },
	{ NULL, 0, NULL, 0, NULL },
};
