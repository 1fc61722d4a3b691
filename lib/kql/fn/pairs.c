/* SPDX-License-Identifier: MIT */
#include <ctype.h>
#include <stdint.h>
#include <string.h>

#include "kql/fn/fn.h"
#include "kql/fn/table.h"
#include "regex.h"

struct text {
	const char *s;
	size_t n;
};

/* How pairs stand in a text, and what is found of them. */
struct pairs {
	struct arena *arena;
	const char *at, *end; /* what is still to be read */
	struct text between;  /* pairs; none: whatever is no letter or digit */
	struct text behind;   /* a key */
	const char *quotes;   /* an opening and a closing one each */
	const char *escapes;
	int greedy;
	sqlite3_value **keys;
	int n;
	struct text found[FN_TABLE_COLUMNS]; /* s is NULL if not */
	int given;
};

static struct text
argument(struct arena *a, sqlite3_value *v)
{
	struct text t;

	t.s = fn_str(v, &t.n);
	t.s = arena_strndup(a, t.s, t.n);
	return t;
}

static struct text
trimmed(const char *s, const char *end)
{
	struct text t;

	while (s < end && isspace((unsigned char)*s))
		s++;
	while (end > s && isspace((unsigned char)end[-1]))
		end--;
	t.s = s;
	t.n = (size_t)(end - s);
	return t;
}

/* Keep the value of a key that is wanted and has none yet. */
static void
keep(struct pairs *p, struct text key, struct text value)
{
	for (int i = 0; i < p->n; i++) {
		struct text k;

		k.s = fn_str(p->keys[i], &k.n);
		if (p->found[i].s == NULL && k.n == key.n &&
		    memcmp(k.s, key.s, k.n) == 0)
			p->found[i] = value;
	}
}

/* A quoted text at the place, which moves behind it; 0 if there is none. */
static int
take_quoted(struct pairs *p, struct text *t)
{
	const char *q = p->quotes, *s = p->at + 1;
	char *out;

	while (*q != '\0' && p->at < p->end && *q != *p->at)
		q += 2;
	if (*q == '\0' || p->at >= p->end)
		return 0;
	t->s = out = arena_alloc(p->arena, (size_t)(p->end - p->at));
	for (; s < p->end && *s != q[1]; s++) {
		if (strchr(p->escapes, *s) != NULL && s + 1 < p->end)
			s++;
		*out++ = *s;
	}
	if (s >= p->end)
		return 0;
	t->n = (size_t)(out - t->s);
	p->at = s + 1;
	return 1;
}

static const char *
find(const char *s, const char *end, struct text what)
{
	const char *at = memmem(s, (size_t)(end - s), what.s, what.n);

	return at == NULL ? end : at;
}

/* The last place of a text in front of end, or NULL. */
static const char *
find_last(const char *s, const char *end, struct text what)
{
	const char *last = NULL, *at;

	while ((at = find(s, end, what)) < end) {
		last = at;
		s = at + 1;
	}
	return last;
}

static void
skip_blanks(struct pairs *p)
{
	while (p->at < p->end && isspace((unsigned char)*p->at))
		p->at++;
}

/* Where the value that starts here ends: at the next pair, or when greedy at
 * the last one in front of the next key's delimiter. */
static const char *
end_of_value(struct pairs *p)
{
	const char *next = find(p->at, p->end, p->behind), *last;

	if (!p->greedy || next == p->end)
		return p->greedy ? p->end : find(p->at, p->end, p->between);
	last = find_last(p->at, next, p->between);
	return last == NULL ? p->end : last;
}

static void
go_behind(struct pairs *p, const char *at, struct text what)
{
	p->at = at < p->end ? at + what.n : p->end;
}

/* A key at the place, which moves behind its delimiter; 0 if there is none up
 * to the next pair, and the place moves there. */
static int
take_key(struct pairs *p, struct text *key)
{
	const char *start = p->at, *between, *behind;

	if (take_quoted(p, key)) {
		behind = find(p->at, p->end, p->behind);
	} else {
		behind = find(p->at, p->end, p->behind);
		*key = trimmed(start, behind);
	}
	between = find(p->at, p->end, p->between);
	if (between < behind || behind == p->end) {
		go_behind(p, between, p->between);
		return 0;
	}
	go_behind(p, behind, p->behind);
	return 1;
}

