/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "kql/fn/dyn.h"
#include "kql/fn/fn.h"
#include "num.h"

#define REPEAT_MAX 1048576 /* elements that repeat() makes */

/* Functions of arrays.  What should be an array and is none gives null. */

/* The elements of an argument, in place. */
struct elements {
	struct buf b;
	const struct dyn *v;
	int64_t n;
};

static const struct dyn null = { "null", 4 };

/* Returns 0 when it is no array; free with buf_fini else. */
static int
read_elements(struct elements *e, sqlite3_value *v)
{
	memset(e, 0, sizeof(*e));
	if ((e->n = dyn_elements(&e->b, fn_dyn(v))) == -1)
		return 0;
	e->v = (const void *)e->b.data;
	return 1;
}

/* Give the elements from first up to end. */
static void
give(sqlite3_context *c, struct elements *e, int64_t first, int64_t end)
{
	struct buf b = { 0 };
	size_t n = 0;

	for (int64_t i = first; i < end; i++)
		dyn_add(&b, &n, e->v[i]);
	fn_array(c, &b, n);
	buf_fini(&e->b);
}

static void
array_concat(sqlite3_context *c, int nargs, sqlite3_value **v)
{
	struct buf b = { 0 };
	struct dyn_walk w;
	size_t n = 0;

	for (int i = 0; i < nargs; i++) {
		if (dyn_kind(fn_dyn(v[i])) != DYN_ARRAY) {
			buf_fini(&b);
			return;
		}
		dyn_walk(&w, fn_dyn(v[i]));
		while (dyn_next(&w))
			dyn_add(&b, &n, w.value);
	}
	fn_array(c, &b, n);
}

/* list(json, ...): an array of all but nulls, arrays as their elements. */
static void
list(sqlite3_context *c, int nargs, sqlite3_value **v)
{
	struct buf b = { 0 };
	struct dyn_walk w;
	size_t n = 0;

	for (int i = 0; i < nargs; i++) {
		struct dyn d = fn_dyn(v[i]);

		if (dyn_kind(d) != DYN_ARRAY) {
			if (dyn_kind(d) != DYN_NULL)
				dyn_add(&b, &n, d);
			continue;
		}
		dyn_walk(&w, d);
		while (dyn_next(&w))
			if (dyn_kind(w.value) != DYN_NULL)
				dyn_add(&b, &n, w.value);
	}
	fn_array(c, &b, n);
}

/* An index that may count from the end, kept in 0 to n. */
static int64_t
index_in(int64_t at, int64_t n)
{
	if (at < 0)
		at += n;
	return at < 0 ? 0 : at > n ? n : at;
}

/* array_slice(array, first, last) */
static void
array_slice(sqlite3_context *c, int nargs, sqlite3_value **v)
{
	struct elements e;
	int64_t last;

	if (fn_any_null(nargs, v) || !read_elements(&e, v[0]))
		return;
	last = sqlite3_value_int64(v[2]);
	if (last < 0)
		last += e.n;
	last = last < -1 ? -1 : last >= e.n ? e.n - 1 : last;
	give(c, &e, index_in(sqlite3_value_int64(v[1]), e.n), last + 1);
}

/* The elements from *from up to a place, as an array in the list. */
static void
put_piece(struct buf *b, size_t *n, const struct elements *e, int64_t *from,
    int64_t to)
{
	struct buf piece = { 0 };
	size_t m = 0;

	for (; *from < to; ++*from)
		dyn_add(&piece, &m, e->v[*from]);
	buf_puts(&piece, m == 0 ? "[]" : "]");
	dyn_add(b, n, (struct dyn){ piece.data, piece.len });
	buf_fini(&piece);
}

