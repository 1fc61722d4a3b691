/* SPDX-License-Identifier: MIT */
#include <stdint.h>
#include <string.h>

#include "base64.h"

static const char digits[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void
base64_write(struct buf *b, const void *p, size_t n)
{
	const unsigned char *s = p;
	uint32_t three;

	for (; n > 0; s += 3, n -= n < 3 ? n : 3) {
		three = (uint32_t)s[0] << 16 |
		    (n > 1 ? (uint32_t)s[1] << 8 : 0) | (n > 2 ? s[2] : 0);
		buf_putc(b, digits[three >> 18]);
		buf_putc(b, digits[three >> 12 & 63]);
		buf_putc(b, n > 1 ? digits[three >> 6 & 63] : '=');
		buf_putc(b, n > 2 ? digits[three & 63] : '=');
	}
}

/* The bytes of four digits, of which the last pads may be '='. */
static int
read_four(struct buf *b, const char four[4])
{
	uint32_t three = 0;
	int pads = 0;

	for (int i = 0; i < 4; i++) {
		const char *at = memchr(digits, four[i], 64);

		if (four[i] == '=' && i >= 2)
			pads++;
		else if (at == NULL || pads > 0)
			return -1;
		three = three << 6 | (at != NULL ? (uint32_t)(at - digits) : 0);
	}
	if ((pads == 1 && (three & 0xff)) || (pads == 2 && (three & 0xffff)))
		return -1;
	buf_putc(b, (char)(three >> 16));
	if (pads < 2)
		buf_putc(b, (char)(three >> 8));
	if (pads < 1)
		buf_putc(b, (char)three);
	return pads;
}

int
base64_read(struct buf *b, const char *text, size_t n)
{
	char four[4];
	int have = 0, pads = 0;

	for (size_t i = 0; i < n; i++) {
		if (strchr(" \t\r\n", text[i]) != NULL && text[i] != '\0')
			continue;
		if (pads > 0)
			return -1;
		four[have++] = text[i];
		if (have < 4)
			continue;
		if ((pads = read_four(b, four)) == -1)
			return -1;
		have = 0;
	}
	return have == 0 ? 0 : -1;
}
