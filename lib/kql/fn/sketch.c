/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "kql/fn/dyn.h"
#include "kql/fn/fn.h"
#include "num.h"

/*
 * hll(x): how many values there are, in a state that can be merged: the least
 * so many hashes of them, first how many that may be.  Fewer are counted
 * exactly; of more the greatest tells how dense they lie.
 */
struct sketch {
	struct buf b; /* of uint64_t */
	size_t most;
};

static const size_t sizes[] = { 4096, 16384, 65536, 131072, 262144 };

static int
order(const void *p, const void *q)
{
	const uint64_t *a = p, *b = q;

	return (*a > *b) - (*a < *b);
}

/* Sort, drop what is twice and what is too much. */
static size_t
settle(struct sketch *s)
{
	uint64_t *v = (void *)s->b.data;
	size_t n = s->b.len / sizeof(*v), m = 0;

	if (n > 0)
		qsort(v, n, sizeof(*v), order);
	for (size_t i = 0; i < n; i++)
		if (m == 0 || v[i] != v[m - 1])
			v[m++] = v[i];
	m = m > s->most ? s->most : m;
	s->b.len = m * sizeof(*v);
	return m;
}

static void
add(struct sketch *s, uint64_t hash)
{
	buf_add(&s->b, &hash, sizeof(hash));
	if (s->b.len >= 2 * s->most * sizeof(hash))
		settle(s);
}

static uint64_t
hash(const unsigned char *p, size_t n)
{
	uint64_t h = 0xcbf29ce484222325;

	for (size_t i = 0; i < n; i++)
		h = (h ^ p[i]) * 0x100000001b3;
	h = (h ^ (h >> 33)) * 0xff51afd7ed558ccd;
	h = (h ^ (h >> 33)) * 0xc4ceb9fe1a85ec53;
	return h ^ (h >> 33);
}

/* hll(x[, accuracy]) */
static void
step(sqlite3_context *c, int nargs, sqlite3_value **v)
{
	struct sketch *s = sqlite3_aggregate_context(c, sizeof(*s));
	int64_t accuracy = nargs > 1 ? sqlite3_value_int64(v[1]) : 1;
	const char *text;
	size_t n;

	if (s == NULL)
		return;
	if (s->most == 0)
		s->most = sizes[accuracy < 0 || accuracy > 4 ? 1 : accuracy];
	if (sqlite3_value_type(v[0]) == SQLITE_NULL)
		return;
	text = fn_str(v[0], &n);
	add(s, hash((const unsigned char *)text, n));
}

/* Take in a state; one of fewer hashes makes the whole as rough. */
static void
merge(struct sketch *s, struct dyn d)
{
	struct dyn_walk w;
	int64_t x;

	dyn_walk(&w, d);
	if (w.bag || !dyn_next(&w) ||
	    num_parse_int(w.value.s, w.value.n, &x) == -1 || x <= 0)
		return;
	if (s->most == 0 || (size_t)x < s->most)
		s->most = (size_t)x;
	while (dyn_next(&w))
		if (num_parse_int(w.value.s, w.value.n, &x) == 0)
			add(s, (uint64_t)x);
}

static void
merge_step(sqlite3_context *c, int nargs, sqlite3_value **v)
{
	struct sketch *s = sqlite3_aggregate_context(c, sizeof(*s));

	(void)nargs;
	if (s != NULL)
		merge(s, fn_dyn(v[0]));
}

static void
give(sqlite3_context *c, struct sketch *s)
{
	struct buf b = { 0 };
	const uint64_t *v;
	char out[NUM_MAX];
	size_t n;

	s->most = s->most == 0 ? sizes[1] : s->most;
	n = settle(s);
	v = (const void *)s->b.data;
	buf_printf(&b, "[%zu", s->most);
	for (size_t i = 0; i < n; i++) {
		buf_putc(&b, ',');
		buf_add(&b, out, num_int(out, (int64_t)v[i]));
	}
	buf_putc(&b, ']');
	fn_buf(c, &b);
	buf_fini(&s->b);
}

static void
end(sqlite3_context *c)
{
	struct sketch none = { 0 };
	struct sketch *s = sqlite3_aggregate_context(c, 0);

	give(c, s != NULL ? s : &none);
}

static void
merge_all(sqlite3_context *c, int nargs, sqlite3_value **v)
{
	struct sketch s = { 0 };

	for (int i = 0; i < nargs; i++)
		merge(&s, fn_dyn(v[i]));
	give(c, &s);
}

static void
count(sqlite3_context *c, int nargs, sqlite3_value **v)
{
	struct sketch s = { 0 };
	const uint64_t *hashes;
	size_t n;

	(void)nargs;
	if (dyn_kind(fn_dyn(v[0])) != DYN_ARRAY)
		return;
	merge(&s, fn_dyn(v[0]));
	n = settle(&s);
	hashes = (const void *)s.b.data;
	if (n > 0 && n == s.most)
		sqlite3_result_int64(c,
		    (int64_t)((double)(n - 1) /
			((double)hashes[n - 1] / 18446744073709551616.0)));
	else
		sqlite3_result_int64(c, (int64_t)n);
	buf_fini(&s.b);
}

const struct fn_aggregate fn_sketches[] = {
	{ "kql_hll", 1, step, end, 0 },
	{ "kql_hll", 2, step, end, 0 },
	{ "kql_hll_merge", 1, merge_step, end, 0 },
	{ NULL, 0, NULL, NULL, 0 },
};

const struct fn fn_sketch_calls[] = {
	{ "kql_hll_merge_all", -1, merge_all, 0, NULL },
	{ "kql_dcount_hll", 1, count, 0, NULL },
	{ NULL, 0, NULL, 0, NULL },
};
