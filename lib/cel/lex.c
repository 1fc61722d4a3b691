/* SPDX-License-Identifier: MIT */
#include <ctype.h>
#include <math.h>
#include <string.h>

#include "cel/lex.h"
#include "num.h"

void
cel_lex_pass(struct cel_lexer *l, size_t n)
{
	for (; n > 0; n--, l->s++)
		if (*l->s == '\n') {
			l->at.line++;
			l->at.column = 1;
		} else if ((*l->s & 0xc0) != 0x80) {
			l->at.column++;
		}
}

/* The byte i further on, 0 behind the end. */
static unsigned char
peek(const struct cel_lexer *l, size_t i)
{
	return i < (size_t)(l->end - l->s) ? (unsigned char)l->s[i] : '\0';
}

/* Blanks, and comments to the end of their line. */
static void
pass_blanks(struct cel_lexer *l)
{
	for (;;) {
		if (l->s < l->end && strchr(" \t\r\n\f", *l->s) != NULL &&
		    *l->s != '\0') {
			cel_lex_pass(l, 1);
		} else if (peek(l, 0) == '/' && peek(l, 1) == '/') {
			const char *line =
			    memchr(l->s, '\n', (size_t)(l->end - l->s));

			cel_lex_pass(
			    l, (size_t)((line != NULL ? line : l->end) - l->s));
		} else {
			return;
		}
	}
}

static int
is_name_start(int c)
{
	return c == '_' || (c < 0x80 && isalpha(c));
}

static int
take_name(struct cel_lexer *l, struct cel_token *t)
{
	size_t n = 1;

	while (is_name_start(peek(l, n)) || isdigit(peek(l, n)))
		n++;
	t->kind = T_NAME;
	t->n = n;
	cel_lex_pass(l, n);
	return 0;
}

/* A string, its prefixes in front: r, b, br in either case.  Else a name. */
static int
take_word(struct cel_lexer *l, struct cel_token *t)
{
	size_t at = 0;
	int bytes = peek(l, at) == 'b' || peek(l, at) == 'B', raw;

	at += (size_t)bytes;
	raw = peek(l, at) == 'r' || peek(l, at) == 'R';
	at += (size_t)raw;
	if (peek(l, at) == '\'' || peek(l, at) == '"')
		return cel_lex_string(l, t, at, bytes, raw);
	return take_name(l, t);
}

/* Digits of an integer to the base.  Returns 0, or -1: it does not fit. */
static int
read_digits(const char *s, size_t n, unsigned base, uint64_t *u)
{
	for (*u = 0; n > 0; n--, s++) {
		unsigned digit = isdigit((unsigned char)*s)
		    ? (unsigned)(*s - '0')
		    : (unsigned)((*s | 0x20) - 'a' + 10);

		if (__builtin_mul_overflow(*u, base, u) ||
		    __builtin_add_overflow(*u, digit, u))
			return -1;
	}
	return 0;
}

/* Bytes of a fraction and an exponent at l->s + at, 0 if there are none. */
static size_t
real_tail(const struct cel_lexer *l, size_t at)
{
	size_t n = at, exp;

	if (peek(l, n) == '.' && isdigit(peek(l, n + 1)))
		for (n++; isdigit(peek(l, n));)
			n++;
	if ((peek(l, n) | 0x20) == 'e') {
		exp = n + 1;
		exp += peek(l, exp) == '+' || peek(l, exp) == '-';
		if (isdigit(peek(l, exp)))
			for (n = exp; isdigit(peek(l, n));)
				n++;
	}
	return n - at;
}

static int
take_real(struct cel_lexer *l, struct cel_token *t, size_t n)
{
	double d;

	if (num_parse_double(l->s, n, &d) == -1 || isinf(d))
		return cel_fail(l->e, CEL_PARSE, t->at,
		    "%.*s is out of the range of a double",
		    (int)(n < 40 ? n : 40), l->s);
	t->value = cel_double(d);
	t->n = n;
	cel_lex_pass(l, n);
	return 0;
}

static int
take_number(struct cel_lexer *l, struct cel_token *t)
{
	int hex =
	    peek(l, 0) == '0' && peek(l, 1) == 'x' && isxdigit(peek(l, 2));
	size_t from = hex ? 2 : 0, n = from, tail;
	uint64_t u;

	t->kind = T_LITERAL;
	while (hex ? isxdigit(peek(l, n)) : isdigit(peek(l, n)))
		n++;
	if (!hex && (tail = real_tail(l, n)) > 0)
		return take_real(l, t, n + tail);
	if (read_digits(l->s + from, n - from, hex ? 16 : 10, &u) == -1)
		return cel_fail(l->e, CEL_PARSE, t->at,
		    "%.*s is out of the range of an integer",
		    (int)(n < 40 ? n : 40), l->s);
	t->value = cel_uint(u);
	if ((peek(l, n) | 0x20) == 'u')
		n++;
	else
		t->value.kind = CK_INT;
	t->n = n;
	cel_lex_pass(l, n);
	return 0;
}

static int
take_operator(struct cel_lexer *l, struct cel_token *t)
{
	static const struct {
		const char *text;
		int kind;
	} two[] = { { "==", T_EQ }, { "!=", T_NE }, { "<=", T_LE },
		{ ">=", T_GE }, { "&&", T_AND }, { "||", T_OR } };
	size_t n = 1;

	t->kind = 0;
	for (size_t i = 0; i < sizeof(two) / sizeof(*two); i++)
		if (peek(l, 0) == two[i].text[0] &&
		    peek(l, 1) == two[i].text[1]) {
			t->kind = two[i].kind;
			n = 2;
		}
	if (t->kind == 0 && *l->s != '\0' &&
	    strchr("()[]{},.?:!+-*/%<>", *l->s) != NULL)
		t->kind = *l->s;
	if (t->kind == 0) {
		while ((peek(l, n) & 0xc0) == 0x80)
			n++;
		return cel_fail(l->e, CEL_PARSE, t->at,
		    iscntrl(peek(l, 0)) ? "a control character has no place "
					  "here"
					: "'%.*s' has no place here%s",
		    (int)n, l->s,
		    *l->s == '=' ? "; to compare write '=='" : "");
	}
	t->n = n;
	cel_lex_pass(l, n);
	return 0;
}

int
cel_lex(struct cel_lexer *l, struct cel_token *t)
{
	int c;

	pass_blanks(l);
	memset(t, 0, sizeof(*t));
	t->at = l->at;
	t->s = l->s;
	t->kind = T_END;
	if (l->s == l->end)
		return 0;
	c = peek(l, 0);
	if (isdigit(c) || (c == '.' && isdigit(peek(l, 1))))
		return take_number(l, t);
	if (c == '\'' || c == '"' || is_name_start(c))
		return take_word(l, t);
	return take_operator(l, t);
}
