/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "kql/fn/dyn.h"
#include "kql/fn/fn.h"
#include "map.h"

#define LIST_MAX 1048576 /* elements that make_list and make_set keep */

enum collect {
	ANY,   /* make_list */
	ONCE,  /* make_set */
	NULLS, /* make_list of dynamic values, and with nulls */
};

/* An array or a bag that grows; keys are what must not come twice. */
struct collected {
	struct buf b;
	struct map seen;
	int64_t n;
};

/* Note a key.  Returns 1 if it is new. */
static int
is_new(struct collected *k, const char *key)
{
	if (map_get(&k->seen, key) != NULL)
		return 0;
	map_put(&k->seen, key, k);
	return 1;
}

static void
add_element(struct collected *k, const char *s, size_t n, int once, int64_t max)
{
	struct buf key = { 0 };
	int skip = k->n >= max || k->n >= LIST_MAX;

	if (!skip && once) {
		buf_add(&key, s, n);
		skip = !is_new(k, key.data);
		buf_fini(&key);
	}
	if (skip)
		return;
	buf_putc(&k->b, k->n++ == 0 ? '[' : ',');
	buf_add(&k->b, s, n);
}

/* make_list(json[, max]) and make_set: an array gives its elements. */
static void
list_step(sqlite3_context *c, int nargs, sqlite3_value **v)
{
	struct collected *k = sqlite3_aggregate_context(c, sizeof(*k));
	int64_t max = nargs > 1 ? sqlite3_value_int64(v[1]) : LIST_MAX;
	int what = fn_self_aggregate(c)->what;
	struct dyn_walk w;
	struct dyn d;

	if (k == NULL)
		return;
	if (sqlite3_value_type(v[0]) == SQLITE_NULL) {
		if (what == NULLS)
			add_element(k, "null", 4, 0, max);
		return;
	}
	d.s = fn_str(v[0], &d.n);
	if (dyn_kind(d) != DYN_ARRAY) {
		add_element(k, d.s, d.n, what == ONCE, max);
		return;
	}
	dyn_walk(&w, d);
	while (dyn_next(&w))
		add_element(k, w.value.s, w.value.n, what == ONCE, max);
}

/* make_bag(json[, max]): of members of one name the first stays. */
static void
bag_step(sqlite3_context *c, int nargs, sqlite3_value **v)
{
	struct collected *k = sqlite3_aggregate_context(c, sizeof(*k));
	int64_t max = nargs > 1 ? sqlite3_value_int64(v[1]) : LIST_MAX;
	struct buf key = { 0 };
	struct dyn_walk w;
	struct dyn d;

	d.s = fn_str(v[0], &d.n);
	if (k == NULL || dyn_kind(d) != DYN_BAG)
		return;
	dyn_walk(&w, d);
	while (k->n < max && k->n < LIST_MAX && dyn_next(&w)) {
		buf_reset(&key);
		buf_add(&key, w.key.s, w.key.n);
		if (!is_new(k, key.data))
			continue;
		buf_putc(&k->b, k->n++ == 0 ? '{' : ',');
		buf_add(&k->b, w.key.s, w.key.n);
		buf_putc(&k->b, ':');
		buf_add(&k->b, w.value.s, w.value.n);
	}
	buf_fini(&key);
}

static void
finish(sqlite3_context *c, const char *empty, char close)
{
	struct collected *k = sqlite3_aggregate_context(c, 0);

	if (k == NULL || k->n == 0) {
		fn_text(c, empty, 2);
	} else {
		buf_putc(&k->b, close);
		fn_text(c, k->b.data, k->b.len);
	}
	if (k != NULL) {
		buf_fini(&k->b);
		map_fini(&k->seen);
	}
}

static void
list_end(sqlite3_context *c)
{
	finish(c, "[]", ']');
}

static void
bag_end(sqlite3_context *c)
{
	finish(c, "{}", '}');
}

const struct fn_aggregate fn_collects[] = {
	{ "kql_make_list", 1, list_step, list_end, ANY },
	{ "kql_make_list", 2, list_step, list_end, ANY },
	{ "kql_make_set", 1, list_step, list_end, ONCE },
	{ "kql_make_set", 2, list_step, list_end, ONCE },
	{ "kql_make_list_nulls", 1, list_step, list_end, NULLS },
	{ "kql_make_list_nulls", 2, list_step, list_end, NULLS },
	{ "kql_make_bag", 1, bag_step, bag_end, 0 },
	{ "kql_make_bag", 2, bag_step, bag_end, 0 },
	{ NULL, 0, NULL, NULL, 0 },
};
