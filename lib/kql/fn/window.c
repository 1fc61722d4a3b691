/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "kql/fn/fn.h"

/*
 * Window functions that SQL does not have.  Each goes once through its rows in
 * order and says after each of them what it has come to; the frame is always
 * all rows up to the current one, so that none ever leaves it.
 */

/* Does a row begin anew?  The last argument may say so; null does not. */
static int
restarts(int n, int at, sqlite3_value **v)
{
	return n > at && sqlite3_value_int(v[at]) != 0;
}

struct number {
	int64_t rows;
	int64_t n;
};

/* kql_row_number(start[, restart]) */
static void
number_step(sqlite3_context *c, int n, sqlite3_value **v)
{
	struct number *s = sqlite3_aggregate_context(c, sizeof(*s));

	if (s == NULL)
		return;
	if (s->rows++ == 0 || restarts(n, 1, v))
		s->n = sqlite3_value_int64(v[0]);
	else
		s->n = (int64_t)((uint64_t)s->n + 1);
}

static void
number_value(sqlite3_context *c)
{
	const struct number *s = sqlite3_aggregate_context(c, 0);

	if (s != NULL)
		sqlite3_result_int64(c, s->n);
}

struct rank {
	int64_t rows;
	int64_t n;
	sqlite3_value *term; /* of the row before, ours */
};

static int
same_term(sqlite3_value *a, sqlite3_value *b)
{
	size_t na, nb;
	const char *x, *y;

	if (sqlite3_value_type(a) != sqlite3_value_type(b))
		return 0;
	switch (sqlite3_value_type(a)) {
	case SQLITE_INTEGER:
		return sqlite3_value_int64(a) == sqlite3_value_int64(b);
	case SQLITE_FLOAT:
		return sqlite3_value_double(a) == sqlite3_value_double(b);
	case SQLITE_NULL:
		return 1;
	default:
		x = fn_str(a, &na);
		y = fn_str(b, &nb);
		return na == nb && memcmp(x, y, na) == 0;
	}
}

static void
forget_term(struct rank *s)
{
	sqlite3_value_free(s->term);
	s->term = NULL;
}

enum rank_kind {
	R_DENSE,
	R_MIN,
};

/* kql_row_rank_dense(term[, restart]) and kql_row_rank_min */
static void
rank_step(sqlite3_context *c, int n, sqlite3_value **v)
{
	struct rank *s = sqlite3_aggregate_context(c, sizeof(*s));

	if (s == NULL)
		return;
	if (restarts(n, 1, v)) {
		s->rows = s->n = 0;
		forget_term(s);
	}
	s->rows++;
	if (s->term != NULL && same_term(s->term, v[0]))
		return;
	s->n = fn_self_window(c)->what == R_MIN ? s->rows : s->n + 1;
	forget_term(s);
	s->term = sqlite3_value_dup(v[0]);
}

static void
rank_value(sqlite3_context *c)
{
	const struct rank *s = sqlite3_aggregate_context(c, 0);

	if (s != NULL)
		sqlite3_result_int64(c, s->n);
}

static void
rank_end(sqlite3_context *c)
{
	struct rank *s = sqlite3_aggregate_context(c, 0);

	if (s != NULL)
		forget_term(s);
}

struct cumsum {
	int64_t i;
	double d;
};

enum cumsum_kind {
	C_INT,
	C_REAL,
};

/* kql_row_cumsum(term[, restart]), of doubles kql_row_rcumsum: null adds
 * nothing, integers wrap. */
static void
cumsum_step(sqlite3_context *c, int n, sqlite3_value **v)
{
	struct cumsum *s = sqlite3_aggregate_context(c, sizeof(*s));
	struct fn_number x = fn_number(v[0]);

	if (s == NULL)
		return;
	if (restarts(n, 1, v))
		memset(s, 0, sizeof(*s));
	if (x.is == FN_NULL)
		return;
	s->i = (int64_t)((uint64_t)s->i + (uint64_t)x.i);
	s->d += x.d;
}

static void
cumsum_value(sqlite3_context *c)
{
	const struct cumsum *s = sqlite3_aggregate_context(c, 0);

	if (fn_self_window(c)->what == C_REAL)
		fn_real(c, s != NULL ? s->d : 0);
	else
		sqlite3_result_int64(c, s != NULL ? s->i : 0);
}

struct session {
	int64_t start, last;
	int open;
};

/* a - b >= by, where nothing overflows; a null limit is never reached. */
static int
is_apart(int64_t a, int64_t b, sqlite3_value *by)
{
	return sqlite3_value_type(by) != SQLITE_NULL &&
	    a - b >= sqlite3_value_int64(by);
}

/* kql_row_window_session(time, from first, between neighbours[, restart]) */
static void
session_step(sqlite3_context *c, int n, sqlite3_value **v)
{
	struct session *s = sqlite3_aggregate_context(c, sizeof(*s));
	int64_t t = sqlite3_value_int64(v[0]);

	if (s == NULL)
		return;
	if (sqlite3_value_type(v[0]) == SQLITE_NULL) {
		s->open = 0;
		return;
	}
	if (!s->open || restarts(n, 3, v) || is_apart(t, s->start, v[1]) ||
	    is_apart(t, s->last, v[2]))
		s->start = t;
	s->last = t;
	s->open = 1;
}

static void
session_value(sqlite3_context *c)
{
	const struct session *s = sqlite3_aggregate_context(c, 0);

	if (s != NULL && s->open)
		sqlite3_result_int64(c, s->start);
}

static const struct fn_window windows[] = {
	{ "kql_row_number", 1, number_step, number_value, NULL, 0 },
	{ "kql_row_number", 2, number_step, number_value, NULL, 0 },
	{ "kql_row_rank_dense", 1, rank_step, rank_value, rank_end, R_DENSE },
	{ "kql_row_rank_dense", 2, rank_step, rank_value, rank_end, R_DENSE },
	{ "kql_row_rank_min", 1, rank_step, rank_value, rank_end, R_MIN },
	{ "kql_row_rank_min", 2, rank_step, rank_value, rank_end, R_MIN },
	{ "kql_row_cumsum", 1, cumsum_step, cumsum_value, NULL, C_INT },
	{ "kql_row_cumsum", 2, cumsum_step, cumsum_value, NULL, C_INT },
	{ "kql_row_rcumsum", 1, cumsum_step, cumsum_value, NULL, C_REAL },
	{ "kql_row_rcumsum", 2, cumsum_step, cumsum_value, NULL, C_REAL },
	{ "kql_row_window_session", 3, session_step, session_value, NULL, 0 },
	{ "kql_row_window_session", 4, session_step, session_value, NULL, 0 },
	{ NULL, 0, NULL, NULL, NULL, 0 },
};

/* SQLite asks for this of every window function, and never calls it here. */
static void
never_leaves(sqlite3_context *c, int n, sqlite3_value **v)
{
	(void)c;
	(void)n;
	(void)v;
}

static void
end_call(sqlite3_context *c)
{
	const struct fn_window *f = fn_self_window(c);

	if (f->end != NULL)
		f->end(c);
}

int
fn_window_register(sqlite3 *db)
{
	int r = SQLITE_OK;

	for (const struct fn_window *f = windows;
	     r == SQLITE_OK && f->name != NULL; f++)
		r = sqlite3_create_window_function(db, f->name, f->args,
		    FN_FLAGS, (void *)(uintptr_t)f, f->step, end_call, f->value,
		    never_leaves, NULL);
	return r;
}
