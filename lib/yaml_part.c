/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "yaml_part.h"

int
yaml_part_marked(const char *s, size_t n, const char *mark)
{
	return n >= 3 && memcmp(s, mark, 3) == 0 &&
	    (n == 3 || strchr(" \t\r\n", s[3]) != NULL);
}

size_t
yaml_part_end(const char *text, size_t n, size_t at)
{
	size_t len;
	int started = 0;

	for (; at < n; at += len) {
		const char *s = text + at;
		const char *eol = memchr(s, '\n', n - at);

		len = eol != NULL ? (size_t)(eol + 1 - s) : n - at;
		if (yaml_part_marked(s, len, "---") && started)
			return at;
		if (yaml_part_marked(s, len, "...") && started)
			return at + len;
		if (memchr("#%\r\n", *s, 4) == NULL)
			started = 1;
	}
	return n;
}

size_t
yaml_part_lines(const char *s, size_t n)
{
	size_t lines = 0;

	for (size_t i = 0; i < n; i++)
		lines += s[i] == '\n';
	return lines;
}
