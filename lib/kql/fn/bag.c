/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "kql/fn/dyn.h"
#include "kql/fn/fn.h"
#include "map.h"

/*
 * Functions of bags.  A key may be a path into bags in one another:
 * $.key1.key2 or $['key1']['key2'].  What should be a bag and is none gives
 * null.
 */
struct path {
	const char *at, *end;
	int whole; /* at is the one key, and no path */
};

static struct path
path_of(const char *s, size_t n)
{
	struct path p = { s, s + n, 1 };

	if (n > 1 && s[0] == '$' && (s[1] == '.' || s[1] == '[')) {
		p.at++;
		p.whole = 0;
	}
	return p;
}

/* Take the next key of a path.  Returns 0 at its end. */
static int
next_key(struct path *p, const char **key, size_t *n)
{
	const char *stop;

	if (p->at >= p->end)
		return 0;
	if (p->whole) {
		*key = p->at;
		*n = (size_t)(p->end - p->at);
		p->at = p->end;
		return 1;
	}
	if (p->end - p->at > 2 && *p->at == '[' && strchr("'\"", p->at[1])) {
		*key = p->at + 2;
		stop = memchr(*key, p->at[1], (size_t)(p->end - *key));
		stop = stop == NULL ? p->end : stop;
		p->at = stop + 2 < p->end ? stop + 2 : p->end;
	} else {
		*key = p->at + 1;
		for (stop = *key;
		     stop < p->end && *stop != '.' && *stop != '[';)
			stop++;
		p->at = stop;
	}
	*n = (size_t)(stop - *key);
	return 1;
}

static void
begin_member(struct buf *b, size_t *n)
{
	buf_putc(b, (*n)++ == 0 ? '{' : ',');
}

static void
put_member(struct buf *b, size_t *n, struct dyn key, struct dyn value)
{
	begin_member(b, n);
	buf_add(b, key.s, key.n);
	buf_putc(b, ':');
	buf_add(b, value.s, value.n);
}

static void
end_bag(struct buf *b, size_t n)
{
	buf_puts(b, n == 0 ? "{}" : "}");
}

/* Append d without what the path names. */
static void
put_without(struct buf *b, struct dyn d, struct path p)
{
	struct dyn_walk w;
	const char *key;
	size_t n, members = 0;

	if (dyn_kind(d) != DYN_BAG || !next_key(&p, &key, &n)) {
		buf_add(b, d.s, d.n);
		return;
	}
	dyn_walk(&w, d);
	while (dyn_next(&w)) {
		if (!dyn_key_is(w.key, key, n)) {
			put_member(b, &members, w.key, w.value);
		} else if (p.at < p.end) {
			put_member(b, &members, w.key, (struct dyn){ "", 0 });
			put_without(b, w.value, p);
		}
	}
	end_bag(b, members);
}

/* Append d with the path's value set to v; what is no bag becomes one. */
static void
put_with(struct buf *b, struct dyn d, struct path p, struct dyn v)
{
	struct dyn_walk w;
	struct dyn none = { "", 0 };
	const char *key;
	size_t n, members = 0;
	int found = 0, is;

	if (!next_key(&p, &key, &n)) {
		buf_add(b, v.s, v.n);
		return;
	}
	dyn_walk(&w, dyn_kind(d) == DYN_BAG ? d : none);
	while (dyn_next(&w)) {
		is = !found && dyn_key_is(w.key, key, n);
		put_member(b, &members, w.key, is ? none : w.value);
		if (is)
			put_with(b, w.value, p, v);
		found |= is;
	}
	if (!found) {
		begin_member(b, &members);
		json_write_str(b, key, n);
		buf_putc(b, ':');
		put_with(b, none, p, v);
	}
	end_bag(b, members);
}

/* bag_remove_keys(bag, keys) */
static void
bag_remove_keys(sqlite3_context *c, int nargs, sqlite3_value **v)
{
	struct dyn d = fn_dyn(v[0]);
	struct buf now = { 0 }, key = { 0 };
	struct dyn_walk w;

	if (fn_any_null(nargs, v) || dyn_kind(d) != DYN_BAG)
		return;
	buf_add(&now, d.s, d.n);
	dyn_walk(&w, fn_dyn(v[1]));
	while (dyn_next(&w)) {
		struct buf next = { 0 };

		if (w.bag || dyn_kind(w.value) != DYN_STRING)
			continue;
		buf_reset(&key);
		dyn_text(&key, w.value);
		put_without(&next, (struct dyn){ now.data, now.len },
		    path_of(buf_str(&key), key.len));
		buf_fini(&now);
		now = next;
	}
	fn_buf(c, &now);
	buf_fini(&key);
}