/* array_split(array, index or array of them) */
static void
array_split(sqlite3_context *c, int nargs, sqlite3_value **v)
{
	struct elements e, at = { { 0 }, NULL, 0 };
	struct buf b = { 0 };
	int64_t from = 0, to = sqlite3_value_int64(v[1]);
	size_t n = 0;

	if (fn_any_null(nargs, v) || !read_elements(&e, v[0]))
		return;
	if (sqlite3_value_type(v[1]) == SQLITE_INTEGER)
		put_piece(&b, &n, &e, &from, index_in(to, e.n));
	else
		read_elements(&at, v[1]);
	for (int64_t i = 0; i < at.n; i++)
		if (num_parse_int(at.v[i].s, at.v[i].n, &to) == 0)
			put_piece(&b, &n, &e, &from, index_in(to, e.n));
	put_piece(&b, &n, &e, &from, e.n);
	fn_array(c, &b, n);
	buf_fini(&e.b);
	buf_fini(&at.b);
}

/* array_index_of(array, json[, start[, length[, occurrence]]]) */
static void
array_index_of(sqlite3_context *c, int nargs, sqlite3_value **v)
{
	int64_t start = nargs > 2 ? sqlite3_value_int64(v[2]) : 0;
	int64_t length = nargs > 3 ? sqlite3_value_int64(v[3]) : -1;
	int64_t which = nargs > 4 ? sqlite3_value_int64(v[4]) : 1, at = -1;
	struct dyn x = fn_dyn(v[1]);
	struct elements e;

	if (which < 0 || length < -1 || !read_elements(&e, v[0]))
		return;
	start = index_in(start, e.n);
	if (length < 0 || length > e.n - start)
		length = e.n - start;
	for (int64_t i = start; i < start + length && at == -1; i++)
		if (dyn_same(e.v[i], x.n == 0 ? null : x) && --which <= 0)
			at = i;
	sqlite3_result_int64(c, at);
	buf_fini(&e.b);
}

/* A double, of numbers and nulls; of an array with others null. */
static void
array_sum(sqlite3_context *c, int nargs, sqlite3_value **v)
{
	struct elements e;
	double sum = 0, x;
	int numbers = 1;

	(void)nargs;
	if (!read_elements(&e, v[0]))
		return;
	for (int64_t i = 0; i < e.n; i++) {
		if (dyn_kind(e.v[i]) == DYN_NULL)
			continue;
		if (num_parse_double(e.v[i].s, e.v[i].n, &x) == 0)
			sum += x;
		else
			numbers = 0;
	}
	if (numbers)
		fn_real(c, sum);
	buf_fini(&e.b);
}

static void
array_reverse(sqlite3_context *c, int nargs, sqlite3_value **v)
{
	struct elements e;
	struct buf b = { 0 };
	size_t n = 0;

	(void)nargs;
	if (!read_elements(&e, v[0]))
		return;
	for (int64_t i = e.n; i-- > 0;)
		dyn_add(&b, &n, e.v[i]);
	fn_array(c, &b, n);
	buf_fini(&e.b);
}

/* array_rotate(array, to the left) */
static void
array_rotate(sqlite3_context *c, int nargs, sqlite3_value **v)
{
	struct elements e;
	struct buf b = { 0 };
	size_t n = 0;
	int64_t by;

	if (fn_any_null(nargs, v) || !read_elements(&e, v[0]))
		return;
	by = e.n == 0 ? 0 : sqlite3_value_int64(v[1]) % e.n;
	for (int64_t i = 0; i < e.n; i++)
		dyn_add(&b, &n, e.v[(i + by + e.n) % e.n]);
	fn_array(c, &b, n);
	buf_fini(&e.b);
}

/* array_shift(array, to the left[, json for the gap]) */
static void
array_shift(sqlite3_context *c, int nargs, sqlite3_value **v)
{
	struct dyn fill = nargs > 2 ? fn_dyn(v[2]) : null;
	struct elements e;
	struct buf b = { 0 };
	size_t n = 0;
	int64_t by, at;

	if (fn_any_null(2, v) || !read_elements(&e, v[0]))
		return;
	by = sqlite3_value_int64(v[1]);
	by = by > e.n ? e.n : by < -e.n ? -e.n : by;
	for (int64_t i = 0; i < e.n; i++) {
		at = i + by;
		dyn_add(&b, &n, at < 0 || at >= e.n ? fill : e.v[at]);
	}
	fn_array(c, &b, n);
	buf_fini(&e.b);
}

