/* SPDX-License-Identifier: MIT */
#include <math.h>
#include <string.h>

#include "arena.h"
#include "json.h"
#include "kql/fn/dyn.h"
#include "kql/real_text.h"
#include "num.h"

#define LETTERS "DTGM" /* of the kinds from DYN_DATETIME on */

enum dyn_kind
dyn_kind(struct dyn d)
{
	if (d.n == 0)
		return DYN_NULL;
	switch (d.s[0]) {
	case 'n':
		return DYN_NULL;
	case 't':
	case 'f':
		return DYN_BOOL;
	case '"':
		return DYN_STRING;
	case 'D':
		return DYN_DATETIME;
	case 'T':
		return DYN_TIMESPAN;
	case 'G':
		return DYN_GUID;
	case 'M':
		return DYN_DECIMAL;
	case '[':
		return DYN_ARRAY;
	case '{':
		return DYN_BAG;
	}
	for (size_t i = 0; i < d.n; i++)
		if (strchr(".eE", d.s[i]) != NULL)
			return DYN_REAL;
	return DYN_LONG;
}

void
dyn_text(struct buf *b, struct dyn d)
{
	struct arena a = { 0 };
	struct json *j;
	struct err e;

	if (d.n > 0 && *d.s != '"') {
		d.s++;
		d.n--;
	}
	if (d.n < 2)
		return;
	if (memchr(d.s, '\\', d.n) == NULL) {
		buf_add(b, d.s + 1, d.n - 2);
		return;
	}
	if ((j = json_parse(&a, d.s, d.n, &e)) != NULL)
		buf_add(b, j->str, j->len);
	arena_fini(&a);
}

/* Behind the string that begins at p. */
static const char *
skip_string(const char *p, const char *end)
{
	for (p++; p < end && *p != '"'; p++)
		p += *p == '\\';
	return p < end ? p + 1 : end;
}

/* Behind the value that begins at p. */
static const char *
skip_value(const char *p, const char *end)
{
	int depth = 0;

	while (p < end) {
		if (*p == '"') {
			p = skip_string(p, end);
			if (depth == 0)
				return p;
			continue;
		}
		if (depth == 0 && (*p == ',' || *p == '}' || *p == ']'))
			return p;
		if (*p == '{' || *p == '[')
			depth++;
		else if (*p == '}' || *p == ']')
			depth--;
		p++;
	}
	return end;
}

static int
in_number(char c)
{
	return (c >= '0' && c <= '9') || c == '-' || c == '+' || c == '.' ||
	    c == 'e' || c == 'E';
}

/* A number of JSON text as the service writes it: 1E5 is 100000.0. */
static void
put_number(struct buf *b, const char *s, size_t n)
{
	double v;

	if (dyn_kind((struct dyn){ s, n }) != DYN_REAL ||
	    num_parse_double(s, n, &v) == -1 || !isfinite(v))
		buf_add(b, s, n);
	else
		dyn_put_real(b, v);
}

void
dyn_json(struct buf *b, struct dyn d)
{
	const char *end = d.s + d.n, *next;

	for (const char *p = d.s; p < end; p = next) {
		if (*p == '"') {
			next = skip_string(p, end);
		} else if (*p == '-' || (*p >= '0' && *p <= '9')) {
			for (next = p + 1; next < end && in_number(*next);)
				next++;
			put_number(b, p, (size_t)(next - p));
			continue;
		} else {
			next = p + 1;
			if (strchr(LETTERS, *p) != NULL)
				continue;
		}
		buf_add(b, p, (size_t)(next - p));
	}
}

void
dyn_compact(struct buf *b, struct dyn d)
{
	const char *end = d.s + d.n, *next;

	for (const char *p = d.s; p < end; p = next) {
		next = *p == '"' ? skip_string(p, end) : p + 1;
		if (strchr(" \t\r\n", *p) == NULL)
			buf_add(b, p, (size_t)(next - p));
	}
}

