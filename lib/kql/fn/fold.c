/* SPDX-License-Identifier: MIT */
#include <locale.h>
#include <stdlib.h>
#include <wctype.h>

#include "kql/fn/fold.h"
#include "status.h"
#include "utf8.h"

struct fold {
	locale_t letters;
};

struct fold *
fold_new(struct err *e)
{
	struct fold *f = malloc(sizeof(*f));

	if (f == NULL) {
		err_sys(e, ST_RETRY, "locale");
		return NULL;
	}
	f->letters = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
	if (f->letters == (locale_t)0) {
		err_sys(e, ST_RETRY, "locale C.UTF-8");
		free(f);
		return NULL;
	}
	return f;
}

void
fold_free(struct fold *f)
{
	if (f == NULL)
		return;
	freelocale(f->letters);
	free(f);
}

/* One code point of other than ASCII; returns its bytes in s. */
static size_t
fold_wide(
    const struct fold *f, struct buf *b, const char *s, size_t n, int upper)
{
	char out[4];
	uint32_t c;
	size_t len = utf8_decode(s, n, &c);

	if (len == 0) {
		buf_putc(b, *s);
		return 1;
	}
	c = upper ? towupper_l(c, f->letters) : towlower_l(c, f->letters);
	buf_add(b, out, utf8_encode(out, c));
	return len;
}

void
fold_case(
    const struct fold *f, struct buf *b, const char *s, size_t n, int upper)
{
	char first = upper ? 'a' : 'A', last = upper ? 'z' : 'Z';
	size_t i = 0;

	while (i < n) {
		char *to = buf_reserve(b, n - i);
		size_t from = i;

		for (; i < n && (unsigned char)s[i] < 0x80; i++)
			*to++ =
			    (char)(s[i] >= first && s[i] <= last ? s[i] ^ 0x20
								 : s[i]);
		b->len += i - from;
		while (i < n && (unsigned char)s[i] >= 0x80)
			i += fold_wide(f, b, s + i, n - i, upper);
	}
}

static int
is_term(const struct fold *f, const char *s, size_t n)
{
	uint32_t c;

	if ((unsigned char)*s < 0x80)
		return (*s >= '0' && *s <= '9') ||
		    ((*s | 0x20) >= 'a' && (*s | 0x20) <= 'z');
	return utf8_decode(s, n, &c) > 0 && iswalnum_l(c, f->letters);
}

int
fold_is_edge(const struct fold *f, const char *s, size_t n, size_t i)
{
	size_t before = i;

	if (i == 0 || i >= n || !is_term(f, s + i, n - i))
		return 1;
	do
		before--;
	while (before > 0 && ((unsigned char)s[before] & 0xC0) == 0x80);
	return !is_term(f, s + before, n - before);
}
