/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "kql/fn/dyn.h"
#include "kql/fn/fn.h"
#include "kql/fn/fold.h"
#include "status.h"

/*
 * has, contains, startswith and their like.  A term is a run of letters and
 * digits; what is looked for must begin and end where terms do, or anywhere
 * between separators.
 */
enum match {
	M_CONTAINS,
	M_STARTS,
	M_ENDS,
	M_HAS,
	M_HASPREFIX,
	M_HASSUFFIX,
	M_CASE = 16, /* case counts */
};

/* What the functions of a connection share; each counts. */
struct shared {
	struct fold *fold;
	int users;
};

/* A function with what it needs; fn comes first, for fn_self(). */
struct bound {
	struct fn fn;
	struct shared *shared;
};

static const struct fold *
fold_of(sqlite3_context *c)
{
	return ((const struct bound *)sqlite3_user_data(c))->shared->fold;
}

/* Text as it is compared: folded unless case counts. */
static const char *
compared(
    sqlite3_context *c, sqlite3_value *v, int what, struct buf *b, size_t *n)
{
	const char *s = fn_str(v, n);

	if (what & M_CASE)
		return s;
	buf_reset(b);
	fold_case(fold_of(c), b, s, *n, 0);
	*n = b->len;
	return buf_str(b);
}

/* Is t at a place of s whose ends are edges, those that what asks for? */
static int
has(const struct fold *f, const char *s, size_t n, const char *t, size_t m,
    int what)
{
	const char *at = s;
	size_t from;

	while ((at = memmem(at, n - (size_t)(at - s), t, m)) != NULL) {
		from = (size_t)(at - s);
		if ((what == M_HASSUFFIX || fold_is_edge(f, s, n, from)) &&
		    (what == M_HASPREFIX || fold_is_edge(f, s, n, from + m)))
			return 1;
		at++;
	}
	return 0;
}

static int
matches(const struct fold *f, const char *s, size_t n, const char *t, size_t m,
    int what)
{
	if (m == 0)
		return 1;
	if (m > n)
		return 0;
	switch (what) {
	case M_CONTAINS:
		return memmem(s, n, t, m) != NULL;
	case M_STARTS:
		return memcmp(s, t, m) == 0;
	case M_ENDS:
		return memcmp(s + n - m, t, m) == 0;
	}
	return has(f, s, n, t, m, what);
}

static void
match(sqlite3_context *c, int nargs, sqlite3_value **v)
{
	int what = fn_self(c)->what;
	struct buf a = { 0 }, b = { 0 };
	size_t n, m;
	const char *s, *t;

	(void)nargs;
	s = compared(c, v[0], what, &a, &n);
	t = compared(c, v[1], what, &b, &m);
	sqlite3_result_int(c, matches(fold_of(c), s, n, t, m, what & ~M_CASE));
	buf_fini(&a);
	buf_fini(&b);
}

/* has_any, has_all: any or all of the arguments behind the first. */
static void
has_some(sqlite3_context *c, int nargs, sqlite3_value **v)
{
	int all = fn_self(c)->what, yes = all;
	struct buf a = { 0 }, b = { 0 };
	size_t n, m;
	const char *s, *t;

	if (nargs == 0)
		return;
	s = compared(c, v[0], M_HAS, &a, &n);
	for (int i = 1; i < nargs && yes == all; i++) {
		t = compared(c, v[i], M_HAS, &b, &m);
		yes = matches(fold_of(c), s, n, t, m, M_HAS);
	}
	sqlite3_result_int(c, yes);
	buf_fini(&a);
	buf_fini(&b);
}

/* has_any_index(s, array): which element is the first that s has, or, for
 * has_all_index, lacks; -1: none. */