void
dyn_put_real(struct buf *b, double v)
{
	char out[NUM_MAX];

	if (isnan(v) || isinf(v)) {
		buf_puts(b,
		    isnan(v)    ? "\"NaN\""
			: v > 0 ? "\"Infinity\""
				: "\"-Infinity\"");
		return;
	}
	buf_add(b, out, real_text(out, v));
}

void
dyn_put_as(struct buf *b, enum dyn_kind kind, const char *s, size_t n)
{
	buf_putc(b, LETTERS[kind - DYN_DATETIME]);
	json_write_str(b, s, n);
}

void
dyn_put_datetime(struct buf *b, ticks t)
{
	char out[WHEN_TEXT];

	dyn_put_as(b, DYN_DATETIME, out, when_format_kusto(out, t));
}

void
dyn_put_timespan(struct buf *b, ticks t)
{
	char out[WHEN_TEXT];

	dyn_put_as(b, DYN_TIMESPAN, out, when_format_span(out, t));
}

void
dyn_walk(struct dyn_walk *w, struct dyn d)
{
	enum dyn_kind kind = dyn_kind(d);

	memset(w, 0, sizeof(*w));
	w->bag = kind == DYN_BAG;
	if (!w->bag && kind != DYN_ARRAY)
		return;
	w->at = d.s + 1;
	w->end = d.s + d.n;
}

int
dyn_next(struct dyn_walk *w)
{
	if (w->at < w->end && *w->at == ',')
		w->at++;
	if (w->at >= w->end || *w->at == ']' || *w->at == '}')
		return 0;
	if (w->bag) {
		w->key.s = w->at;
		w->at = skip_string(w->at, w->end);
		w->key.n = (size_t)(w->at - w->key.s);
		if (w->at < w->end)
			w->at++; /* the colon */
	}
	w->value.s = w->at;
	w->at = skip_value(w->at, w->end);
	w->value.n = (size_t)(w->at - w->value.s);
	return w->value.n > 0;
}

ptrdiff_t
dyn_elements(struct buf *b, struct dyn d)
{
	struct dyn_walk w;
	ptrdiff_t n = 0;

	if (dyn_kind(d) != DYN_ARRAY)
		return -1;
	dyn_walk(&w, d);
	for (; dyn_next(&w); n++)
		buf_add(b, &w.value, sizeof(w.value));
	return n;
}

void
dyn_add(struct buf *b, size_t *n, struct dyn d)
{
	buf_putc(b, (*n)++ == 0 ? '[' : ',');
	if (d.n == 0)
		buf_puts(b, "null");
	else
		buf_add(b, d.s, d.n);
}

static int
is_number(enum dyn_kind kind)
{
	return kind == DYN_LONG || kind == DYN_REAL;
}

int
dyn_same(struct dyn a, struct dyn b)
{
	enum dyn_kind x = dyn_kind(a), y = dyn_kind(b);
	double p, q;

	if (a.n == b.n && memcmp(a.s, b.s, a.n) == 0)
		return 1;
	if (!is_number(x) || !is_number(y) || (x == DYN_LONG && y == DYN_LONG))
		return 0;
	return num_parse_double(a.s, a.n, &p) == 0 &&
	    num_parse_double(b.s, b.n, &q) == 0 && p == q;
}

int
dyn_key_is(struct dyn key, const char *name, size_t n)
{
	struct buf b = { 0 };
	int yes;

	if (memchr(key.s, '\\', key.n) == NULL)
		return key.n == n + 2 && memcmp(key.s + 1, name, n) == 0;
	dyn_text(&b, key);
	yes = b.len == n && memcmp(buf_str(&b), name, n) == 0;
	buf_fini(&b);
	return yes;
}

int
dyn_parse(struct buf *b, const char *s, size_t n)
{
	struct arena a = { 0 };
	struct err e;
	struct json *j = json_parse(&a, s, n, &e);

	if (j != NULL)
		json_write(b, j);
	arena_fini(&a);
	return j != NULL ? 0 : -1;
}
