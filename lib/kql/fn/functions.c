/* SPDX-License-Identifier: MIT */
#include <math.h>
#include <string.h>

#include "kql/fn/fn.h"
#include "kql/fn/functions.h"
#include "kql/fn/table.h"
#include "status.h"

const struct fn *
fn_self(sqlite3_context *c)
{
	return sqlite3_user_data(c);
}

const struct fn_aggregate *
fn_self_aggregate(sqlite3_context *c)
{
	return sqlite3_user_data(c);
}

const struct fn_window *
fn_self_window(sqlite3_context *c)
{
	return sqlite3_user_data(c);
}

struct fn_number
fn_number(sqlite3_value *v)
{
	struct fn_number n = { .is = FN_REAL };

	switch (sqlite3_value_type(v)) {
	case SQLITE_NULL:
		n.is = FN_NULL;
		break;
	case SQLITE_INTEGER:
		n.is = FN_INT;
		n.i = sqlite3_value_int64(v);
		n.d = (double)n.i;
		break;
	case SQLITE_FLOAT:
		n.d = sqlite3_value_double(v);
		break;
	default:
		n.d = NAN;
	}
	return n;
}

int
fn_any_null(int n, sqlite3_value **v)
{
	for (int i = 0; i < n; i++)
		if (sqlite3_value_type(v[i]) == SQLITE_NULL)
			return 1;
	return 0;
}

void
fn_real(sqlite3_context *c, double d)
{
	if (isnan(d))
		sqlite3_result_text(c, "NaN", 3, SQLITE_STATIC);
	else
		sqlite3_result_double(c, d);
}

void
fn_text(sqlite3_context *c, const char *s, size_t n)
{
	sqlite3_result_text64(c, s, n, SQLITE_TRANSIENT, SQLITE_UTF8);
}

void
fn_buf(sqlite3_context *c, struct buf *b)
{
	fn_text(c, buf_str(b), b->len);
	buf_fini(b);
}

struct dyn
fn_dyn(sqlite3_value *v)
{
	struct dyn d;

	d.s = fn_str(v, &d.n);
	return d;
}

void
fn_array(sqlite3_context *c, struct buf *b, size_t n)
{
	buf_puts(b, n == 0 ? "[]" : "]");
	fn_buf(c, b);
}

const char *
fn_str(sqlite3_value *v, size_t *n)
{
	const char *s = (const char *)sqlite3_value_text(v);

	*n = (size_t)sqlite3_value_bytes(v);
	return s != NULL ? s : "";
}

int
fn_text_order(sqlite3_value *a, sqlite3_value *b)
{
	size_t na, nb;
	const char *x = fn_str(a, &na), *y = fn_str(b, &nb);
	int r = memcmp(x, y, na < nb ? na : nb);

	return r != 0 ? r : (na > nb) - (na < nb);
}

int
functions_register(sqlite3 *db, struct err *e)
{
	static const struct fn *const lists[] = { fn_math, fn_compare,
		fn_convert, fn_string, fn_regex, fn_time, fn_format, fn_dynamic,
		fn_real_calls, fn_bits, fn_text_more, fn_encode, fn_ipv4,
		fn_ipv6, fn_rank_lists, fn_arrays, fn_sketch_calls,
		fn_digest_calls, fn_sorts, fn_sets, fn_bags, fn_json, fn_hash,
		fn_locator, fn_punycode, fn_replace, fn_path, fn_ranges,
		fn_decimal, fn_elementwise, fn_filters, fn_fits, fn_vectors,
		fn_local, fn_units };
	static const struct fn_aggregate *const aggregates[] = { fn_aggregates,
		fn_collects, fn_heaps, fn_bests, fn_ranks, fn_series_aggregates,
		fn_decimals, fn_shapes, fn_sketches, fn_digests };
	static const struct fn_table *const tables[] = { &fn_expand,
		&fn_pattern, &fn_pairs, &fn_pairs_regex, &fn_external, NULL };
	int r = SQLITE_OK;

	for (size_t i = 0; i < sizeof(lists) / sizeof(*lists); i++)
		for (const struct fn *f = lists[i];
		     r == SQLITE_OK && f->name != NULL; f++)
			r = sqlite3_create_function(db, f->name, f->args,
			    FN_FLAGS, (void *)(uintptr_t)f, f->call, NULL,
			    NULL);
	for (size_t i = 0; i < sizeof(aggregates) / sizeof(*aggregates); i++)
		for (const struct fn_aggregate *f = aggregates[i];
		     r == SQLITE_OK && f->name != NULL; f++)
			r = sqlite3_create_function(db, f->name, f->args,
			    FN_FLAGS, (void *)(uintptr_t)f, NULL, f->step,
			    f->end);
	if (r == SQLITE_OK)
		r = fn_window_register(db);
	for (size_t i = 0; r == SQLITE_OK && tables[i] != NULL; i++)
		r = fn_table_register(db, tables[i]);
	if (r != SQLITE_OK)
		return err_set(e, ST_RETRY, "SQLite: %s", sqlite3_errmsg(db));
	return fn_match_register(db, e);
}