static void
has_index(sqlite3_context *c, int nargs, sqlite3_value **v)
{
	struct buf a = { 0 }, b = { 0 }, text = { 0 };
	size_t n;
	const char *s = compared(c, v[0], M_HAS, &a, &n);
	int64_t i = 0, found = -1;
	struct dyn_walk w;
	struct dyn d;

	d.s = fn_str(v[1], &d.n);
	dyn_walk(&w, d);
	for (; !fn_any_null(nargs, v) && found == -1 && dyn_next(&w); i++) {
		buf_reset(&text);
		buf_reset(&b);
		if (dyn_kind(w.value) >= DYN_STRING &&
		    dyn_kind(w.value) < DYN_ARRAY)
			dyn_text(&text, w.value);
		else
			buf_add(&text, w.value.s, w.value.n);
		fold_case(fold_of(c), &b, buf_str(&text), text.len, 0);
		if (matches(fold_of(c), s, n, buf_str(&b), b.len, M_HAS) !=
		    fn_self(c)->what)
			found = i;
	}
	if (!fn_any_null(nargs, v))
		sqlite3_result_int64(c, found);
	buf_fini(&a);
	buf_fini(&b);
	buf_fini(&text);
}

/* What =~ and in~ compare. */
static void
change_case(sqlite3_context *c, int nargs, sqlite3_value **v)
{
	struct buf b = { 0 };
	size_t n;
	const char *s = fn_str(v[0], &n);

	(void)nargs;
	fold_case(fold_of(c), &b, s, n, fn_self(c)->what);
	fn_buf(c, &b);
}

#define BOTH(name, what)                                    \
	{ name, 2, match, what, NULL },                     \
	{                                                   \
		name "_cs", 2, match, (what) | M_CASE, NULL \
	}

static const struct fn list[] = {
	BOTH("kql_contains", M_CONTAINS),
	BOTH("kql_startswith", M_STARTS),
	BOTH("kql_endswith", M_ENDS),
	BOTH("kql_has", M_HAS),
	BOTH("kql_hasprefix", M_HASPREFIX),
	BOTH("kql_hassuffix", M_HASSUFFIX),
	{ "kql_has_any", -1, has_some, 0, NULL },
	{ "kql_has_all", -1, has_some, 1, NULL },
	{ "kql_has_any_index", 2, has_index, 0, NULL },
	{ "kql_has_all_index", 2, has_index, 1, NULL },
	{ "kql_fold", 1, change_case, 0, NULL },
	{ "kql_tolower", 1, change_case, 0, NULL },
	{ "kql_toupper", 1, change_case, 1, NULL },
	{ NULL, 0, NULL, 0, NULL },
};

static void
unbind(void *p)
{
	struct bound *b = p;

	if (--b->shared->users == 0) {
		fold_free(b->shared->fold);
		free(b->shared);
	}
	free(b);
}

/* SQLite calls unbind also when it does not take the function. */
static int
bind(sqlite3 *db, const struct fn *f, struct shared *shared)
{
	struct bound *b = malloc(sizeof(*b));

	if (b == NULL)
		return -1;
	b->fn = *f;
	b->shared = shared;
	shared->users++;
	return sqlite3_create_function_v2(db, f->name, f->args, FN_FLAGS, b,
		   f->call, NULL, NULL, unbind) == SQLITE_OK
	    ? 0
	    : -1;
}

int
fn_match_register(sqlite3 *db, struct err *e)
{
	struct shared *shared = calloc(1, sizeof(*shared));
	int r = 0;

	if (shared == NULL)
		return err_sys(e, ST_RETRY, "SQLite");
	if ((shared->fold = fold_new(e)) == NULL) {
		free(shared);
		return -1;
	}
	shared->users = 1; /* this function, until all are bound */
	for (const struct fn *f = list; r == 0 && f->name != NULL; f++)
		r = bind(db, f, shared);
	if (--shared->users == 0) {
		fold_free(shared->fold);
		free(shared);
	}
	return r == 0 ? 0 : err_set(e, ST_RETRY, "SQLite takes no function");
}
