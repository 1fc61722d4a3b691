/* SPDX-License-Identifier: MIT */
#include <math.h>
#include <string.h>

#include "json.h"
#include "kql/fn/dyn.h"
#include "kql/fn/fn.h"
#include "num.h"

/* JSON's null is NULL. */
static void
give(sqlite3_context *c, struct dyn d)
{
	if (dyn_kind(d) != DYN_NULL)
		fn_text(c, d.s, d.n);
}

/* member(d, key) */
static void
member(sqlite3_context *c, int nargs, sqlite3_value **v)
{
	struct dyn_walk w;
	struct dyn d = fn_dyn(v[0]);
	size_t n;
	const char *name = fn_str(v[1], &n);

	if (fn_any_null(nargs, v) || dyn_kind(d) != DYN_BAG)
		return;
	dyn_walk(&w, d);
	while (dyn_next(&w))
		if (dyn_key_is(w.key, name, n)) {
			give(c, w.value);
			return;
		}
}

static int64_t
count(struct dyn d)
{
	struct dyn_walk w;
	int64_t n = 0;

	dyn_walk(&w, d);
	while (dyn_next(&w))
		n++;
	return n;
}

/* element(d, index): of an array, -1 is the last; of a bag, a key as text. */
static void
element(sqlite3_context *c, int nargs, sqlite3_value **v)
{
	struct dyn_walk w;
	struct dyn d = fn_dyn(v[0]);
	int64_t at;

	if (fn_any_null(nargs, v))
		return;
	if (sqlite3_value_type(v[1]) == SQLITE_TEXT) {
		member(c, nargs, v);
		return;
	}
	at = sqlite3_value_int64(v[1]);
	if (dyn_kind(d) != DYN_ARRAY)
		return;
	if (at < 0)
		at += count(d);
	dyn_walk(&w, d);
	while (at >= 0 && dyn_next(&w))
		if (at-- == 0) {
			give(c, w.value);
			return;
		}
}

static void
array_length(sqlite3_context *c, int nargs, sqlite3_value **v)
{
	struct dyn d = fn_dyn(v[0]);

	if (!fn_any_null(nargs, v) && dyn_kind(d) == DYN_ARRAY)
		sqlite3_result_int64(c, count(d));
}

static void
write_json(struct buf *b, sqlite3_value *v)
{
	size_t n;
	const char *s = fn_str(v, &n);

	if (sqlite3_value_type(v) == SQLITE_NULL)
		buf_puts(b, "null");
	else
		buf_add(b, s, n);
}

static void
pack_array(sqlite3_context *c, int nargs, sqlite3_value **v)
{
	struct buf b = { 0 };

	buf_putc(&b, '[');
	for (int i = 0; i < nargs; i++) {
		if (i > 0)
			buf_putc(&b, ',');
		write_json(&b, v[i]);
	}
	buf_putc(&b, ']');
	fn_buf(c, &b);
}

/* Did the key come before? */
static int
is_repeated(sqlite3_value **v, int i)
{
	size_t n, m;
	const char *key = fn_str(v[i], &n), *other;

	for (int k = 0; k < i; k += 2) {
		other = fn_str(v[k], &m);
		if (n == m && memcmp(key, other, n) == 0)
			return 1;
	}
	return 0;
}

static int
is_empty(sqlite3_value *v)
{
	struct dyn d = fn_dyn(v);

	return dyn_kind(d) == DYN_NULL ||
	    (d.n == 2 && memcmp(d.s, "\"\"", 2) == 0);
}

/* bag_pack(key, json, ...): of keys that are the same the first counts;
 * bag_pack_some leaves out nulls and empty strings. */
static void
bag_pack(sqlite3_context *c, int nargs, sqlite3_value **v)
{
	struct buf b = { 0 };
	const char *key;
	size_t n;

	buf_putc(&b, '{');
	for (int i = 0; i + 1 < nargs; i += 2) {
		if (is_repeated(v, i) ||
		    (fn_self(c)->what && is_empty(v[i + 1])))
			continue;
		if (b.len > 1)
			buf_putc(&b, ',');
		key = fn_str(v[i], &n);
		json_write_str(&b, key, n);
		buf_putc(&b, ':');
		write_json(&b, v[i + 1]);
	}
	buf_putc(&b, '}');
	fn_buf(c, &b);
}

