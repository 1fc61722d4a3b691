/* SPDX-License-Identifier: MIT */
#include <stdint.h>
#include <string.h>

#include "json.h"
#include "kql/fn/fn.h"
#include "utf8.h"

/* strlen, string_size */
static void
length(sqlite3_context *c, int nargs, sqlite3_value **v)
{
	size_t n;
	const char *s = fn_str(v[0], &n);

	(void)nargs;
	sqlite3_result_int64(
	    c, (int64_t)(fn_self(c)->what ? n : utf8_count(s, n)));
}

static void
reverse(sqlite3_context *c, int nargs, sqlite3_value **v)
{
	struct buf b = { 0 };
	size_t n, from, to;
	const char *s = fn_str(v[0], &n);

	(void)nargs;
	for (to = n; to > 0; to = from) {
		from = to - 1;
		while (from > 0 && ((unsigned char)s[from] & 0xC0) == 0x80)
			from--;
		buf_add(&b, s + from, to - from);
	}
	fn_buf(c, &b);
}

/* substring(s, start[, length]): a start below 0 counts from the end. */
static void
substring(sqlite3_context *c, int nargs, sqlite3_value **v)
{
	size_t n, from, to;
	const char *s = fn_str(v[0], &n);
	int64_t start, count = INT64_MAX, len;

	if (fn_any_null(nargs, v))
		return;
	start = sqlite3_value_int64(v[1]);
	if (nargs == 3)
		count = sqlite3_value_int64(v[2]);
	len = (int64_t)utf8_count(s, n);
	if (start < 0)
		start += len;
	if (start < 0 || start >= len || count <= 0) {
		fn_text(c, "", 0);
		return;
	}
	from = utf8_offset(s, n, (size_t)start);
	to = count >= len - start
	    ? n
	    : from + utf8_offset(s + from, n - from, (size_t)count);
	fn_text(c, s + from, to - from);
}

/* Where what indexof finds may begin, in bytes.  Returns 0 if nowhere. */
static int
search_range(const char *s, size_t n, int nargs, sqlite3_value **v,
    size_t *from, size_t *to)
{
	int64_t start = nargs > 2 ? sqlite3_value_int64(v[2]) : 0;
	int64_t count = nargs > 3 ? sqlite3_value_int64(v[3]) : -1;
	int64_t len = (int64_t)utf8_count(s, n);

	if (start < 0)
		start = start + len < 0 ? 0 : start + len;
	if (start > len)
		return 0;
	*from = utf8_offset(s, n, (size_t)start);
	*to = n;
	if (count >= 0 && count < len - start)
		*to = *from + utf8_offset(s + *from, n - *from, (size_t)count);
	return 1;
}

static const char *
nth_match(const char *s, const char *end, const char *t, size_t m, int64_t nth)
{
	while ((s = memmem(s, (size_t)(end - s), t, m)) != NULL && --nth > 0)
		s++;
	return s;
}

/* indexof(s, t[, start[, length[, occurrence]]]) */
static void
index_of(sqlite3_context *c, int nargs, sqlite3_value **v)
{
	size_t n, m, from, to;
	const char *s = fn_str(v[0], &n), *t = fn_str(v[1], &m), *at = NULL;
	int64_t nth = nargs > 4 ? sqlite3_value_int64(v[4]) : 1;

	if (fn_any_null(nargs, v) || m == 0 || nth < 1)
		return;
	if (search_range(s, n, nargs, v, &from, &to)) {
		to = to + m - 1 < n ? to + m - 1 : n;
		at = nth_match(s + from, s + to, t, m, nth);
	}
	sqlite3_result_int64(
	    c, at != NULL ? (int64_t)utf8_count(s, (size_t)(at - s)) : -1);
}

/* split(s, delimiter[, index]): one element as an array, beyond them null. */
static void
split(sqlite3_context *c, int nargs, sqlite3_value **v)
{
	struct buf b = { 0 };
	size_t n, m, len;
	const char *s = fn_str(v[0], &n), *t = fn_str(v[1], &m), *end;
	int64_t want = nargs > 2 ? sqlite3_value_int64(v[2]) : -1, i;

	if (fn_any_null(nargs, v))
		return;
	for (i = 0;; i++) {
		end = m > 0 ? memmem(s, n, t, m) : NULL;
		len = end != NULL ? (size_t)(end - s) : n;
		if (nargs < 3 || i == want) {
			buf_putc(&b, b.len == 0 ? '[' : ',');
			json_write_str(&b, s, len);
		}
		if (end == NULL)
			break;
		s = end + m;
		n -= len + m;
	}
	if (b.len == 0)
		return;
	buf_putc(&b, ']');
	fn_buf(c, &b);
}

/* strcat_delim(delimiter, ...) */
static void
join(sqlite3_context *c, int nargs, sqlite3_value **v)
{
	struct buf b = { 0 };
	size_t n, m;
	const char *s;

	for (int i = 1; i < nargs; i++) {
		s = fn_str(v[0], &m);
		if (i > 1)
			buf_add(&b, s, m);
		s = fn_str(v[i], &n);
		buf_add(&b, s, n);
	}
	fn_buf(c, &b);
}

static void
replace(sqlite3_context *c, int nargs, sqlite3_value **v)
{
	struct buf b = { 0 };
	size_t n, m, k;
	const char *s = fn_str(v[0], &n), *t = fn_str(v[1], &m);
	const char *with = fn_str(v[2], &k), *at;

	(void)nargs;
	while (m > 0 && (at = memmem(s, n, t, m)) != NULL) {
		buf_add(&b, s, (size_t)(at - s));
		buf_add(&b, with, k);
		n -= (size_t)(at - s) + m;
		s = at + m;
	}
	buf_add(&b, s, n);
	fn_buf(c, &b);
}

/* Occurrences may overlap. */
static void
count_of(sqlite3_context *c, int nargs, sqlite3_value **v)
{
	size_t n, m;
	const char *s = fn_str(v[0], &n), *t = fn_str(v[1], &m), *at = s;
	int64_t count = 0;

	(void)nargs;
	while (m > 0 && (at = memmem(at, n - (size_t)(at - s), t, m)) != NULL) {
		count++;
		at++;
	}
	sqlite3_result_int64(c, count);
}

const struct fn fn_string[] = {
	{ "kql_strlen", 1, length, 0, NULL },
	{ "kql_string_size", 1, length, 1, NULL },
	{ "kql_reverse", 1, reverse, 0, NULL },
	{ "kql_substring", 2, substring, 0, NULL },
	{ "kql_substring", 3, substring, 0, NULL },
	{ "kql_indexof", 2, index_of, 0, NULL },
	{ "kql_indexof", 3, index_of, 0, NULL },
	{ "kql_indexof", 4, index_of, 0, NULL },
	{ "kql_indexof", 5, index_of, 0, NULL },
	{ "kql_split", 2, split, 0, NULL },
	{ "kql_split", 3, split, 0, NULL },
	{ "kql_strcat_delim", -1, join, 0, NULL },
	{ "kql_replace_string", 3, replace, 0, NULL },
	{ "kql_countof", 2, count_of, 0, NULL },
	{ NULL, 0, NULL, 0, NULL },
};