static void
read_pairs(struct pairs *p)
{
	struct text key, value;
	const char *end;

	while (p->at < p->end) {
		skip_blanks(p);
		if (!take_key(p, &key))
			continue;
		/* Blanks are left out, unless one is the delimiter. */
		if (p->at < p->end && *p->at != *p->between.s)
			skip_blanks(p);
		if (take_quoted(p, &value)) {
			end = find(p->at, p->end, p->between);
		} else {
			end = end_of_value(p);
			value = trimmed(p->at, end);
		}
		keep(p, key, value);
		go_behind(p, end, p->between);
	}
}

static int
is_word(char c)
{
	return isalnum((unsigned char)c) || (unsigned char)c >= 0x80;
}

/* A run of letters and digits, or a quoted text; 0 at the end. */
static int
take_word_of(struct pairs *p, struct text *t)
{
	const char *start;

	for (; p->at < p->end && !is_word(*p->at); p->at++)
		if (take_quoted(p, t))
			return 1;
	start = p->at;
	while (p->at < p->end && is_word(*p->at))
		p->at++;
	t->s = start;
	t->n = (size_t)(p->at - start);
	return t->n > 0;
}

static int
is_key(const struct pairs *p, struct text t)
{
	struct text k;

	for (int i = 0; i < p->n; i++) {
		k.s = fn_str(p->keys[i], &k.n);
		if (k.n == t.n && memcmp(k.s, t.s, k.n) == 0)
			return 1;
	}
	return 0;
}

/* Without delimiters: the word behind a key is its value. */
static void
read_words(struct pairs *p)
{
	struct text key, value;

	while (take_word_of(p, &key))
		if (is_key(p, key) && take_word_of(p, &value))
			keep(p, key, value);
}

static void *
open(
    struct arena *a, void **kept, int n, sqlite3_value **args, const char **why)
{
	struct pairs *p = arena_zalloc(a, sizeof(*p));
	struct text s = argument(a, args[0]);

	(void)kept;
	(void)why;
	p->arena = a;
	p->at = s.s;
	p->end = s.s + s.n;
	p->between = argument(a, args[1]);
	p->behind = argument(a, args[2]);
	p->quotes = argument(a, args[3]).s;
	p->escapes = argument(a, args[4]).s;
	p->greedy = sqlite3_value_int(args[5]);
	p->keys = args + 6;
	p->n = n - 6;
	if (p->between.n > 0)
		read_pairs(p);
	else
		read_words(p);
	return p;
}

static void *
open_regex(
    struct arena *a, void **kept, int n, sqlite3_value **args, const char **why)
{
	struct pairs *p = arena_zalloc(a, sizeof(*p));
	struct regex_span g[REGEX_GROUPS];
	struct text s = argument(a, args[0]), pattern = argument(a, args[1]);
	struct text key, value;
	struct err e;
	size_t at = 0;
	int r = -1;

	if (*kept == NULL)
		*kept = regex_new(pattern.s, pattern.n, &e);
	p->keys = args + 2;
	p->n = n - 2;
	while (*kept != NULL && at <= s.n &&
	    (r = regex_find(*kept, s.s, s.n, at, g)) == 1) {
		at = g[0].to > g[0].from ? g[0].to : g[0].to + 1;
		if (g[1].from == SIZE_MAX || g[2].from == SIZE_MAX)
			continue;
		key = trimmed(s.s + g[1].from, s.s + g[1].to);
		value = trimmed(s.s + g[2].from, s.s + g[2].to);
		keep(p, key, value);
	}
	*why = "regular expression takes too long";
	return r == -1 ? NULL : p;
}

static void
drop(void *kept)
{
	regex_free(kept);
}

static int
next(void *state)
{
	struct pairs *p = state;

	return p->given++ == 0;
}

static void
column(void *state, int k, sqlite3_context *out)
{
	struct pairs *p = state;

	if (k >= 0 && k < p->n && p->found[k].s != NULL)
		fn_text(out, p->found[k].s, p->found[k].n);
	else
		fn_text(out, "", 0);
}

const struct fn_table fn_pairs = { "kql_parse_kv", open, NULL, next, column };
const struct fn_table fn_pairs_regex = { "kql_parse_kv_regex", open_regex, drop,
	next, column };
