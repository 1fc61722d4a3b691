/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "kql/fn/dyn.h"
#include "kql/fn/fn.h"
#include "map.h"

/* Dynamic values as text: joined, in canonical form, as the paths in them. */

#define DEPTH_MAX 500 /* of values in one another that are looked into */

/* strcat_array(array, between): nulls are empty. */
static void
strcat_array(sqlite3_context *c, int nargs, sqlite3_value **v)
{
	struct buf b = { 0 };
	struct dyn_walk w;
	const char *between;
	size_t n;
	int more = 0;

	(void)nargs;
	between = fn_str(v[1], &n);
	dyn_walk(&w, fn_dyn(v[0]));
	while (!w.bag && dyn_next(&w)) {
		enum dyn_kind kind = dyn_kind(w.value);

		if (more++)
			buf_add(&b, between, n);
		if (kind >= DYN_STRING && kind < DYN_ARRAY)
			dyn_text(&b, w.value);
		else if (kind != DYN_NULL)
			dyn_json(&b, w.value);
	}
	fn_buf(c, &b);
}

/* A member on its way to be sorted. */
struct member {
	struct dyn key, value;
};

static int
by_key(const void *p, const void *q)
{
	const struct member *a = p, *b = q;
	size_t n = a->key.n < b->key.n ? a->key.n : b->key.n;
	int r = memcmp(a->key.s, b->key.s, n > 0 ? n - 1 : 0);

	return r != 0 ? r : (a->key.n > b->key.n) - (a->key.n < b->key.n);
}

static void put_canonical(struct buf *, struct dyn, int depth);

static void
put_sorted(struct buf *b, struct dyn d, int depth)
{
	struct buf members = { 0 };
	struct member *m;
	struct dyn_walk w;
	size_t n = 0;

	dyn_walk(&w, d);
	for (; dyn_next(&w); n++) {
		struct member one = { w.key, w.value };

		buf_add(&members, &one, sizeof(one));
	}
	m = (void *)members.data;
	if (n > 0)
		qsort(m, n, sizeof(*m), by_key);
	buf_putc(b, '{');
	for (size_t i = 0; i < n; i++) {
		if (i > 0)
			buf_putc(b, ',');
		buf_add(b, m[i].key.s, m[i].key.n);
		buf_putc(b, ':');
		put_canonical(b, m[i].value, depth + 1);
	}
	buf_putc(b, '}');
	buf_fini(&members);
}

static void
put_canonical(struct buf *b, struct dyn d, int depth)
{
	struct dyn_walk w;
	int more = 0;

	if (depth > DEPTH_MAX || dyn_kind(d) < DYN_ARRAY) {
		dyn_json(b, d);
		return;
	}
	if (dyn_kind(d) == DYN_BAG) {
		put_sorted(b, d, depth);
		return;
	}
	buf_putc(b, '[');
	dyn_walk(&w, d);
	while (dyn_next(&w)) {
		if (more++)
			buf_putc(b, ',');
		put_canonical(b, w.value, depth + 1);
	}
	buf_putc(b, ']');
}

static void
dynamic_to_json(sqlite3_context *c, int nargs, sqlite3_value **v)
{
	struct buf b = { 0 };

	(void)nargs;
	if (sqlite3_value_type(v[0]) == SQLITE_NULL)
		buf_puts(&b, "null");
	else
		put_canonical(&b, fn_dyn(v[0]), 0);
	fn_buf(c, &b);
}

/* The paths found so far, and the one that leads to where we are. */
struct tree {
	struct map seen;
	struct buf list, path;
	size_t n;
};

static void walk_tree(struct tree *, struct dyn, int depth);

/* Note the path with a step behind it, and go on below. */
static void
walk_step(struct tree *t, struct dyn step, struct dyn below, int depth)
{
	size_t len = t->path.len;
	struct buf quoted = { 0 };

	if (step.n > 0) {
		buf_puts(&t->path, "['");
		dyn_text(&t->path, step);
		buf_puts(&t->path, "']");
	} else {
		buf_puts(&t->path, "[0]");
	}
	if (map_put(&t->seen, t->path.data, t) == NULL) {
		json_write_str(&quoted, t->path.data, t->path.len);
		dyn_add(
		    &t->list, &t->n, (struct dyn){ quoted.data, quoted.len });
		buf_fini(&quoted);
	}
	walk_tree(t, below, depth + 1);
	t->path.len = len;
	t->path.data[len] = '\0';
}

static void
walk_tree(struct tree *t, struct dyn d, int depth)
{
	struct dyn_walk w;

	if (depth > DEPTH_MAX || dyn_kind(d) < DYN_ARRAY)
		return;
	dyn_walk(&w, d);
	while (dyn_next(&w))
		walk_step(
		    t, w.bag ? w.key : (struct dyn){ "", 0 }, w.value, depth);
}

/* treepath(d): the paths in it, those of all elements of an array as [0]. */
static void
treepath(sqlite3_context *c, int nargs, sqlite3_value **v)
{
	struct tree t = { 0 };

	(void)nargs;
	if (dyn_kind(fn_dyn(v[0])) < DYN_ARRAY)
		return;
	walk_tree(&t, fn_dyn(v[0]), 0);
	fn_array(c, &t.list, t.n);
	buf_fini(&t.path);
	map_fini(&t.seen);
}

const struct fn fn_json[] = {
	{ "kql_strcat_array", 2, strcat_array, 0, NULL },
	{ "kql_dynamic_to_json", 1, dynamic_to_json, 0, NULL },
	{ "kql_treepath", 1, treepath, 0, NULL },
	{ NULL, 0, NULL, 0, NULL },
};