/* Element i of one side of array_iff, which may be the same for all. */
static struct dyn
side(sqlite3_value *v, const struct elements *e, int is_array, int64_t i)
{
	if (!is_array)
		return fn_dyn(v);
	return i < e->n ? e->v[i] : null;
}

/* array_iff(conditions, json, json) */
static void
array_iff(sqlite3_context *c, int nargs, sqlite3_value **v)
{
	struct elements e, yes, no;
	struct buf b = { 0 };
	size_t n = 0;
	int many, others;
	double x;

	(void)nargs;
	if (!read_elements(&e, v[0]))
		return;
	many = read_elements(&yes, v[1]);
	others = read_elements(&no, v[2]);
	for (int64_t i = 0; i < e.n; i++) {
		enum dyn_kind kind = dyn_kind(e.v[i]);

		if (kind == DYN_BOOL)
			x = *e.v[i].s == 't';
		else if ((kind != DYN_LONG && kind != DYN_REAL) ||
		    num_parse_double(e.v[i].s, e.v[i].n, &x) == -1)
			dyn_add(&b, &n, null);
		if (kind >= DYN_BOOL && kind <= DYN_REAL)
			dyn_add(&b, &n,
			    x != 0 ? side(v[1], &yes, many, i)
				   : side(v[2], &no, others, i));
	}
	fn_array(c, &b, n);
	buf_fini(&e.b);
	buf_fini(&yes.b);
	buf_fini(&no.b);
}

/* zip(array, ...): arrays of the elements at each place. */
static void
zip(sqlite3_context *c, int nargs, sqlite3_value **v)
{
	struct buf b = { 0 };
	struct dyn_walk *w;
	size_t n = 0, m;
	int more = 1;

	w = sqlite3_malloc64(sizeof(*w) * (sqlite3_uint64)nargs);
	for (int i = 0; w != NULL && i < nargs; i++)
		dyn_walk(&w[i], fn_dyn(v[i]));
	while (w != NULL && more) {
		struct buf row = { 0 };

		more = 0;
		m = 0;
		for (int i = 0; i < nargs; i++) {
			int has = !w[i].bag && dyn_next(&w[i]);

			more |= has;
			dyn_add(&row, &m, has ? w[i].value : null);
		}
		buf_putc(&row, ']');
		if (more)
			dyn_add(&b, &n, (struct dyn){ row.data, row.len });
		buf_fini(&row);
	}
	sqlite3_free(w);
	fn_array(c, &b, n);
}

/* repeat(json, count) */
static void
repeat(sqlite3_context *c, int nargs, sqlite3_value **v)
{
	int64_t count = sqlite3_value_int64(v[1]);
	struct buf b = { 0 };
	size_t n = 0;

	(void)nargs;
	if (count < 0 || sqlite3_value_type(v[1]) == SQLITE_NULL)
		return;
	while (count-- > 0 && n < REPEAT_MAX)
		dyn_add(&b, &n, fn_dyn(v[0]));
	fn_array(c, &b, n);
}

const struct fn fn_arrays[] = {
	{ "kql_array_concat", -1, array_concat, 0, NULL },
	{ "kql_list", -1, list, 0, NULL },
	{ "kql_array_slice", 3, array_slice, 0, NULL },
	{ "kql_array_split", 2, array_split, 0, NULL },
	{ "kql_array_index_of", 2, array_index_of, 0, NULL },
	{ "kql_array_index_of", 3, array_index_of, 0, NULL },
	{ "kql_array_index_of", 4, array_index_of, 0, NULL },
	{ "kql_array_index_of", 5, array_index_of, 0, NULL },
	{ "kql_array_sum", 1, array_sum, 0, NULL },
	{ "kql_array_reverse", 1, array_reverse, 0, NULL },
	{ "kql_array_rotate", 2, array_rotate, 0, NULL },
	{ "kql_array_shift", 2, array_shift, 0, NULL },
	{ "kql_array_shift", 3, array_shift, 0, NULL },
	{ "kql_array_iff", 3, array_iff, 0, NULL },
	{ "kql_zip", -1, zip, 0, NULL },
	{ "kql_repeat", 2, repeat, 0, NULL },
	{ NULL, 0, NULL, 0, NULL },
};
