/* SPDX-License-Identifier: MIT */
#include <math.h>
#include <string.h>

#include "kql/fn/dyn.h"
#include "kql/fn/series.h"
#include "num.h"

/* What JSON has no number for stands in a string. */
static struct fn_number
odd_number(struct dyn d)
{
	static const struct {
		const char *text;
		double d;
	} odd[] = { { "\"NaN\"", NAN }, { "\"Infinity\"", INFINITY },
		{ "\"-Infinity\"", -INFINITY } };
	struct fn_number x = { .is = FN_NULL };

	for (int i = 0; i < 3; i++)
		if (d.n == strlen(odd[i].text) &&
		    memcmp(d.s, odd[i].text, d.n) == 0) {
			x.is = FN_REAL;
			x.d = odd[i].d;
		}
	return x;
}

/* An element as a number, or null. */
static struct fn_number
element(struct dyn d)
{
	struct fn_number x = { .is = FN_NULL };
	enum dyn_kind kind = dyn_kind(d);

	if (kind == DYN_STRING)
		return odd_number(d);
	if (kind == DYN_LONG && num_parse_int(d.s, d.n, &x.i) == 0) {
		x.is = FN_INT;
		x.d = (double)x.i;
		return x;
	}
	if ((kind == DYN_LONG || kind == DYN_REAL) &&
	    num_parse_double(d.s, d.n, &x.d) == 0)
		x.is = FN_REAL;
	return x;
}

static void
add(struct series *s, struct fn_number x)
{
	buf_add(&s->held, &x, sizeof(x));
	s->v = (struct fn_number *)(void *)s->held.data;
	s->n++;
	s->real |= x.is == FN_REAL;
}

int
series_read(struct series *s, sqlite3_value *v)
{
	struct dyn_walk w;
	struct dyn d;

	memset(s, 0, sizeof(*s));
	d.s = fn_str(v, &d.n);
	if (sqlite3_value_type(v) != SQLITE_TEXT || strcmp(d.s, "NaN") == 0) {
		s->scalar = 1;
		add(s, fn_number(v));
		return s->v[0].is == FN_NULL ? -1 : 0;
	}
	if (dyn_kind(d) != DYN_ARRAY)
		return -1;
	dyn_walk(&w, d);
	while (dyn_next(&w))
		add(s, element(w.value));
	return 0;
}

void
series_free(struct series *s)
{
	buf_fini(&s->held);
}

struct fn_number
series_at(const struct series *s, size_t i)
{
	static const struct fn_number none;

	if (s->scalar)
		return s->v[0];
	return i < s->n ? s->v[i] : none;
}

int
series_is_finite(const struct series *s)
{
	for (size_t i = 0; i < s->n; i++)
		if (s->v[i].is == FN_NULL || !isfinite(s->v[i].d))
			return 0;
	return 1;
}

void
series_put(struct buf *b, struct fn_number x, int real)
{
	char out[NUM_MAX];

	if (x.is == FN_NULL)
		buf_puts(b, "null");
	else if (x.is == FN_REAL || real)
		dyn_put_real(b, x.d);
	else
		buf_add(b, out, num_int(out, x.i));
}

void
series_put_reals(struct buf *b, const double *v, size_t n)
{
	buf_putc(b, '[');
	for (size_t i = 0; i < n; i++) {
		if (i > 0)
			buf_putc(b, ',');
		dyn_put_real(b, v[i]);
	}
	buf_putc(b, ']');
}

void
series_reals(sqlite3_context *c, const double *v, size_t n)
{
	struct buf b = { 0 };

	series_put_reals(&b, v, n);
	fn_buf(c, &b);
}

double *
series_doubles(struct buf *b, size_t n)
{
	char *p = buf_reserve(b, (n + 1) * sizeof(double));

	memset(p, 0, (n + 1) * sizeof(double));
	b->len += n * sizeof(double);
	return (double *)(void *)p;
}
