/* SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kql/fn/dyn.h"
#include "kql/fn/fn.h"
#include "num.h"

/* A stretch of the text that replace_strings has found, and what for. */
struct stretch {
	size_t from, to;
	struct buf with;
};

struct found {
	struct stretch *at;
	size_t n, room;
};

/* Is any of it taken?  Earlier lookups go before later ones. */
static int
is_taken(const struct found *f, size_t from, size_t to)
{
	for (size_t i = 0; i < f->n; i++)
		if (from < f->at[i].to && f->at[i].from < to)
			return 1;
	return 0;
}

/* Take all that is free of one lookup.  Returns 0, or -1: no memory. */
static int
look_up(struct found *f, struct dyn s, const struct buf *what, const char *with,
    size_t n)
{
	const char *at = s.s, *end = s.s + s.n;

	if (what->len == 0)
		return 0;
	while ((at = memmem(at, (size_t)(end - at), what->data, what->len)) !=
	    NULL) {
		size_t from = (size_t)(at - s.s), to = from + what->len;
		struct stretch *more;

		at++;
		if (is_taken(f, from, to))
			continue;
		if (f->n == f->room) {
			f->room = f->room * 2 + 8;
			more = realloc(f->at, f->room * sizeof(*f->at));
			if (more == NULL)
				return -1;
			f->at = more;
		}
		f->at[f->n] = (struct stretch){ .from = from, .to = to };
		buf_add(&f->at[f->n++].with, with, n);
		at = s.s + to;
	}
	return 0;
}

static int
by_place(const void *x, const void *y)
{
	const struct stretch *a = x, *b = y;

	return (a->from > b->from) - (a->from < b->from);
}

static void
put_replaced(struct buf *b, struct dyn s, struct found *f)
{
	size_t done = 0;

	if (f->n > 0)
		qsort(f->at, f->n, sizeof(*f->at), by_place);
	for (size_t i = 0; i < f->n; i++) {
		buf_add(b, s.s + done, f->at[i].from - done);
		buf_add(b, buf_str(&f->at[i].with), f->at[i].with.len);
		done = f->at[i].to;
		buf_fini(&f->at[i].with);
	}
	buf_add(b, s.s + done, s.n - done);
	free(f->at);
}

/*
 * replace_strings(s, lookups, rewrites): the first lookup takes what it
 * finds, then the next what is left; a rewrite that is no string leaves what
 * was found as it is.
 */
static void
replace_all(sqlite3_context *c, int nargs, sqlite3_value **v)
{
	struct dyn s = fn_dyn(v[0]);
	struct dyn_walk lookups, rewrites;
	struct buf what = { 0 }, with = { 0 }, b = { 0 };
	struct found f = { 0 };
	int bad = 0;

	(void)nargs;
	dyn_walk(&lookups, fn_dyn(v[1]));
	dyn_walk(&rewrites, fn_dyn(v[2]));
	while (!bad && dyn_next(&lookups) && dyn_next(&rewrites)) {
		buf_reset(&what);
		buf_reset(&with);
		if (dyn_kind(lookups.value) != DYN_STRING)
			continue;
		dyn_text(&what, lookups.value);
		if (dyn_kind(rewrites.value) == DYN_STRING)
			dyn_text(&with, rewrites.value);
		else
			buf_add(&with, buf_str(&what), what.len);
		bad = look_up(&f, s, &what, buf_str(&with), with.len) == -1;
	}
	buf_fini(&what);
	buf_fini(&with);
	put_replaced(&b, s, &f);
	if (!bad)
		fn_buf(c, &b);
	else
		sqlite3_result_error_nomem(c);
}

static const char *const units[] = { "Bytes", "KB", "MB", "GB", "TB", "PB",
	"EB" };

#define UNITS (sizeof(units) / sizeof(*units))

/* The unit that is asked for, or the one in which the size has few digits. */
static size_t
find_unit(double size, const char *name)
{
	size_t i = 0;

	if (*name != '\0') {
		while (i < UNITS && strcasecmp(units[i], name) != 0)
			i++;
		return i;
	}
	for (; i + 1 < UNITS && fabs(size) >= 1024; i++)
		size /= 1024;
	return i;
}

/* format_bytes(size[, digits[, unit]]): zeros at the end are left out. */
static void
format_bytes(sqlite3_context *c, int nargs, sqlite3_value **v)
{
	double size = fn_number(v[0]).d, scale;
	double digits = nargs > 1 ? fn_number(v[1]).d : 0;
	size_t n, unit;
	char out[NUM_MAX];
	struct buf b = { 0 };

	if (fn_any_null(nargs, v) || !isfinite(size)) {
		fn_text(c, "", 0);
		return;
	}
	unit = find_unit(size, nargs > 2 ? fn_str(v[2], &n) : "");
	if (unit == UNITS) {
		fn_text(c, "", 0);
		return;
	}
	digits = digits < 0 ? 0 : digits > 15 ? 15 : floor(digits);
	scale = pow(10, digits);
	size = round(ldexp(size, -10 * (int)unit) * scale) / scale;
	num_double(out, size);
	buf_printf(&b, "%s %s", out, units[unit]);
	fn_buf(c, &b);
}

/* assert(condition, message): anything but true ends the query. */
static void
assertion(sqlite3_context *c, int nargs, sqlite3_value **v)
{
	struct buf b = { 0 };
	size_t n;
	const char *s = fn_str(v[1], &n);

	(void)nargs;
	if (sqlite3_value_int(v[0])) {
		sqlite3_result_int(c, 1);
		return;
	}
	buf_printf(&b, "assert() failed: %.*s", (int)(n < 500 ? n : 500), s);
	sqlite3_result_error(c, b.data, -1);
	buf_fini(&b);
}

const struct fn fn_replace[] = {
	{ "kql_replace_strings", 3, replace_all, 0, NULL },
	{ "kql_format_bytes", -1, format_bytes, 0, NULL },
	{ "kql_assert", 2, assertion, 0, NULL },
	{ NULL, 0, NULL, 0, NULL },
};
