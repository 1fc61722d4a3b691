/* SPDX-License-Identifier: MIT */
#include <ctype.h>
#include <stdint.h>
#include <string.h>

#include "kql/parse/lex_string.h"
#include "utf8.h"

static int
is_quote(const char *p, const char *end)
{
	return p < end && (*p == '"' || *p == '\'');
}

static int
is_fence(const char *p, const char *end)
{
	return end - p >= 6 && (*p == '`' || *p == '~') && p[1] == *p &&
	    p[2] == *p;
}

int
lex_is_string(const char *p, const char *end)
{
	if ((*p == 'h' || *p == 'H') && p + 1 < end)
		p++;
	if (*p == '@' && is_quote(p + 1, end))
		return 1;
	return is_quote(p, end) || is_fence(p, end);
}

/* n hexadecimal digits at p, or -1. */
static int64_t
hex(const char *p, const char *end, int n)
{
	int64_t v = 0;

	if (end - p < n)
		return -1;
	for (int i = 0; i < n; i++) {
		if (!isxdigit((unsigned char)p[i]))
			return -1;
		v = v * 16 +
		    (isdigit((unsigned char)p[i]) ? p[i] - '0'
						  : (p[i] | 32) - 'a' + 10);
	}
	return v;
}

/* The second half of a UTF-16 pair as \uXXXX behind p, or -1. */
static int64_t
low_surrogate(const char *p, const char *end)
{
	int64_t low;

	if (end - p < 6 || p[0] != '\\' || p[1] != 'u')
		return -1;
	low = hex(p + 2, end, 4);
	return low >= 0xdc00 && low <= 0xdfff ? low : -1;
}

/* \xHH, \uHHHH, \UHHHHHHHH; p is at the letter.  NULL: no character. */
static const char *
escape_code(const char *p, const char *end, struct buf *b)
{
	int digits = *p == 'x' ? 2 : *p == 'u' ? 4 : 8;
	int64_t c = hex(p + 1, end, digits), low;
	char out[4];

	p += 1 + digits;
	if (c >= 0xd800 && c <= 0xdbff && (low = low_surrogate(p, end)) != -1) {
		c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
		p += 6;
	}
	if (c < 0 || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
		return NULL;
	buf_add(b, out, utf8_encode(out, (uint32_t)c));
	return p;
}

/* What follows a backslash; returns where it ends, or NULL. */
static const char *
escape(const char *p, const char *end, struct buf *b)
{
	static const char from[] = "\\\"'nrtabfv0",
			  to[] = "\\\"'\n\r\t\a\b\f\v\0";
	const char *at;

	if (p < end && *p != '\0' && (at = strchr(from, *p)) != NULL) {
		buf_putc(b, to[at - from]);
		return p + 1;
	}
	if (p < end && (*p == 'x' || *p == 'u' || *p == 'U'))
		return escape_code(p, end, b);
	return NULL;
}

static const char *
plain(const char *p, const char *end, struct buf *b, const char **why)
{
	char quote = *p++;

	while (p < end && *p != quote && *p != '\n') {
		if (*p != '\\') {
			buf_putc(b, *p++);
			continue;
		}
		p = escape(p + 1, end, b);
		if (p == NULL) {
			*why = "a string has an escape that is not known";
			return NULL;
		}
	}
	*why = "a string is not closed on its line";
	return p < end && *p == quote ? p + 1 : NULL;
}

/* @"...": nothing is escaped but the quote, by doubling it. */
static const char *
verbatim(const char *p, const char *end, struct buf *b, const char **why)
{
	char quote = *p++;

	for (; p < end; p++) {
		if (*p == quote) {
			if (p + 1 == end || p[1] != quote)
				return p + 1;
			p++;
		}
		buf_putc(b, *p);
	}
	*why = "a string is not closed";
	return NULL;
}

static const char *
fenced(const char *p, const char *end, struct buf *b, const char **why)
{
	const char fence[] = { *p, *p, *p };

	for (p += 3; end - p >= 3; p++) {
		if (memcmp(p, fence, 3) == 0)
			return p + 3;
		buf_putc(b, *p);
	}
	*why = "a string is not closed";
	return NULL;
}

const char *
lex_string(const char *p, const char *end, struct buf *value, const char **why)
{
	if (*p == 'h' || *p == 'H')
		p++;
	if (*p == '@')
		return verbatim(p + 1, end, value, why);
	if (*p == '`' || *p == '~')
		return fenced(p, end, value, why);
	return plain(p, end, value, why);
}
