/* SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdlib.h>

#include "kql/fn/dyn.h"
#include "kql/fn/fn.h"
#include "num.h"

/*
 * Percentiles by nearest rank: the least value that has p percent of all, or
 * of all the weight, at or below it.  Values are kept as eight bytes each.
 */
union number {
	int64_t i;
	double d;
};

struct ranks {
	struct buf values; /* of union number, with weights of struct weighed */
	struct buf wanted; /* of double: the percentiles */
	int real;
};

struct weighed {
	union number v;
	int64_t weight;
};

/* The percentiles: numbers, or arrays of them. */
static void
read_wanted(struct ranks *s, int n, sqlite3_value **v)
{
	struct dyn_walk w;
	struct dyn d;
	double p;

	for (int i = 0; i < n; i++) {
		if (sqlite3_value_type(v[i]) != SQLITE_TEXT) {
			p = fn_number(v[i]).d;
			buf_add(&s->wanted, &p, sizeof(p));
			continue;
		}
		d.s = fn_str(v[i], &d.n);
		dyn_walk(&w, d);
		while (dyn_next(&w)) {
			if (num_parse_double(w.value.s, w.value.n, &p) == -1)
				p = NAN;
			buf_add(&s->wanted, &p, sizeof(p));
		}
	}
}

/* The state, its percentiles read from argument number first on. */
static struct ranks *
state(sqlite3_context *c, int n, sqlite3_value **v, int first)
{
	struct ranks *s = sqlite3_aggregate_context(c, sizeof(*s));

	if (s != NULL && s->wanted.len == 0)
		read_wanted(s, n - first, v + first);
	return s;
}

static union number
number_of(struct ranks *s, struct fn_number x)
{
	union number u;

	s->real |= x.is == FN_REAL;
	if (s->real)
		u.d = x.d;
	else
		u.i = x.i;
	return u;
}

static void
step(sqlite3_context *c, int n, sqlite3_value **v)
{
	struct ranks *s = state(c, n, v, 1);
	struct fn_number x = fn_number(v[0]);
	union number u;

	if (s == NULL || x.is == FN_NULL)
		return;
	u = number_of(s, x);
	buf_add(&s->values, &u, sizeof(u));
}

static void
weigh(sqlite3_context *c, int n, sqlite3_value **v)
{
	struct ranks *s = state(c, n, v, 2);
	struct fn_number x = fn_number(v[0]);
	struct weighed w = { .weight = sqlite3_value_int64(v[1]) };

	if (s == NULL || x.is == FN_NULL || w.weight <= 0)
		return;
	w.v = number_of(s, x);
	buf_add(&s->values, &w, sizeof(w));
}

static int
integer_order(const void *p, const void *q)
{
	const union number *a = p, *b = q;

	return (a->i > b->i) - (a->i < b->i);
}

/* NaN is the least. */
static int
real_order(const void *p, const void *q)
{
	const union number *a = p, *b = q;

	if (isnan(a->d) || isnan(b->d))
		return !isnan(a->d) - !isnan(b->d);
	return (a->d > b->d) - (a->d < b->d);
}

/* The rank of p percent of n, from 1; what rounding adds is taken off. */
static double
rank_of(double p, double n)
{
	double rank = ceil(p * n / 100 * (1 - 1e-15));

	return rank < 1 || isnan(rank) ? 1 : rank > n ? n : rank;
}

static void
put_number(struct buf *b, const struct ranks *s, union number u)
{
	char out[NUM_MAX];

	buf_putc(b, b->len == 0 ? '[' : ',');
	if (s->real)
		dyn_put_real(b, u.d);
	else
		buf_add(b, out, num_int(out, u.i));
}

static union number
at_weight(const struct ranks *s, double p)
{
	const struct weighed *w = (const void *)s->values.data;
	size_t n = s->values.len / sizeof(*w), i;
	double all = 0, rank;

	for (i = 0; i < n; i++)
		all += (double)w[i].weight;
	rank = rank_of(p, all);
	for (i = 0; i + 1 < n && rank > (double)w[i].weight; i++)
		rank -= (double)w[i].weight;
	return w[i].v;
}

static union number
at_rank(const struct ranks *s, double p)
{
	const union number *v = (const void *)s->values.data;
	size_t n = s->values.len / sizeof(*v);

	return v[(size_t)rank_of(p, (double)n) - 1];
}

/* The values as a dynamic list, times as their ticks. */
static void
end(sqlite3_context *c)
{
	struct ranks *s = sqlite3_aggregate_context(c, 0);
	int weighed = fn_self_aggregate(c)->what;
	size_t size = weighed ? sizeof(struct weighed) : sizeof(union number);
	struct buf list = { 0 };
	const double *p;

	if (s == NULL)
		return;
	if (s->values.len > 0) {
		qsort(s->values.data, s->values.len / size, size,
		    s->real ? real_order : integer_order);
		p = (const void *)s->wanted.data;
		for (size_t i = 0; i < s->wanted.len / sizeof(*p); i++)
			put_number(&list, s,
			    weighed ? at_weight(s, p[i]) : at_rank(s, p[i]));
		buf_puts(&list, list.len == 0 ? "[]" : "]");
		fn_buf(c, &list);
	}
	buf_fini(&s->values);
	buf_fini(&s->wanted);
}

/* times_of(list, "datetime" or "timespan"): its ticks as such times. */
static void
times_of(sqlite3_context *c, int n, sqlite3_value **v)
{
	int date = *(const char *)sqlite3_value_text(v[1]) == 'd';
	struct buf b = { 0 };
	struct dyn_walk w;
	struct dyn d;
	int64_t t = 0;

	if (fn_any_null(n, v))
		return;
	d.s = fn_str(v[0], &d.n);
	dyn_walk(&w, d);
	while (dyn_next(&w)) {
		buf_putc(&b, b.len == 0 ? '[' : ',');
		num_parse_int(w.value.s, w.value.n, &t);
		if (date)
			dyn_put_datetime(&b, t);
		else
			dyn_put_timespan(&b, t);
	}
	buf_puts(&b, b.len == 0 ? "[]" : "]");
	fn_buf(c, &b);
}

const struct fn_aggregate fn_ranks[] = {
	{ "kql_percentiles", -1, step, end, 0 },
	{ "kql_percentilesw", -1, weigh, end, 1 },
	{ NULL, 0, NULL, NULL, 0 },
};

const struct fn fn_rank_lists[] = {
	{ "kql_times_of", 2, times_of, 0, NULL },
	{ NULL, 0, NULL, 0, NULL },
};
