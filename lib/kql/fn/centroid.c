/* SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "kql/fn/dyn.h"
#include "kql/fn/fn.h"
#include "num.h"

/*
 * tdigest(x): values and their weights, in a state that can be merged: an
 * array of both in turn.  Past a number of them neighbours become one.
 */
#define CENTROIDS 20000

struct centroid {
	struct fn_number v;
	int64_t weight;
};

struct digest {
	struct buf b; /* of struct centroid */
};

static int
order(const void *p, const void *q)
{
	const struct fn_number *a = &((const struct centroid *)p)->v;
	const struct fn_number *b = &((const struct centroid *)q)->v;

	if (a->is == FN_INT && b->is == FN_INT)
		return (a->i > b->i) - (a->i < b->i);
	return (a->d > b->d) - (a->d < b->d);
}

/* Sort, and join what is the same, or stands side by side if they are too
 * many.  Returns their number. */
static size_t
settle(struct digest *s)
{
	struct centroid *v = (void *)s->b.data;
	size_t n = s->b.len / sizeof(*v), m = 0;
	int many;

	if (n > 0)
		qsort(v, n, sizeof(*v), order);
	for (size_t i = 0; i < n; i++) {
		if (m > 0 && order(&v[i], &v[m - 1]) == 0)
			v[m - 1].weight += v[i].weight;
		else
			v[m++] = v[i];
	}
	many = m > CENTROIDS;
	for (size_t i = 0; many && 2 * i + 1 < m; i++) {
		int64_t weight = v[2 * i].weight + v[2 * i + 1].weight;

		v[i] = v[2 * i + 1];
		v[i].weight = weight;
	}
	if (many && m % 2 == 1)
		v[m / 2] = v[m - 1];
	m = many ? (m + 1) / 2 : m;
	s->b.len = m * sizeof(*v);
	return m;
}

static void
add(struct digest *s, struct fn_number x, int64_t weight)
{
	struct centroid one = { x, weight };

	if (x.is == FN_NULL || isnan(x.d) || weight <= 0)
		return;
	buf_add(&s->b, &one, sizeof(one));
	if (s->b.len >= 2 * CENTROIDS * sizeof(one))
		settle(s);
}

/* tdigest(x[, weight]) */
static void
step(sqlite3_context *c, int nargs, sqlite3_value **v)
{
	struct digest *s = sqlite3_aggregate_context(c, sizeof(*s));

	if (s != NULL)
		add(s, fn_number(v[0]),
		    nargs > 1 ? sqlite3_value_int64(v[1]) : 1);
}

static struct fn_number
number_in(struct dyn d)
{
	struct fn_number x = { .is = FN_INT };

	if (num_parse_int(d.s, d.n, &x.i) == 0) {
		x.d = (double)x.i;
		return x;
	}
	x.is = num_parse_double(d.s, d.n, &x.d) == 0 ? FN_REAL : FN_NULL;
	return x;
}

static void
merge(struct digest *s, struct dyn d)
{
	struct dyn_walk w;
	struct fn_number x;

	dyn_walk(&w, d);
	while (!w.bag && dyn_next(&w)) {
		x = number_in(w.value);
		if (dyn_next(&w))
			add(s, x, number_in(w.value).i);
	}
}

static void
merge_step(sqlite3_context *c, int nargs, sqlite3_value **v)
{
	struct digest *s = sqlite3_aggregate_context(c, sizeof(*s));

	(void)nargs;
	if (s != NULL)
		merge(s, fn_dyn(v[0]));
}

static void
put_number(struct buf *b, struct fn_number x)
{
	char out[NUM_MAX];

	if (x.is == FN_INT)
		buf_add(b, out, num_int(out, x.i));
	else
		dyn_put_real(b, x.d);
}

static void
give(sqlite3_context *c, struct digest *s)
{
	size_t n = settle(s);
	const struct centroid *v = (const void *)s->b.data;
	struct buf b = { 0 };

	for (size_t i = 0; i < n; i++) {
		buf_putc(&b, i == 0 ? '[' : ',');
		put_number(&b, v[i].v);
		buf_printf(&b, ",%lld", (long long)v[i].weight);
	}
	fn_array(c, &b, n);
	buf_fini(&s->b);
}