/* bag_set_key(bag, key, json) */
static void
bag_set_key(sqlite3_context *c, int nargs, sqlite3_value **v)
{
	struct dyn d = fn_dyn(v[0]), value = fn_dyn(v[2]);
	struct buf b = { 0 };
	const char *key;
	size_t n;

	(void)nargs;
	if (dyn_kind(d) != DYN_BAG)
		return;
	if (value.n == 0)
		value = (struct dyn){ "null", 4 };
	key = fn_str(v[1], &n);
	put_with(&b, d, path_of(key, n), value);
	fn_buf(c, &b);
}

/* bag_has_key(bag, key) */
static void
bag_has_key(sqlite3_context *c, int nargs, sqlite3_value **v)
{
	struct dyn d = fn_dyn(v[0]);
	struct dyn_walk w;
	struct path p;
	const char *key;
	size_t n;
	int found = dyn_kind(d) == DYN_BAG;

	if (fn_any_null(nargs, v))
		return;
	key = fn_str(v[1], &n);
	p = path_of(key, n);
	while (found && next_key(&p, &key, &n)) {
		dyn_walk(&w, d);
		found = 0;
		while (w.bag && !found && dyn_next(&w))
			found = dyn_key_is(w.key, key, n);
		d = w.value;
	}
	sqlite3_result_int(c, found);
}

static void
bag_keys(sqlite3_context *c, int nargs, sqlite3_value **v)
{
	struct dyn_walk w;
	struct buf b = { 0 };
	size_t n = 0;

	(void)nargs;
	if (dyn_kind(fn_dyn(v[0])) != DYN_BAG)
		return;
	dyn_walk(&w, fn_dyn(v[0]));
	while (dyn_next(&w))
		dyn_add(&b, &n, w.key);
	fn_array(c, &b, n);
}

/* bag_merge(bag, ...): of members of one name the first stays. */
static void
bag_merge(sqlite3_context *c, int nargs, sqlite3_value **v)
{
	struct map seen = { 0 };
	struct buf b = { 0 }, key = { 0 };
	struct dyn_walk w;
	size_t n = 0;
	int any = 0;

	for (int i = 0; i < nargs; i++) {
		if (dyn_kind(fn_dyn(v[i])) != DYN_BAG)
			continue;
		any = 1;
		dyn_walk(&w, fn_dyn(v[i]));
		while (dyn_next(&w)) {
			buf_reset(&key);
			buf_add(&key, w.key.s, w.key.n);
			if (map_put(&seen, key.data, &seen) == NULL)
				put_member(&b, &n, w.key, w.value);
		}
	}
	end_bag(&b, n);
	if (any)
		fn_text(c, b.data, b.len);
	buf_fini(&b);
	buf_fini(&key);
	map_fini(&seen);
}

/* bag_zip(keys, values): keys that are no strings are left out. */
static void
bag_zip(sqlite3_context *c, int nargs, sqlite3_value **v)
{
	struct dyn_walk keys, values;
	struct dyn value;
	struct map seen = { 0 };
	struct buf b = { 0 }, key = { 0 };
	size_t n = 0;

	(void)nargs;
	if (dyn_kind(fn_dyn(v[0])) != DYN_ARRAY ||
	    dyn_kind(fn_dyn(v[1])) != DYN_ARRAY)
		return;
	dyn_walk(&keys, fn_dyn(v[0]));
	dyn_walk(&values, fn_dyn(v[1]));
	while (dyn_next(&keys)) {
		value = dyn_next(&values) ? values.value
					  : (struct dyn){ "null", 4 };
		buf_reset(&key);
		buf_add(&key, keys.value.s, keys.value.n);
		if (dyn_kind(keys.value) == DYN_STRING &&
		    map_put(&seen, key.data, &seen) == NULL)
			put_member(&b, &n, keys.value, value);
	}
	end_bag(&b, n);
	fn_buf(c, &b);
	buf_fini(&key);
	map_fini(&seen);
}

const struct fn fn_bags[] = {
	{ "kql_bag_remove_keys", 2, bag_remove_keys, 0, NULL },
	{ "kql_bag_set_key", 3, bag_set_key, 0, NULL },
	{ "kql_bag_has_key", 2, bag_has_key, 0, NULL },
	{ "kql_bag_keys", 1, bag_keys, 0, NULL },
	{ "kql_bag_merge", -1, bag_merge, 0, NULL },
	{ "kql_bag_zip", 2, bag_zip, 0, NULL },
	{ NULL, 0, NULL, 0, NULL },
};
