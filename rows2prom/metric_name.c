/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "metric_name.h"

static int
is_upper(char c)
{
	return c >= 'A' && c <= 'Z';
}

static int
is_lower(char c)
{
	return c >= 'a' && c <= 'z';
}

static int
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Whether a _ goes in front of s[i]: a B of aB or 1B, a B of ABc. */
static int
splits(const char *s, size_t n, size_t i)
{
	if (i == 0 || !is_upper(s[i]))
		return 0;
	if (is_lower(s[i - 1]) || is_digit(s[i - 1]))
		return 1;
	return is_upper(s[i - 1]) && i + 1 < n && is_lower(s[i + 1]);
}

/*
 * The bytes at s as a lower-case letter or digit, or _ for what is neither.
 * Two letters beyond ASCII lower-case into it: the Kelvin sign, and the I
 * with a dot.  Returns how many bytes that took.
 */
static size_t
lower(const char *s, size_t n, char *c)
{
	*c = '_';
	if (n >= 3 && memcmp(s, "\342\204\252", 3) == 0) {
		*c = 'k';
		return 3;
	}
	if (n >= 2 && memcmp(s, "\304\260", 2) == 0) {
		*c = 'i';
		return 2;
	}
	if (is_upper(*s))
		*c = (char)(*s - 'A' + 'a');
	else if (is_lower(*s) || is_digit(*s))
		*c = *s;
	return 1;
}

int
metric_normalise(struct buf *b, const char *s, size_t n)
{
	size_t from = b->len;
	int gap = 0;
	char c;

	for (size_t i = 0; i < n;) {
		gap |= splits(s, n, i);
		i += lower(s + i, n - i, &c);
		if (c == '_') {
			gap = 1;
			continue;
		}
		if (b->len == from ? is_digit(c) : gap)
			buf_putc(b, '_');
		buf_putc(b, c);
		gap = 0;
	}
	return b->len > from ? 0 : -1;
}

/* Append a part behind what is there, with one _ between. */
static int
join(struct buf *b, size_t from, const char *s, size_t n)
{
	size_t at = b->len;

	if (metric_normalise(b, s, n) == -1)
		return -1;
	if (at == from || b->data[at] == '_')
		return 0;
	/* No digit in front, which would have brought its own _. */
	buf_putc(b, '_');
	memmove(b->data + at + 1, b->data + at, b->len - at - 1);
	b->data[at] = '_';
	return 0;
}

int
metric_name(struct buf *b, const char *prefix, const char *base,
    size_t base_len, const char *column)
{
	size_t from = b->len;

	if (*prefix != '\0' && join(b, from, prefix, strlen(prefix)) == -1)
		return -1;
	if (base_len > 0 && join(b, from, base, base_len) == -1)
		return -1;
	return join(b, from, column, strlen(column));
}