static void
end(sqlite3_context *c)
{
	struct digest none = { 0 }, *s = sqlite3_aggregate_context(c, 0);

	give(c, s != NULL ? s : &none);
}

static void
merge_all(sqlite3_context *c, int nargs, sqlite3_value **v)
{
	struct digest s = { 0 };

	for (int i = 0; i < nargs; i++)
		merge(&s, fn_dyn(v[i]));
	give(c, &s);
}

/* The value at p percent of the weight, by nearest rank; there is one. */
static void
put_percentile(struct buf *b, const struct digest *s, double p)
{
	const struct centroid *v = (const void *)s->b.data;
	size_t n = s->b.len / sizeof(*v), i;
	double all = 0, rank;

	for (i = 0; i < n; i++)
		all += (double)v[i].weight;
	rank = ceil(p * all / 100 * (1 - 1e-15));
	for (i = 0; i + 1 < n && rank > (double)v[i].weight; i++)
		rank -= (double)v[i].weight;
	put_number(b, v[i].v);
}

static void
percentile(sqlite3_context *c, int nargs, sqlite3_value **v)
{
	struct digest s = { 0 };
	struct buf b = { 0 };

	merge(&s, fn_dyn(v[0]));
	if (!fn_any_null(nargs, v) && settle(&s) > 0) {
		put_percentile(&b, &s, fn_number(v[1]).d);
		fn_buf(c, &b);
	}
	buf_fini(&s.b);
}

/* percentiles(digest, p or array of p, ...) */
static void
percentiles(sqlite3_context *c, int nargs, sqlite3_value **v)
{
	struct digest s = { 0 };
	struct buf b = { 0 };
	struct dyn_walk w;

	merge(&s, fn_dyn(v[0]));
	for (int i = 1; settle(&s) > 0 && i < nargs; i++) {
		dyn_walk(&w, fn_dyn(v[i]));
		while (
		    sqlite3_value_type(v[i]) == SQLITE_TEXT && dyn_next(&w)) {
			buf_putc(&b, b.len == 0 ? '[' : ',');
			put_percentile(&b, &s, number_in(w.value).d);
		}
		if (sqlite3_value_type(v[i]) == SQLITE_TEXT)
			continue;
		buf_putc(&b, b.len == 0 ? '[' : ',');
		put_percentile(&b, &s, fn_number(v[i]).d);
	}
	if (b.len > 0)
		fn_array(c, &b, 1);
	buf_fini(&s.b);
}

/* How much of the weight is at or below x; what is 1: in percent. */
static void
rank(sqlite3_context *c, int nargs, sqlite3_value **v)
{
	struct digest s = { 0 };
	struct centroid x = { fn_number(v[1]), 1 };
	const struct centroid *at;
	double all = 0, below = 0;
	size_t n;

	merge(&s, fn_dyn(v[0]));
	n = settle(&s);
	at = (const void *)s.b.data;
	for (size_t i = 0; i < n; i++) {
		all += (double)at[i].weight;
		if (order(&at[i], &x) <= 0)
			below += (double)at[i].weight;
	}
	if (n > 0 && !fn_any_null(nargs, v))
		fn_real(c, fn_self(c)->what ? below / all * 100 : below);
	buf_fini(&s.b);
}

const struct fn_aggregate fn_digests[] = {
	{ "kql_tdigest", 1, step, end, 0 },
	{ "kql_tdigest", 2, step, end, 0 },
	{ "kql_tdigest_merge", 1, merge_step, end, 0 },
	{ NULL, 0, NULL, NULL, 0 },
};

const struct fn fn_digest_calls[] = {
	{ "kql_tdigest_merge_all", -1, merge_all, 0, NULL },
	{ "kql_percentile_tdigest", 2, percentile, 0, NULL },
	{ "kql_percentiles_tdigest", -1, percentiles, 0, NULL },
	{ "kql_rank_tdigest", 2, rank, 0, NULL },
	{ "kql_percentrank_tdigest", 2, rank, 1, NULL },
	{ NULL, 0, NULL, 0, NULL },
};
