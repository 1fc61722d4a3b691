/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "buf.h"
#include "cel/lex.h"
#include "utf8.h"

/* A literal being read: its text between the quotes. */
struct literal {
	struct cel_lexer *l; /* stands at the next byte of the text */
	struct buf out;
	int bytes;
};

/* The value of n digits to the base at s, or -1. */
static int64_t
digits(const char *s, const char *end, int n, int base)
{
	static const char all[] = "0123456789abcdef";
	int64_t v = 0;

	if (end - s < n)
		return -1;
	for (int i = 0; i < n; i++) {
		char c =
		    s[i] >= 'A' && s[i] <= 'F' ? (char)(s[i] | 0x20) : s[i];
		const char *at = memchr(all, c, (size_t)base);

		if (at == NULL)
			return -1;
		v = v * base + (at - all);
	}
	return v;
}

/* An escape by number: a byte of bytes, else a character. */
static int
put_code(struct literal *t, struct cel_at at, int64_t v, int byte_only)
{
	char utf8[4];

	if (t->bytes && byte_only && v >= 0 && v <= 0xff) {
		buf_putc(&t->out, (char)v);
		return 0;
	}
	if (t->bytes && !byte_only)
		return cel_fail(t->l->e, CEL_PARSE, at,
		    "\\u and \\U have no place in bytes");
	if (v < 0 || v > 0x10ffff || (v >= 0xd800 && v <= 0xdfff))
		return cel_fail(
		    t->l->e, CEL_PARSE, at, "the escape is no character");
	buf_add(&t->out, utf8, utf8_encode(utf8, (uint32_t)v));
	return 0;
}

/* An escape by number at l->s: how many digits to which base. */
static int
take_code(struct literal *t, int skip, int n, int base, int byte_only)
{
	struct cel_lexer *l = t->l;
	struct cel_at at = l->at;
	int64_t v = digits(l->s + skip, l->end, n, base);

	if (v < 0 || (base == 8 && v > 0xff))
		return cel_fail(l->e, CEL_PARSE, at,
		    "the escape wants %d digits to the base %d", n, base);
	cel_lex_pass(l, (size_t)(skip + n));
	return put_code(t, at, v, byte_only);
}

/* A backslash and what is behind it. */
static int
take_escape(struct literal *t)
{
	static const char from[] = "abfnrtv\\\"'`?";
	static const char to[] = "\a\b\f\n\r\t\v\\\"'`?";
	struct cel_lexer *l = t->l;
	char c = l->end - l->s > 1 ? l->s[1] : '\0';
	const char *at = c != '\0' ? strchr(from, c) : NULL;

	if (at != NULL) {
		buf_putc(&t->out, to[at - from]);
		cel_lex_pass(l, 2);
		return 0;
	}
	if (c == 'x' || c == 'X')
		return take_code(t, 2, 2, 16, 1);
	if (c == 'u')
		return take_code(t, 2, 4, 16, 0);
	if (c == 'U')
		return take_code(t, 2, 8, 16, 0);
	if (c >= '0' && c <= '3')
		return take_code(t, 1, 3, 8, 1);
	return cel_fail(
	    l->e, CEL_PARSE, l->at, "there is no such escape in a string");
}

/* A character as it stands; the ends of lines are one character. */
static int
take_plain(struct literal *t, int triple, struct cel_at start)
{
	struct cel_lexer *l = t->l;
	char c = *l->s;

	if ((c == '\n' || c == '\r') && !triple)
		return cel_fail(l->e, CEL_PARSE, start,
		    "the string does not end on its line");
	if (c == '\r') {
		buf_putc(&t->out, '\n');
		if (l->end - l->s > 1 && l->s[1] == '\n')
			cel_lex_pass(l, 1);
	} else {
		buf_putc(&t->out, c);
	}
	cel_lex_pass(l, 1);
	return 0;
}

/* Up to the closing quotes. */
static int
take_text(struct literal *t, const char *quotes, size_t n, int raw,
    struct cel_at start)
{
	struct cel_lexer *l = t->l;
	int bad = 0;

	while (!bad) {
		if ((size_t)(l->end - l->s) < n)
			return cel_fail(
			    l->e, CEL_PARSE, start, "the string has no end");
		if (memcmp(l->s, quotes, n) == 0)
			break;
		if (*l->s == '\\' && !raw)
			bad = take_escape(t) == -1;
		else
			bad = take_plain(t, n == 3, start) == -1;
	}
	return bad ? -1 : 0;
}

int
cel_lex_string(
    struct cel_lexer *l, struct cel_token *tok, size_t skip, int bytes, int raw)
{
	struct literal t = { .l = l, .bytes = bytes };
	const char *quotes = l->s + skip;
	size_t n = 1;
	int bad;

	if (l->end - quotes >= 3 && quotes[1] == *quotes &&
	    quotes[2] == *quotes)
		n = 3;
	cel_lex_pass(l, skip + n);
	bad = take_text(&t, quotes, n, raw, tok->at) == -1;
	if (!bad) {
		cel_lex_pass(l, n);
		tok->kind = T_LITERAL;
		tok->n = (size_t)(l->s - tok->s);
		tok->value = cel_string(
		    arena_strndup(l->a, buf_str(&t.out), t.out.len), t.out.len);
		if (bytes)
			tok->value.kind = CK_BYTES;
	}
	buf_fini(&t.out);
	return bad ? -1 : 0;
}
