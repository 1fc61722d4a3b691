/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "kql/fn.h"
#include "regex.h"

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

/* Text as it is compared: folded unless case counts. */
static const char *
compared(sqlite3_value *v, int what, struct buf *b, size_t *n)
{
	const char *s = fn_str(v, n);

	if (what & M_CASE)
		return s;
	buf_reset(b);
	regex_case(b, s, *n, 0);
	*n = b->len;
	return buf_str(b);
}

static int
is_ascii(const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if ((unsigned char)s[i] >= 0x80)
			return 0;
	return 1;
}

static int
is_term(char c)
{
	return (c >= '0' && c <= '9') ||
	    ((c | 0x20) >= 'a' && (c | 0x20) <= 'z');
}

/* Does a term begin, end or lack at byte i of s? */
static int
is_edge(const char *s, size_t n, size_t i)
{
	return i == 0 || i >= n || !is_term(s[i - 1]) || !is_term(s[i]);
}

/* A needle at the edges that what asks for; all is ASCII. */
static int
has_ascii(const char *s, size_t n, const char *t, size_t m, int what)
{
	const char *at = s;
	size_t from;

	while ((at = memmem(at, n - (size_t)(at - s), t, m)) != NULL) {
		from = (size_t)(at - s);
		if ((what == M_HASSUFFIX || is_edge(s, n, from)) &&
		    (what == M_HASPREFIX || is_edge(s, n, from + m)))
			return 1;
		at++;
	}
	return 0;
}

/* The same where letters are of any script, as a pattern. */
static struct regex *
has_pattern(const char *t, size_t m, int what)
{
	static const char edge[] = "(?!(?<=[\\p{L}\\p{N}])(?=[\\p{L}\\p{N}]))";
	struct buf b = { 0 };
	struct regex *r;
	struct err e;

	if (what != M_HASSUFFIX)
		buf_puts(&b, edge);
	for (size_t i = 0; i < m; i++) {
		if ((unsigned char)t[i] < 0x80 && !is_term(t[i]))
			buf_putc(&b, '\\');
		buf_putc(&b, t[i]);
	}
	if (what != M_HASPREFIX)
		buf_puts(&b, edge);
	r = regex_new(buf_str(&b), b.len, 0, &e);
	buf_fini(&b);
	return r;
}

static int
has_unicode(const char *s, size_t n, const char *t, size_t m, int what)
{
	struct regex_span spans[REGEX_GROUPS];
	struct regex *r = has_pattern(t, m, what);
	int found = r != NULL && regex_find(r, s, n, 0, spans);

	regex_free(r);
	return found;
}

static int
matches(const char *s, size_t n, const char *t, size_t m, int what)
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
	if (is_ascii(s, n))
		return has_ascii(s, n, t, m, what);
	return memmem(s, n, t, m) != NULL && has_unicode(s, n, t, m, what);
}

static void
match(sqlite3_context *c, int nargs, sqlite3_value **v)
{
	int what = fn_self(c)->what;
	struct buf a = { 0 }, b = { 0 };
	size_t n, m;
	const char *s, *t;

	(void)nargs;
	s = compared(v[0], what, &a, &n);
	t = compared(v[1], what, &b, &m);
	sqlite3_result_int(c, matches(s, n, t, m, what & ~M_CASE));
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
	s = compared(v[0], M_HAS, &a, &n);
	for (int i = 1; i < nargs && yes == all; i++) {
		t = compared(v[i], M_HAS, &b, &m);
		yes = matches(s, n, t, m, M_HAS);
	}
	sqlite3_result_int(c, yes);
	buf_fini(&a);
	buf_fini(&b);
}

/* What =~ and in~ compare. */
static void
change_case(sqlite3_context *c, int nargs, sqlite3_value **v)
{
	struct buf b = { 0 };
	size_t n;
	const char *s = fn_str(v[0], &n);

	(void)nargs;
	regex_case(&b, s, n, fn_self(c)->what);
	fn_buf(c, &b);
}

#define BOTH(name, what)                                    \
	{ name, 2, match, what, NULL },                     \
	{                                                   \
		name "_cs", 2, match, (what) | M_CASE, NULL \
	}

const struct fn fn_match[] = {
	BOTH("kql_contains", M_CONTAINS),
	BOTH("kql_startswith", M_STARTS),
	BOTH("kql_endswith", M_ENDS),
	BOTH("kql_has", M_HAS),
	BOTH("kql_hasprefix", M_HASPREFIX),
	BOTH("kql_hassuffix", M_HASSUFFIX),
	{ "kql_has_any", -1, has_some, 0, NULL },
	{ "kql_has_all", -1, has_some, 1, NULL },
	{ "kql_fold", 1, change_case, 0, NULL },
	{ "kql_tolower", 1, change_case, 0, NULL },
	{ "kql_toupper", 1, change_case, 1, NULL },
	{ NULL, 0, NULL, 0, NULL },
};
