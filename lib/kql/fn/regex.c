/* SPDX-License-Identifier: MIT */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "kql/fn/dyn.h"
#include "kql/fn/fn.h"
#include "num.h"
#include "re2.h"
#include "regex.h"
#include "utf8.h"

/* A pattern ready for use: as it stands, or one for each end to trim. */
struct compiled {
	struct regex *first; /* the pattern, or at the start */
	struct regex *last;  /* at the end */
	int gave_up;         /* a match took too long */
};

enum anchor {
	AT_START = 1,
	AT_END = 2,
};

static void
compiled_free(void *p)
{
	struct compiled *k = p;

	regex_free(k->first);
	regex_free(k->last);
	free(k);
}

/* The pattern must be one by itself, whatever is put around it. */
static struct regex *
compile(sqlite3_context *c, sqlite3_value *v, const char *before,
    const char *behind)
{
	struct buf b = { 0 }, around = { 0 };
	struct regex *r = NULL;
	struct err e;
	size_t n;
	const char *s = fn_str(v, &n);

	if (re2_translate(&b, s, n, &e) == 0)
		r = regex_new(buf_str(&b), b.len, &e);
	if (r != NULL && *before + *behind != '\0') {
		regex_free(r);
		buf_puts(&around, before);
		buf_add(&around, buf_str(&b), b.len);
		buf_puts(&around, behind);
		r = regex_new(around.data, around.len, &e);
	}
	if (r == NULL)
		sqlite3_result_error(c, e.msg, -1);
	buf_fini(&b);
	buf_fini(&around);
	return r;
}

/*
 * The pattern that is argument arg, kept by SQLite from row to row when it is
 * a constant.  NULL with the function's error set.  Give it back by release().
 */
static struct compiled *
acquire(sqlite3_context *c, sqlite3_value **v, int arg, int anchors)
{
	struct compiled *k = sqlite3_get_auxdata(c, arg);
	int ok = 1;

	if (k != NULL)
		return k;
	if ((k = calloc(1, sizeof(*k))) == NULL) {
		sqlite3_result_error_nomem(c);
		return NULL;
	}
	if (anchors == 0)
		ok = (k->first = compile(c, v[arg], "", "")) != NULL;
	if (anchors & AT_START)
		ok = (k->first = compile(c, v[arg], "\\A(?:", ")")) != NULL;
	if (ok && (anchors & AT_END))
		ok = (k->last = compile(c, v[arg], "(?:", ")\\z")) != NULL;
	if (ok)
		return k;
	compiled_free(k);
	return NULL;
}

/* The end of a call: a match that was given up is an error, whatever the
 * result is by now. */
static void
release(sqlite3_context *c, int arg, struct compiled *k)
{
	if (k->gave_up)
		sqlite3_result_error(
		    c, "regular expression takes too long", -1);
	k->gave_up = 0;
	if (sqlite3_get_auxdata(c, arg) != k)
		sqlite3_set_auxdata(c, arg, k, compiled_free);
}

static int
find(struct compiled *k, struct regex *r, const char *s, size_t n, size_t at,
    struct regex_span spans[REGEX_GROUPS])
{
	int found = at <= n ? regex_find(r, s, n, at, spans) : 0;

	k->gave_up |= found == -1;
	return found == 1;
}

/* matches regex: anywhere in the text. */
static void
matches(sqlite3_context *c, int nargs, sqlite3_value **v)
{
	struct regex_span spans[REGEX_GROUPS];
	struct compiled *k;
	size_t n;
	const char *s = fn_str(v[0], &n);

	(void)nargs;
	if ((k = acquire(c, v, 1, 0)) == NULL)
		return;
	sqlite3_result_int(c, find(k, k->first, s, n, 0, spans));
	release(c, 1, k);
}

/* extract(regex, group, s): the group of the first match, else "". */
static void
extract(sqlite3_context *c, int nargs, sqlite3_value **v)
{
	struct regex_span spans[REGEX_GROUPS], *g;
	int64_t group = sqlite3_value_int64(v[1]);
	struct compiled *k;
	size_t n;
	const char *s = fn_str(v[2], &n);

	(void)nargs;
	if ((k = acquire(c, v, 0, 0)) == NULL)
		return;
	fn_text(c, "", 0);
	if (group >= 0 && group < REGEX_GROUPS &&
	    find(k, k->first, s, n, 0, spans)) {
		g = &spans[group];
		if (g->from != SIZE_MAX)
			fn_text(c, s + g->from, g->to - g->from);
	}
	release(c, 0, k);
}

