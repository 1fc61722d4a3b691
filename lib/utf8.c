/* SPDX-License-Identifier: MIT */
#include <stdint.h>
#include <string.h>

#include "utf8.h"

/* Bytes of the ASCII run at the front, in steps of eight. */
static size_t
ascii_run(const unsigned char *s, size_t n)
{
	size_t i = 0;
	uint64_t w;

	for (; i + 8 <= n; i += 8) {
		memcpy(&w, s + i, 8);
		if (w & UINT64_C(0x8080808080808080))
			break;
	}
	while (i < n && s[i] < 0x80)
		i++;
	return i;
}

size_t
utf8_mark(const char *s, size_t n)
{
	return n >= 3 && memcmp(s, "\357\273\277", 3) == 0 ? 3 : 0;
}

size_t
utf8_decode(const char *text, size_t n, uint32_t *out)
{
	static const unsigned least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	const unsigned char *s = (const unsigned char *)text;
	size_t len;
	uint32_t c;

	*out = n > 0 ? s[0] : 0;
	if (n == 0 || s[0] < 0x80)
		return n > 0;
	len = s[0] < 0xC2 ? 0 : s[0] < 0xE0 ? 2 : s[0] < 0xF0 ? 3 : 4;
	if (len == 0 || len > n || s[0] > 0xF4)
		return 0;
	c = s[0] & (0xFFU >> (len + 1));
	for (size_t i = 1; i < len; i++) {
		if ((s[i] & 0xC0) != 0x80)
			return 0;
		c = c << 6 | (s[i] & 0x3F);
	}
	if (c < least[len] || c > 0x10FFFF || (c >= 0xD800 && c < 0xE000))
		return 0;
	*out = c;
	return len;
}

size_t
utf8_encode(char out[4], uint32_t c)
{
	static const unsigned char lead[] = { 0, 0, 0xC0, 0xE0, 0xF0 };
	size_t len = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;

	for (size_t i = len - 1; i > 0; i--, c >>= 6)
		out[i] = (char)(0x80 | (c & 0x3F));
	out[0] = (char)(lead[len == 1 ? 0 : len] | c);
	return len;
}

int
utf8_valid(const char *text, size_t n)
{
	const unsigned char *s = (const unsigned char *)text;
	size_t i = 0, len;
	uint32_t c;

	while ((i += ascii_run(s + i, n - i)) < n) {
		if ((len = utf8_decode(text + i, n - i, &c)) == 0)
			return 0;
		i += len;
	}
	return 1;
}

size_t
utf8_cut(const char *s, size_t n, size_t max)
{
	if (n <= max)
		return n;
	while (max > 0 && ((unsigned char)s[max] & 0xC0) == 0x80)
		max--;
	return max;
}

size_t
utf8_count(const char *s, size_t n)
{
	size_t count = 0;

	for (size_t i = 0; i < n; i++)
		count += ((unsigned char)s[i] & 0xC0) != 0x80;
	return count;
}

size_t
utf8_offset(const char *s, size_t n, size_t k)
{
	size_t i = 0;

	while (i < n && k-- > 0) {
		i++;
		while (i < n && ((unsigned char)s[i] & 0xC0) == 0x80)
			i++;
	}
	return i;
}

void
utf8_mend(struct buf *b, const char *s, size_t n)
{
	size_t len;
	uint32_t c;

	for (size_t i = 0; i<n; i += len> 0 ? len : 1)
		if ((len = utf8_decode(s + i, n - i, &c)) > 0)
			buf_add(b, s + i, len);
		else
			buf_putc(b, '?');
}

void
utf8_clean(char *s)
{
	char *end = s + strlen(s);
	size_t len;
	uint32_t c;

	for (char *at = s; at<end; at += len> 0 ? len : 1) {
		if ((len = utf8_decode(at, (size_t)(end - at), &c)) == 0)
			*at = '?';
		else if (c < ' ' || c == 0x7f)
			*at = ' ';
	}
	while (end > s && end[-1] == ' ')
		*--end = '\0';
}