static void
get_type(sqlite3_context *c, int nargs, sqlite3_value **v)
{
	static const char *const names[] = { [DYN_NULL] = "null",
		[DYN_BOOL] = "bool",
		[DYN_LONG] = "long",
		[DYN_REAL] = "double",
		[DYN_STRING] = "string",
		[DYN_DATETIME] = "datetime",
		[DYN_TIMESPAN] = "timespan",
		[DYN_GUID] = "guid",
		[DYN_DECIMAL] = "decimal",
		[DYN_ARRAY] = "array",
		[DYN_BAG] = "dictionary" };
	enum dyn_kind kind = dyn_kind(fn_dyn(v[0]));

	(void)nargs;
	fn_text(c, names[kind], strlen(names[kind]));
}

enum comparison {
	C_EQ,
	C_LT,
	C_LE,
	C_GT,
	C_GE,
};

static void
scalar(struct dyn d, enum dyn_kind kind, double *v)
{
	if (kind == DYN_BOOL)
		*v = *d.s == 't';
	else
		num_parse_double(d.s, d.n, v);
}

/*
 * Order two scalars: numbers and bools by value, strings as text.  Returns 0
 * if they have no order.
 */
static int
order(struct dyn a, struct dyn b, int *sign)
{
	enum dyn_kind x = dyn_kind(a), y = dyn_kind(b);
	struct buf s = { 0 }, t = { 0 };
	double p = 0, q = 0;

	if (x >= DYN_ARRAY || y >= DYN_ARRAY)
		return 0;
	if ((x == DYN_STRING) != (y == DYN_STRING))
		return 0;
	if (x != DYN_STRING) {
		scalar(a, x, &p);
		scalar(b, y, &q);
		*sign = (p > q) - (p < q);
		return 1;
	}
	dyn_text(&s, a);
	dyn_text(&t, b);
	*sign = strcmp(buf_str(&s), buf_str(&t));
	buf_fini(&s);
	buf_fini(&t);
	return 1;
}

static void
compare(sqlite3_context *c, int nargs, sqlite3_value **v)
{
	int what = fn_self(c)->what, sign, yes;
	struct dyn a = fn_dyn(v[0]), b = fn_dyn(v[1]);

	if (fn_any_null(nargs, v)) {
		if (what == C_EQ &&
		    sqlite3_value_type(v[0]) != sqlite3_value_type(v[1]))
			sqlite3_result_int(c, 0);
		return;
	}
	if (!order(a, b, &sign)) {
		if (what == C_EQ)
			sqlite3_result_int(
			    c, a.n == b.n && memcmp(a.s, b.s, a.n) == 0);
		return;
	}
	yes = what == C_EQ ? sign == 0
	    : what == C_LT ? sign < 0
	    : what == C_LE ? sign <= 0
	    : what == C_GT ? sign > 0
			   : sign >= 0;
	sqlite3_result_int(c, yes);
}

const struct fn fn_dynamic[] = {
	{ "kql_member", 2, member, 0, NULL },
	{ "kql_element", 2, element, 0, NULL },
	{ "kql_array_length", 1, array_length, 0, NULL },
	{ "kql_pack_array", -1, pack_array, 0, NULL },
	{ "kql_bag_pack", -1, bag_pack, 0, NULL },
	{ "kql_bag_pack_some", -1, bag_pack, 1, NULL },
	{ "kql_gettype_dynamic", 1, get_type, 0, NULL },
	{ "kql_dynamic_eq", 2, compare, C_EQ, NULL },
	{ "kql_dynamic_lt", 2, compare, C_LT, NULL },
	{ "kql_dynamic_le", 2, compare, C_LE, NULL },
	{ "kql_dynamic_gt", 2, compare, C_GT, NULL },
	{ "kql_dynamic_ge", 2, compare, C_GE, NULL },
	{ NULL, 0, NULL, 0, NULL },
};