/* Where to look next: an empty match must not be found for ever. */
static size_t
next_from(const struct regex_span *m, const char *s, size_t n)
{
	size_t at = m->to;

	if (m->to > m->from || at >= n)
		return m->to > m->from ? at : n + 1;
	at++;
	while (at < n && ((unsigned char)s[at] & 0xC0) == 0x80)
		at++;
	return at;
}

static void
write_span(struct buf *b, const char *s, const struct regex_span *g)
{
	if (g->from == SIZE_MAX)
		buf_puts(b, "\"\"");
	else
		json_write_str(b, s + g->from, g->to - g->from);
}

/* The groups that extract_all is to show, by number. */
struct shown {
	int group[REGEX_GROUPS];
	int n;
};

/* An array of numbers and names.  Returns 0, or -1: one is no group. */
static int
read_shown(const struct regex *r, struct dyn d, struct shown *shown)
{
	struct dyn_walk w;
	struct buf name = { 0 };
	int64_t group;

	dyn_walk(&w, d);
	while (dyn_next(&w) && shown->n < REGEX_GROUPS) {
		buf_reset(&name);
		if (dyn_kind(w.value) == DYN_STRING) {
			dyn_text(&name, w.value);
			group = regex_group(r, buf_str(&name));
		} else if (num_parse_int(w.value.s, w.value.n, &group) == -1) {
			group = 0;
		}
		if (group < 1 || group > regex_groups(r) ||
		    group >= REGEX_GROUPS)
			break;
		shown->group[shown->n++] = (int)group;
	}
	buf_fini(&name);
	return dyn_next(&w) || shown->n == 0 ? -1 : 0;
}

/* Which groups are shown: all of them, or those that argument 2 names. */
static int
find_shown(sqlite3_context *c, const struct regex *r, int nargs,
    sqlite3_value **v, struct shown *shown)
{
	struct dyn d;

	shown->n = 0;
	if (regex_groups(r) < 1 || regex_groups(r) >= REGEX_GROUPS) {
		sqlite3_result_error(
		    c, "extract_all(): the pattern must have a group", -1);
		return -1;
	}
	if (nargs < 3) {
		while (shown->n < regex_groups(r)) {
			shown->group[shown->n] = shown->n + 1;
			shown->n++;
		}
		return 0;
	}
	d.s = fn_str(v[2], &d.n);
	if (read_shown(r, d, shown) == 0)
		return 0;
	sqlite3_result_error(
	    c, "extract_all(): the pattern has no such group", -1);
	return -1;
}

/* A match of extract_all: its only group, or an array of them. */
static void
write_match(struct buf *b, const char *s, const struct regex_span *spans,
    const struct shown *shown)
{
	if (shown->n == 1) {
		write_span(b, s, &spans[shown->group[0]]);
		return;
	}
	for (int i = 0; i < shown->n; i++) {
		buf_putc(b, i == 0 ? '[' : ',');
		write_span(b, s, &spans[shown->group[i]]);
	}
	buf_putc(b, ']');
}

/* extract_all(regex, s[, groups]) */
static void
extract_all(sqlite3_context *c, int nargs, sqlite3_value **v)
{
	struct regex_span spans[REGEX_GROUPS];
	struct compiled *k;
	struct buf b = { 0 };
	size_t n, at = 0;
	const char *s = fn_str(v[1], &n);
	struct shown shown;

	if ((k = acquire(c, v, 0, 0)) == NULL)
		return;
	if (find_shown(c, k->first, nargs, v, &shown) == -1) {
		release(c, 0, k);
		return;
	}
	while (find(k, k->first, s, n, at, spans)) {
		buf_putc(&b, b.len == 0 ? '[' : ',');
		write_match(&b, s, spans, &shown);
		at = next_from(spans, s, n);
	}
	if (b.len > 0) {
		buf_putc(&b, ']');
		fn_buf(c, &b);
	}
	release(c, 0, k);
}

/* The replacement with \0 to \9 filled in. */
static void
write_replacement(struct buf *b, const char *with, size_t n, const char *s,
    const struct regex_span *spans)
{
	for (size_t i = 0; i < n; i++) {
		const struct regex_span *g;

		if (with[i] != '\\' || i + 1 == n) {
			buf_putc(b, with[i]);
			continue;
		}
		i++;
		if (with[i] < '0' || with[i] > '9') {
			buf_putc(b, with[i]);
			continue;
		}
		g = &spans[with[i] - '0'];
		if (g->from != SIZE_MAX)
			buf_add(b, s + g->from, g->to - g->from);
	}
}

