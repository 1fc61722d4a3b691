/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "kql/fn/dyn.h"
#include "kql/fn/fn.h"
#include "map.h"

/* Arrays as sets, whose elements are the same when they are written alike;
 * they stand as they first came. */

enum set_kind {
	UNION,
	INTERSECT,
	DIFFERENCE,
	EQUALS,
	JACCARD,
};

/* The element's text as a key, in b. */
static const char *
key_of(struct buf *b, struct dyn d)
{
	buf_reset(b);
	buf_add(b, d.s, d.n);
	return buf_str(b);
}

/* All elements of an array. */
static void
read_set(struct map *m, struct dyn d)
{
	struct buf key = { 0 };
	struct dyn_walk w;

	dyn_walk(&w, d);
	while (dyn_next(&w))
		map_put(m, key_of(&key, w.value), m);
	buf_fini(&key);
}

/* Those of the first that the others have too, or that they lack. */
static void
put_kept(struct buf *b, size_t *n, int nargs, sqlite3_value **v, int what)
{
	struct map seen = { 0 }, others[64] = { { 0 } };
	struct buf key = { 0 };
	struct dyn_walk w;
	int keep;

	for (int i = 1; i < nargs; i++)
		read_set(&others[i], fn_dyn(v[i]));
	dyn_walk(&w, fn_dyn(v[0]));
	while (dyn_next(&w)) {
		keep = map_put(&seen, key_of(&key, w.value), &seen) == NULL;
		for (int i = 1; i < nargs && keep; i++)
			keep = (map_get(&others[i], key.data) != NULL) ==
			    (what == INTERSECT);
		if (keep)
			dyn_add(b, n, w.value);
	}
	for (int i = 1; i < nargs; i++)
		map_fini(&others[i]);
	map_fini(&seen);
	buf_fini(&key);
}

static void
put_union(struct buf *b, size_t *n, int nargs, sqlite3_value **v)
{
	struct map seen = { 0 };
	struct buf key = { 0 };
	struct dyn_walk w;

	for (int i = 0; i < nargs; i++) {
		dyn_walk(&w, fn_dyn(v[i]));
		while (dyn_next(&w))
			if (map_put(&seen, key_of(&key, w.value), &seen) ==
			    NULL)
				dyn_add(b, n, w.value);
	}
	map_fini(&seen);
	buf_fini(&key);
}

static int
all_arrays(int nargs, sqlite3_value **v)
{
	for (int i = 0; i < nargs; i++)
		if (dyn_kind(fn_dyn(v[i])) != DYN_ARRAY)
			return 0;
	return 1;
}

static void
combine(sqlite3_context *c, int nargs, sqlite3_value **v)
{
	int what = fn_self(c)->what;
	struct buf b = { 0 };
	size_t n = 0;

	if (nargs > 64 || !all_arrays(nargs, v))
		return;
	if (what == UNION)
		put_union(&b, &n, nargs, v);
	else
		put_kept(&b, &n, nargs, v, what);
	fn_array(c, &b, n);
}

/* How much two sets have in common: all, or the part of their union. */
static void
compare(sqlite3_context *c, int nargs, sqlite3_value **v)
{
	struct map a = { 0 }, b = { 0 };
	const char *key;
	size_t at = 0, both = 0, all;

	if (!all_arrays(nargs, v))
		return;
	read_set(&a, fn_dyn(v[0]));
	read_set(&b, fn_dyn(v[1]));
	while (map_next(&a, &at, &key) != NULL)
		both += map_get(&b, key) != NULL;
	all = a.len + b.len - both;
	if (fn_self(c)->what == EQUALS)
		sqlite3_result_int(c, both == all);
	else
		fn_real(c, (double)both / (double)all);
	map_fini(&a);
	map_fini(&b);
}

const struct fn fn_sets[] = {
	{ "kql_set_union", -1, combine, UNION, NULL },
	{ "kql_set_intersect", -1, combine, INTERSECT, NULL },
	{ "kql_set_difference", -1, combine, DIFFERENCE, NULL },
	{ "kql_set_equals", 2, compare, EQUALS, NULL },
	{ "kql_jaccard_index", 2, compare, JACCARD, NULL },
	{ NULL, 0, NULL, 0, NULL },
};
