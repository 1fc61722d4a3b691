/* SPDX-License-Identifier: MIT */
#include <ctype.h>
#include <string.h>

#include "re2.h"
#include "status.h"

struct reader {
	const char *start, *s, *end;
	struct buf *out;
	struct err *e;
};

static int
refuse(const struct reader *r, const char *what)
{
	return err_set(r->e, ST_DATA,
	    "regular expression '%.*s', character %td: RE2 has no %s",
	    (int)(r->end - r->start < 80 ? r->end - r->start : 80), r->start,
	    r->s - r->start + 1, what);
}

static int
starts(const struct reader *r, const char *text)
{
	size_t n = strlen(text);

	return (size_t)(r->end - r->s) >= n && memcmp(r->s, text, n) == 0;
}

static void
copy(struct reader *r, size_t n)
{
	if (n > (size_t)(r->end - r->s))
		n = (size_t)(r->end - r->s);
	buf_add(r->out, r->s, n);
	r->s += n;
}

/* \Q text \E goes as it stands. */
static void
copy_quoted(struct reader *r)
{
	const char *close = memmem(r->s, (size_t)(r->end - r->s), "\\E", 2);

	copy(r,
	    close != NULL ? (size_t)(close - r->s) + 2
			  : (size_t)(r->end - r->s));
}

/* A backslash and what it makes of the next character. */
static int
take_escape(struct reader *r)
{
	char c = r->end - r->s > 1 ? r->s[1] : '\0';

	if (c == 'Q') {
		copy_quoted(r);
		return 0;
	}
	if (c == 'v') { /* a tab to RE2, a class of blanks to PCRE2 */
		buf_puts(r->out, "\\x0b");
		r->s += 2;
		return 0;
	}
	if (c >= '1' && c <= '9')
		return refuse(r, "reference to a group");
	if (isalpha((unsigned char)c) &&
	    strchr("AbBzdDsSwWpPaftnrxE", c) == NULL)
		return refuse(r, "such escape");
	copy(r, 2);
	return 0;
}

/* [...], in which only escapes and [:alpha:] mean anything. */
static int
take_class(struct reader *r)
{
	const char *close;

	copy(r, 1);
	if (r->s < r->end && *r->s == '^')
		copy(r, 1);
	if (r->s < r->end && *r->s == ']')
		copy(r, 1);
	while (r->s < r->end && *r->s != ']') {
		if (*r->s == '\\') {
			if (take_escape(r) == -1)
				return -1;
			continue;
		}
		close = starts(r, "[:")
		    ? memmem(r->s, (size_t)(r->end - r->s), ":]", 2)
		    : NULL;
		copy(r, close != NULL ? (size_t)(close - r->s) + 2 : 1);
	}
	copy(r, 1);
	return 0;
}

/* ( and what kind of group it opens. */
static int
take_group(struct reader *r)
{
	const char *p;

	if (starts(r, "(*"))
		return refuse(r, "verbs");
	if (!starts(r, "(?")) {
		copy(r, 1);
		return 0;
	}
	if (starts(r, "(?=") || starts(r, "(?!") || starts(r, "(?<=") ||
	    starts(r, "(?<!"))
		return refuse(r, "looking ahead or behind");
	if (starts(r, "(?P<") || starts(r, "(?<")) {
		copy(r, r->s[2] == 'P' ? 4 : 3);
		return 0;
	}
	for (p = r->s + 2; p < r->end && strchr("imsUx-", *p) != NULL; p++)
		if (*p == '\0')
			break;
	if (p < r->end && (*p == ':' || (*p == ')' && p > r->s + 2))) {
		copy(r, (size_t)(p - r->s) + 1);
		return 0;
	}
	return refuse(r, "such group");
}

/* Bytes of * + ? or {n,m} here; 0: none of them. */
static size_t
quantifier(const struct reader *r)
{
	const char *p = r->s + 1;

	if (strchr("*+?", *r->s) != NULL)
		return 1;
	if (*r->s != '{' || p == r->end || !isdigit((unsigned char)*p))
		return 0;
	while (p < r->end && (isdigit((unsigned char)*p) || *p == ','))
		p++;
	return p < r->end && *p == '}' ? (size_t)(p - r->s) + 1 : 0;
}

/* Behind it ? asks for less; + would keep what it has. */
static int
take_quantifier(struct reader *r, size_t n)
{
	copy(r, n);
	if (r->s < r->end && *r->s == '?')
		copy(r, 1);
	else if (r->s < r->end && *r->s == '+')
		return refuse(r, "possessive quantifier");
	return 0;
}

int
re2_translate(struct buf *out, const char *s, size_t n, struct err *e)
{
	struct reader r = { s, s, s + n, out, e };
	size_t len;
	int bad = 0;

	while (!bad && r.s < r.end) {
		if (*r.s == '\\')
			bad = take_escape(&r) == -1;
		else if (*r.s == '[')
			bad = take_class(&r) == -1;
		else if (*r.s == '(')
			bad = take_group(&r) == -1;
		else if (*r.s != '\0' && (len = quantifier(&r)) > 0)
			bad = take_quantifier(&r, len) == -1;
		else
			copy(&r, 1);
	}
	return bad ? -1 : 0;
}