/* replace_regex(s, regex, with) */
static void
replace(sqlite3_context *c, int nargs, sqlite3_value **v)
{
	struct regex_span spans[REGEX_GROUPS];
	struct compiled *k;
	struct buf b = { 0 };
	size_t n, m, at = 0, done = 0;
	const char *s = fn_str(v[0], &n), *with = fn_str(v[2], &m);

	(void)nargs;
	if ((k = acquire(c, v, 1, 0)) == NULL)
		return;
	while (find(k, k->first, s, n, at, spans)) {
		buf_add(&b, s + done, spans[0].from - done);
		write_replacement(&b, with, m, s, spans);
		done = spans[0].to;
		at = next_from(spans, s, n);
	}
	buf_add(&b, s + done, n - done);
	fn_buf(c, &b);
	release(c, 1, k);
}

/* trim(regex, s): one match goes at each end that is asked for. */
static void
trim(sqlite3_context *c, int nargs, sqlite3_value **v)
{
	int ends = fn_self(c)->what;
	struct regex_span spans[REGEX_GROUPS];
	struct compiled *k;
	size_t n;
	const char *s = fn_str(v[1], &n);

	(void)nargs;
	if ((k = acquire(c, v, 0, ends)) == NULL)
		return;
	if ((ends & AT_START) && find(k, k->first, s, n, 0, spans)) {
		s += spans[0].to;
		n -= spans[0].to;
	}
	if ((ends & AT_END) && find(k, k->last, s, n, 0, spans))
		n = spans[0].from;
	fn_text(c, s, n);
	release(c, 0, k);
}

/* countof(s, regex, 'regex'): matches that do not overlap. */
static void
count_of(sqlite3_context *c, int nargs, sqlite3_value **v)
{
	struct regex_span spans[REGEX_GROUPS];
	struct compiled *k;
	int64_t count = 0;
	size_t n, at = 0;
	const char *s = fn_str(v[0], &n);

	(void)nargs;
	if ((k = acquire(c, v, 1, 0)) == NULL)
		return;
	while (find(k, k->first, s, n, at, spans)) {
		count++;
		at = next_from(spans, s, n);
	}
	sqlite3_result_int64(c, count);
	release(c, 1, k);
}

/*
 * indexof_regex(s, regex[, start[, length[, occurrence]]]): matches do not
 * overlap; arguments that make no sense give null.
 */
static void
index_of(sqlite3_context *c, int nargs, sqlite3_value **v)
{
	int64_t start = nargs > 2 ? sqlite3_value_int64(v[2]) : 0;
	int64_t length = nargs > 3 ? sqlite3_value_int64(v[3]) : -1;
	int64_t nth = nargs > 4 ? sqlite3_value_int64(v[4]) : 1;
	struct regex_span spans[REGEX_GROUPS];
	struct compiled *k;
	size_t n, at;
	const char *s = fn_str(v[0], &n);
	int found = 0;

	if (fn_any_null(nargs, v) || start < 0 || length < -1 || nth < 1 ||
	    (k = acquire(c, v, 1, 0)) == NULL)
		return;
	at = utf8_offset(s, n, (size_t)start);
	if (length >= 0)
		n = at + utf8_offset(s + at, n - at, (size_t)length);
	while (start <= (int64_t)utf8_count(s, n) &&
	    (found = find(k, k->first, s, n, at, spans)) && --nth > 0)
		at = next_from(spans, s, n);
	sqlite3_result_int64(
	    c, found ? (int64_t)utf8_count(s, spans[0].from) : -1);
	release(c, 1, k);
}

const struct fn fn_regex[] = {
	{ "kql_indexof_regex", -1, index_of, 0, NULL },
	{ "kql_extract_all", 3, extract_all, 0, NULL },
	{ "kql_matches", 2, matches, 0, NULL },
	{ "kql_extract", 3, extract, 0, NULL },
	{ "kql_extract_all", 2, extract_all, 0, NULL },
	{ "kql_replace_regex", 3, replace, 0, NULL },
	{ "kql_trim", 2, trim, AT_START | AT_END, NULL },
	{ "kql_trim_start", 2, trim, AT_START, NULL },
	{ "kql_trim_end", 2, trim, AT_END, NULL },
	{ "kql_countof_regex", 2, count_of, 0, NULL },
	{ NULL, 0, NULL, 0, NULL },
};
