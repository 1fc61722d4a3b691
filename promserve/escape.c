/* SPDX-License-Identifier: MIT */
#include <stdint.h>
#include <string.h>

#include "escape.h"
#include "sample.h"
#include "utf8.h"

const char *
escape_word(enum escape how)
{
	static const char *const words[] = {
		[ESCAPE_UNDERSCORES] = "underscores",
		[ESCAPE_NONE] = "allow-utf-8",
		[ESCAPE_DOTS] = "dots",
		[ESCAPE_VALUES] = "values",
	};

	return words[how];
}

/* What stands for a character that no classic name has, or an underscore. */
static void
put_odd(struct buf *b, uint32_t c, enum escape how)
{
	if (how == ESCAPE_UNDERSCORES)
		buf_putc(b, '_');
	else if (c == '_')
		buf_puts(b, "__");
	else if (how == ESCAPE_VALUES)
		buf_printf(b, "_%x_", (unsigned)c);
	else
		buf_puts(b, c == '.' ? "_dot_" : "_");
}

void
escape_name(struct buf *b, const char *name, enum escape how, int metric)
{
	size_t n = strlen(name), len;
	int plain = sample_plain_name(name, n, metric);
	uint32_t c;

	if (how == ESCAPE_NONE || (plain && how != ESCAPE_DOTS)) {
		buf_add(b, name, n);
		return;
	}
	if (how == ESCAPE_VALUES)
		buf_puts(b, "U__");
	for (size_t i = 0; i < n; i += len) {
		if ((len = utf8_decode(name + i, n - i, &c)) == 0)
			len = 1;
		if (c != '_' && sample_plain_char(name[i], i == 0, metric))
			buf_putc(b, name[i]);
		else
			put_odd(b, c, how);
	}
}
