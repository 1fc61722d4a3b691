/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "expo_write.h"
#include "num.h"
#include "sample.h"
#include "scan.h"

/* Escape backslash, quote and newline; all else is itself. */
static void
escape(struct buf *b, const char *s, size_t n)
{
	const char *end = s + n, *to;

	while ((to = scan_plain(s, end, 0)) < end) {
		char esc[2] = { '\\', *to };

		buf_add(b, s, (size_t)(to - s));
		if (*to == '\n')
			esc[1] = 'n';
		if (*to == '\\' || *to == '"' || *to == '\n')
			buf_add(b, esc, 2);
		else
			buf_putc(b, *to);
		s = to + 1;
	}
	buf_add(b, s, (size_t)(to - s));
}

static void
quote(struct buf *b, const char *s, size_t n)
{
	buf_putc(b, '"');
	escape(b, s, n);
	buf_putc(b, '"');
}

void
expo_head(struct buf *b, const char *name, size_t n)
{
	if (sample_plain_name(name, n, 1)) {
		buf_add(b, name, n);
		return;
	}
	buf_putc(b, '{');
	quote(b, name, n);
}

void
expo_name(struct buf *b, const char *name, size_t n)
{
	if (sample_plain_name(name, n, 1))
		buf_add(b, name, n);
	else
		quote(b, name, n);
}

void
expo_key(struct buf *b, const char *name, size_t n)
{
	if (sample_plain_name(name, n, 0))
		buf_add(b, name, n);
	else
		quote(b, name, n);
	buf_putc(b, '=');
}

void
expo_help(struct buf *b, const char *text, int quotes)
{
	for (; *text != '\0'; text++)
		if (*text == '\n')
			buf_puts(b, "\\n");
		else if (*text == '\\' || (quotes && *text == '"'))
			buf_printf(b, "\\%c", *text);
		else
			buf_putc(b, *text);
}

void
expo_pair(struct buf *b, const char *name, const char *value)
{
	expo_key(b, name, strlen(name));
	quote(b, value, strlen(value));
}

void
expo_label(
    struct buf *b, const char *key, size_t key_len, const char *value, size_t n)
{
	if (b->len > 0)
		buf_putc(b, ',');
	buf_add(b, key, key_len);
	quote(b, value, n);
}

void
expo_sample(struct buf *b, const struct buf *head, const struct buf *labels,
    const char *value, size_t n, const int64_t *ms)
{
	int open = head->len > 0 && *head->data == '{';
	char *at;

	at = buf_reserve(b, head->len + labels->len + n + NUM_MAX + 5);
	memcpy(at, head->data, head->len);
	at += head->len;
	if (labels->len > 0) {
		*at++ = open ? ',' : '{';
		memcpy(at, labels->data, labels->len);
		at += labels->len;
	}
	if (open || labels->len > 0)
		*at++ = '}';
	*at++ = ' ';
	memcpy(at, value, n);
	at += n;
	if (ms != NULL) {
		*at++ = ' ';
		at += num_int(at, *ms);
	}
	*at++ = '\n';
	b->len = (size_t)(at - b->data);
	*at = '\0';
}
