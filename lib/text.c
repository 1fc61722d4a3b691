/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "text.h"

/* The length of the UTF-8 character at at, or 0 if there is none. */
static size_t
utf8_len(const unsigned char *at, const unsigned char *end)
{
	static const struct {
		unsigned char lead_min, lead_max, second_min, second_max;
		size_t len;
	} forms[] = {
		{ 0x01, 0x7f, 0, 0, 1 },
		{ 0xc2, 0xdf, 0x80, 0xbf, 2 },
		{ 0xe0, 0xe0, 0xa0, 0xbf, 3 },
		{ 0xe1, 0xec, 0x80, 0xbf, 3 },
		{ 0xed, 0xed, 0x80, 0x9f, 3 },
		{ 0xee, 0xef, 0x80, 0xbf, 3 },
		{ 0xf0, 0xf0, 0x90, 0xbf, 4 },
		{ 0xf1, 0xf3, 0x80, 0xbf, 4 },
		{ 0xf4, 0xf4, 0x80, 0x8f, 4 },
	};
	size_t have = (size_t)(end - at);

	for (size_t i = 0; i < sizeof(forms) / sizeof(*forms); i++) {
		if (*at < forms[i].lead_min || *at > forms[i].lead_max)
			continue;
		if (forms[i].len == 1)
			return 1;
		if (forms[i].len > have || at[1] < forms[i].second_min ||
		    at[1] > forms[i].second_max)
			return 0;
		for (size_t k = 2; k < forms[i].len; k++)
			if ((at[k] & 0xc0) != 0x80)
				return 0;
		return forms[i].len;
	}
	return 0;
}

int
text_is_utf8(const char *s, size_t n)
{
	const unsigned char *at = (const unsigned char *)s, *end = at + n;
	size_t len;

	for (; at < end; at += len)
		if ((len = utf8_len(at, end)) == 0)
			return 0;
	return 1;
}

void
text_clean(char *s)
{
	unsigned char *at = (unsigned char *)s, *end = at + strlen(s);
	size_t len;

	for (; at<end; at += len> 0 ? len : 1) {
		if ((len = utf8_len(at, end)) == 0)
			*at = '?';
		else if (*at < ' ' || *at == 0x7f)
			*at = ' ';
	}
	while (end > (unsigned char *)s && end[-1] == ' ')
		*--end = '\0';
}
