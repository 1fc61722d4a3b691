/* SPDX-License-Identifier: MIT */
#include <ctype.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "kql/fn/dyn.h"
#include "kql/fn/fn.h"
#include "num.h"
#include "utf8.h"

/* Strings taken apart and put together in less common ways. */

/* strcmp(a, b): -1, 0 or 1. */
static void
compare(sqlite3_context *c, int nargs, sqlite3_value **v)
{
	int sign = fn_text_order(v[0], v[1]);

	(void)nargs;
	sqlite3_result_int(c, (sign > 0) - (sign < 0));
}

#define REPEAT_MAX 1024

/* strrep(s, times[, delimiter]) */
static void
multiply(sqlite3_context *c, int nargs, sqlite3_value **v)
{
	struct buf b = { 0 };
	size_t n, m = 0;
	const char *s = fn_str(v[0], &n), *between = "";
	int64_t times = sqlite3_value_int64(v[1]);

	if (fn_any_null(nargs, v))
		times = 0;
	if (times > REPEAT_MAX)
		times = REPEAT_MAX;
	if (nargs > 2)
		between = fn_str(v[2], &m);
	for (int64_t i = 0; i < times; i++) {
		if (i > 0)
			buf_add(&b, between, m);
		buf_add(&b, s, n);
	}
	fn_buf(c, &b);
}

/* The code point that begins at *s, which moves on; a stray byte is U+FFFD. */
static uint32_t
take_point(const char **s, size_t *n)
{
	uint32_t point;
	size_t len = utf8_decode(*s, *n, &point);

	if (len == 0) {
		len = 1;
		point = 0xFFFD;
	}
	*s += len;
	*n -= len;
	return point;
}

/* Where point stands in a list: counted from 0, or -1; *len is the count. */
static int64_t
find_point(const char *list, size_t n, uint32_t point, int64_t *len)
{
	int64_t at = -1;

	for (*len = 0; n > 0; ++*len)
		if (take_point(&list, &n) == point && at == -1)
			at = *len;
	return at;
}

/* translate(from, to, s): when to is shorter its last one stands for the
 * rest; when it is empty the points are left out. */
static void
translate(sqlite3_context *c, int nargs, sqlite3_value **v)
{
	struct buf b = { 0 };
	size_t n, from_n, to_n, at;
	const char *from = fn_str(v[0], &from_n), *to = fn_str(v[1], &to_n);
	const char *s = fn_str(v[2], &n), *start;
	int64_t i, len, count = (int64_t)utf8_count(to, to_n);

	(void)nargs;
	while (n > 0) {
		start = s;
		i = find_point(from, from_n, take_point(&s, &n), &len);
		if (i == -1)
			buf_add(&b, start, (size_t)(s - start));
		if (i == -1 || count == 0)
			continue;
		at = utf8_offset(to, to_n, (size_t)(i < count ? i : count - 1));
		buf_add(&b, to + at, utf8_offset(to + at, to_n - at, 1));
	}
	fn_buf(c, &b);
}

/* unicode_codepoints_from_string */
static void
points_of(sqlite3_context *c, int nargs, sqlite3_value **v)
{
	struct buf b = { 0 };
	size_t n;
	const char *s = fn_str(v[0], &n);

	(void)nargs;
	buf_putc(&b, '[');
	while (n > 0) {
		if (b.len > 1)
			buf_putc(&b, ',');
		buf_printf(&b, "%u", take_point(&s, &n));
	}
	buf_putc(&b, ']');
	fn_buf(c, &b);
}

static int
add_point(struct buf *b, int64_t point)
{
	char out[4];

	if (point < 0 || point > 0x10FFFF ||
	    (point >= 0xD800 && point <= 0xDFFF))
		return -1;
	buf_add(b, out, utf8_encode(out, (uint32_t)point));
	return 0;
}

static int
add_points(struct buf *b, sqlite3_value *v)
{
	struct dyn_walk w;
	struct dyn d;
	int64_t point;

	if (sqlite3_value_type(v) == SQLITE_INTEGER)
		return add_point(b, sqlite3_value_int64(v));
	d.s = fn_str(v, &d.n);
	dyn_walk(&w, d);
	while (dyn_next(&w))
		if (num_parse_int(w.value.s, w.value.n, &point) == -1 ||
		    add_point(b, point) == -1)
			return -1;
	return 0;
}

/* unicode_codepoints_to_string(n or array, ...) */
static void
of_points(sqlite3_context *c, int nargs, sqlite3_value **v)
{
	struct buf b = { 0 };
	int bad = 0;

	for (int i = 0; i < nargs && !bad; i++)
		bad = add_points(&b, v[i]) == -1;
	if (bad)
		buf_reset(&b);
	fn_buf(c, &b);
}

/* What holds only one kind of text. */
enum encoding {
	IS_ASCII,
	IS_UTF8,
};

static void
is_encoded(sqlite3_context *c, int nargs, sqlite3_value **v)
{
	size_t n, i = 0;
	const char *s = fn_str(v[0], &n);

	(void)nargs;
	if (fn_self(c)->what == IS_UTF8) {
		sqlite3_result_int(c, utf8_valid(s, n));
		return;
	}
	while (i < n && (unsigned char)s[i] < 0x80)
		i++;
	sqlite3_result_int(c, i == n);
}

/* tohex(n, bits[, digits]): an int is 32 bits wide. */
static void
to_hex(sqlite3_context *c, int nargs, sqlite3_value **v)
{
	uint64_t x = (uint64_t)sqlite3_value_int64(v[0]);
	int64_t digits = nargs > 2 ? sqlite3_value_int64(v[2]) : 1;
	char out[20];

	if (fn_any_null(nargs, v)) {
		fn_text(c, "", 0);
		return;
	}
	if (sqlite3_value_int(v[1]) == 32)
		x &= UINT32_MAX;
	if (digits > 16)
		digits = 16;
	snprintf(out, sizeof(out), "%0*llx", (int)(digits < 1 ? 1 : digits),
	    (unsigned long long)x);
	fn_text(c, out, strlen(out));
}

/* regex_quote: whatever could mean something gets a backslash. */
static void
quote_regex(sqlite3_context *c, int nargs, sqlite3_value **v)
{
	struct buf b = { 0 };
	size_t n;
	const char *s = fn_str(v[0], &n);

	(void)nargs;
	for (size_t i = 0; i < n; i++) {
		if (s[i] == '\0') {
			buf_puts(&b, "\\x00");
			continue;
		}
		if ((unsigned char)s[i] < 0x80 &&
		    !isalnum((unsigned char)s[i]) && s[i] != '_')
			buf_putc(&b, '\\');
		buf_putc(&b, s[i]);
	}
	fn_buf(c, &b);
}

const struct fn fn_text_more[] = {
	{ "kql_strcmp", 2, compare, 0, NULL },
	{ "kql_strrep", 2, multiply, 0, NULL },
	{ "kql_strrep", 3, multiply, 0, NULL },
	{ "kql_translate", 3, translate, 0, NULL },
	{ "kql_codepoints", 1, points_of, 0, NULL },
	{ "kql_from_codepoints", -1, of_points, 0, NULL },
	{ "kql_isascii", 1, is_encoded, IS_ASCII, NULL },
	{ "kql_isutf8", 1, is_encoded, IS_UTF8, NULL },
	{ "kql_tohex", 2, to_hex, 0, NULL },
	{ "kql_tohex", 3, to_hex, 0, NULL },
	{ "kql_regex_quote", 1, quote_regex, 0, NULL },
	{ NULL, 0, NULL, 0, NULL },
};
