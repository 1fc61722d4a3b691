/* SPDX-License-Identifier: MIT */
#include <ctype.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "buf.h"
#include "kql/decimal.h"
#include "kql/parse/lex.h"
#include "kql/parse/lex_string.h"
#include "kql/value.h"
#include "num.h"
#include "utf8.h"

#define QUERY_MAX  (4 << 20) /* bytes */
#define TOKENS_MAX 500000

struct lexer {
	struct arena *arena;
	const char *start, *end;
	const char *p;
	const char *seen; /* at is the place of this byte */
	struct kql_at at;
	ticks now;
	struct token *tokens;
	size_t count, room;
	struct kql_error *e;
};

static int
is_name_start(char c)
{
	return isalpha((unsigned char)c) || c == '_' || (c & 0x80) != 0;
}

static int
is_name(char c)
{
	return is_name_start(c) || isdigit((unsigned char)c);
}

static char
peek(const struct lexer *l, size_t n)
{
	return (size_t)(l->end - l->p) > n ? l->p[n] : '\0';
}

/* The place of p: lines and characters since the last time. */
static struct kql_at
place(struct lexer *l, const char *p)
{
	for (; l->seen < p; l->seen++) {
		if (*l->seen == '\n') {
			l->at.line++;
			l->at.column = 1;
		} else if ((*l->seen & 0xc0) != 0x80) {
			l->at.column++;
		}
	}
	return l->at;
}

static struct token *
add(struct lexer *l, enum token_kind kind, const char *from)
{
	struct token *bigger, *t;

	if (l->count == l->room) {
		l->room = l->room == 0 ? 256 : l->room * 2;
		bigger = arena_alloc(l->arena, l->room * sizeof(*bigger));
		if (l->count > 0)
			memcpy(bigger, l->tokens, l->count * sizeof(*bigger));
		l->tokens = bigger;
	}
	t = &l->tokens[l->count++];
	memset(t, 0, sizeof(*t));
	t->kind = kind;
	t->from = (size_t)(from - l->start);
	t->at = place(l, from);
	t->text = "";
	return t;
}

/* Close a token at the reading position; its text is what was read. */
static void
close_token(struct lexer *l, struct token *t)
{
	t->to = (size_t)(l->p - l->start);
	if (*t->text == '\0' && t->len == 0) {
		t->len = t->to - t->from;
		t->text = arena_strndup(l->arena, l->start + t->from, t->len);
	}
}

/* Bytes of the blank at p, 0 when it is none; pasted text has no-break ones. */
static size_t
blank(const char *p, const char *end)
{
	static const char *const wide[] = { "\xc2\xa0", "\xe2\x80\xaf",
		"\xe2\x81\x9f", "\xe3\x80\x80", "\xef\xbb\xbf" };
	size_t n;

	if (p < end && isspace((unsigned char)*p))
		return 1;
	if (end - p >= 3 && memcmp(p, "\xe2\x80", 2) == 0 &&
	    (p[2] & 0xff) <= 0x8b)
		return 3; /* U+2000 to U+200B */
	for (size_t i = 0; i < sizeof(wide) / sizeof(wide[0]); i++) {
		n = strlen(wide[i]);
		if ((size_t)(end - p) >= n && memcmp(p, wide[i], n) == 0)
			return n;
	}
	return 0;
}

static void
skip_blanks(struct lexer *l)
{
	size_t n;

	while (l->p < l->end) {
		if ((n = blank(l->p, l->end)) > 0) {
			l->p += n;
		} else if (*l->p == '/' && peek(l, 1) == '/') {
			while (l->p < l->end && *l->p != '\n')
				l->p++;
		} else {
			break;
		}
	}
}

static int
read_string(struct lexer *l)
{
	struct token *t = add(l, T_STRING, l->p);
	const char *why = NULL;
	struct buf value = { 0 };

	l->p = lex_string(l->p, l->end, &value, &why);
	if (l->p == NULL) {
		buf_fini(&value);
		return fail_syntax(l->e, t->at, "%s", why);
	}
	t->type = KT_STRING;
	t->len = value.len;
	t->text = arena_strndup(l->arena, buf_str(&value), value.len);
	t->to = (size_t)(l->p - l->start);
	buf_fini(&value);
	return 0;
}

/* A whole number, decimal or 0x; returns 0 or -1. */
static int
parse_long(const char *s, size_t n, int64_t *v)
{
	char *end;

	if (n > 2 && n <= 18 && s[0] == '0' && (s[1] | 32) == 'x') {
		*v = (int64_t)strtoull(s, &end, 16);
		return end == s + n ? 0 : -1;
	}
	return num_parse_int(s, n, v);
}

static const char *
skip_digits(const char *p, const char *end)
{
	while (p < end && isdigit((unsigned char)*p))
		p++;
	return p;
}

/* The end of a fraction and exponent behind digits, or p itself. */
static const char *
skip_fraction(const char *p, const char *end)
{
	const char *q;

	/* "1." is a number too, but 1..2 is a range and d[1.a no number. */
	if (p < end && *p == '.' &&
	    (p + 1 == end || (p[1] != '.' && !is_name_start(p[1]))))
		p = skip_digits(p + 1, end);
	if (p < end && (*p | 32) == 'e') {
		q = p + 1;
		if (q < end && (*q == '+' || *q == '-'))
			q++;
		if (q < end && isdigit((unsigned char)*q))
			p = skip_digits(q, end);
	}
	return p;
}

/* The rest of a name. */
static void
skip_name(struct lexer *l)
{
	while (l->p < l->end && is_name(*l->p) && blank(l->p, l->end) == 0)
		l->p++;
}

/* 12, 0x1f, 1.5e3, 1.5h; and names such as 90th_percentile. */
static int
read_number(struct lexer *l)
{
	struct token *t = add(l, T_LITERAL, l->p);
	const char *digits = skip_digits(l->p, l->end), *word;
	int hex = l->p[0] == '0' && (peek(l, 1) | 32) == 'x';

	l->p = hex ? l->p : skip_fraction(digits, l->end);
	word = l->p;
	skip_name(l);
	close_token(l, t);
	if (!hex && word < l->p) {
		t->type = KT_TIMESPAN;
		if (value_timespan(t->text, t->len, &t->n) == 0)
			return 0;
		t->kind = T_NAME; /* 90th */
		if (strchr(t->text, '.') == NULL)
			return 0;
		return fail_syntax(l->e, t->at,
		    "'%.40s' is neither a number nor a timespan", t->text);
	}
	t->type = hex || word == digits ? KT_LONG : KT_REAL;
	if (t->type == KT_LONG && parse_long(t->text, t->len, &t->n) == 0)
		return 0;
	if (t->type == KT_LONG && strcmp(t->text, "9223372036854775808") == 0) {
		t->n = INT64_MIN; /* datatable takes it behind a minus */
		t->over = 1;
		return 0;
	}
	if (t->type == KT_REAL &&
	    num_parse_double(t->text, t->len, &t->real) == 0)
		return 0;
	return fail_syntax(l->e, t->at, "'%.40s' is out of range", t->text);
}

/* The end of what a parenthesis holds, strings and nesting seen; or NULL. */
static const char *
closing(const char *p, const char *end)
{
	int depth = 0;

	for (; p < end; p++) {
		if (*p == '"' || *p == '\'') {
			for (char q = *p++; p < end && *p != q; p++)
				if (*p == '\\' && p + 1 < end)
					p++;
		} else if (strchr("([{", *p) != NULL) {
			depth++;
		} else if (strchr(")]}", *p) != NULL && depth-- == 0) {
			return *p == ')' ? p : NULL;
		}
	}
	return NULL;
}

static int
parse_bool(const char *s, int64_t *v)
{
	if (strcasecmp(s, "true") == 0 || strcmp(s, "1") == 0)
		*v = 1;
	else if (strcasecmp(s, "false") == 0 || strcmp(s, "0") == 0)
		*v = 0;
	else
		return -1;
	return 0;
}

/* Its text becomes that of all decimals that are equal. */
static int
decimal_value(struct lexer *l, struct token *t)
{
	char out[DECIMAL_TEXT];
	struct decimal d;

	if (decimal_parse(t->text, t->len, &d) == -1)
		return -1;
	t->len = decimal_text(out, &d);
	t->text = arena_strndup(l->arena, out, t->len);
	return 0;
}

/* Also year, month and day as numbers with commas or blanks around them. */
static int
datetime_value(struct lexer *l, struct token *t)
{
	int y, m, d, end = 0;

	if (value_datetime(t->text, t->len, &t->n) == 0)
		return 0;
	if ((sscanf(t->text, "%4d , %2d , %2d%n", &y, &m, &d, &end) != 3 &&
		sscanf(t->text, "%4d - %2d - %2d%n", &y, &m, &d, &end) != 3) ||
	    (size_t)end != t->len || y < 0 || m < 0 || d < 0)
		return -1;
	t->text = arena_printf(l->arena, "%04d-%02d-%02d", y, m, d);
	t->len = strlen(t->text);
	return value_datetime(t->text, t->len, &t->n);
}

/* The value of a typed literal, its text trimmed.  Returns 0 or -1. */
static int
typed_value(struct lexer *l, struct token *t)
{
	char guid[37];

	switch (t->type) {
	case KT_BOOL:
		return parse_bool(t->text, &t->n);
	case KT_INT:
		if (parse_long(t->text, t->len, &t->n) == -1)
			return -1;
		return t->n < INT32_MIN || t->n > INT32_MAX ? -1 : 0;
	case KT_LONG:
		return parse_long(t->text, t->len, &t->n);
	case KT_REAL:
		return num_parse_double(t->text, t->len, &t->real);
	case KT_DECIMAL:
		return decimal_value(l, t);
	case KT_DATETIME:
		t->n = l->now;
		if (t->len == 0)
			return 0;
		return datetime_value(l, t);
	case KT_TIMESPAN:
		return value_timespan(t->text, t->len, &t->n);
	case KT_GUID:
		if (value_guid(t->text, t->len, guid) == -1)
			return -1;
		t->text = arena_strdup(l->arena, guid);
		t->len = strlen(guid);
		return 0;
	default:
		return -1;
	}
}

/* What stands in a literal's parentheses: blanks and quotes taken off. */
static void
trim(struct lexer *l, struct token *t, const char *from, const char *to)
{
	while (from < to && isspace((unsigned char)*from))
		from++;
	while (to > from && isspace((unsigned char)to[-1]))
		to--;
	if (t->kind != T_DYNAMIC && to - from >= 2 && *from == to[-1] &&
	    (*from == '"' || *from == '\'')) {
		from++;
		to--;
	}
	t->len = (size_t)(to - from);
	t->text = arena_strndup(l->arena, from, t->len);
}

/* datetime(...), dynamic(...): the name t is read, p stands at "(". */
static int
read_typed(
    struct lexer *l, struct token *t, enum kql_type type, const char *open)
{
	const char *name = t->text, *close = closing(open + 1, l->end);

	if (close == NULL)
		return fail_syntax(
		    l->e, t->at, "%s( has no closing parenthesis", name);
	t->kind = type == KT_DYNAMIC ? T_DYNAMIC : T_LITERAL;
	t->type = type;
	trim(l, t, open + 1, close);
	l->p = close + 1;
	t->to = (size_t)(l->p - l->start);
	if (type == KT_DYNAMIC)
		return 0;
	if (strcmp(t->text, "null") == 0) {
		t->null = 1;
		return 0;
	}
	if (typed_value(l, t) == 0)
		return 0;
	return fail_syntax(l->e, t->at,
	    "%s(%.80s) is no literal; to convert use to%s()", name, t->text,
	    kql_type_name(type));
}

/* The type that a name in front of "(" makes a literal of, or KT_NONE. */
static enum kql_type
literal_type(const char *name)
{
	enum kql_type type = kql_type_find(name);

	return type == KT_STRING ? KT_NONE : type;
}

static int
is_bool(const char *word)
{
	static const char *const words[] = { "true", "True", "TRUE", "false",
		"False", "FALSE" };

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (strcmp(words[i], word) == 0)
			return 1;
	return 0;
}

static int
read_name(struct lexer *l)
{
	struct token *t = add(l, T_NAME, l->p);
	enum kql_type type;
	const char *open;

	l->p++;
	skip_name(l);
	if (l->p - (l->start + t->from) == 2 &&
	    memcmp(l->p - 2, "in", 2) == 0 && peek(l, 0) == '~')
		l->p++;
	close_token(l, t);
	for (open = l->p; open < l->end && isspace((unsigned char)*open);)
		open++;
	type = literal_type(t->text);
	if (type != KT_NONE && open < l->end && *open == '(')
		return read_typed(l, t, type, open);
	if (is_bool(t->text)) {
		t->kind = T_LITERAL;
		t->type = KT_BOOL;
		t->n = (t->text[0] | 32) == 't';
	}
	return 0;
}

/* A character that nothing begins with, and what may be meant by it. */
static int
unexpected_byte(struct lexer *l, const struct token *t)
{
	unsigned char c = (unsigned char)*l->p;

	if (!isprint(c))
		return fail_syntax(l->e, t->at, "byte %02x is not expected", c);
	return fail_syntax(l->e, t->at, "'%c' is not expected%s", c,
	    c == '&'       ? "; write and"
		: c == '!' ? "; write not(...)"
		: c == '#' ? "; comments start with //"
		: c == '`' ? "; strings stand in ' or \""
			   : "");
}

static int
read_punct(struct lexer *l)
{
	static const char *const two[] = { "=~", "==", "=>", "!=", "!~",
		"<=", "<>", ">=", "..", NULL };
	struct token *t = add(l, T_PUNCT, l->p);

	for (int i = 0; two[i] != NULL; i++) {
		if (*l->p == two[i][0] && peek(l, 1) == two[i][1]) {
			l->p += 2;
			close_token(l, t);
			return 0;
		}
	}
	if (*l->p == '!' && is_name_start(peek(l, 1))) {
		for (l->p++; l->p < l->end && is_name(*l->p);)
			l->p++;
		if (peek(l, 0) == '~')
			l->p++;
	} else if (strchr("()[]{},;:|=<>+-*/%.?", *l->p) != NULL) {
		l->p++;
	} else {
		return unexpected_byte(l, t);
	}
	close_token(l, t);
	return 0;
}

static int
read_token(struct lexer *l)
{
	if (lex_is_string(l->p, l->end))
		return read_string(l);
	if (isdigit((unsigned char)*l->p))
		return read_number(l);
	if (is_name_start(*l->p) || (*l->p == '$' && is_name_start(peek(l, 1))))
		return read_name(l);
	return read_punct(l);
}

size_t
lex(struct arena *a, const char *query, ticks now, struct token **tokens,
    struct kql_error *e)
{
	struct lexer l = { .arena = a, .start = query, .now = now, .e = e };

	l.p = l.seen = query;
	l.end = query + strlen(query);
	l.at.line = l.at.column = 1;
	if (l.end - query > QUERY_MAX) {
		fail_syntax(e, l.at, "the query is longer than %d MiB",
		    QUERY_MAX >> 20);
		return 0;
	}
	if (!utf8_valid(query, (size_t)(l.end - query))) {
		fail_syntax(e, l.at, "the query is not valid UTF-8");
		return 0;
	}
	for (;;) {
		skip_blanks(&l);
		if (l.p == l.end)
			break;
		if (l.count == TOKENS_MAX) {
			fail_syntax(e, place(&l, l.p),
			    "the query has more than %d words", TOKENS_MAX);
			return 0;
		}
		if (read_token(&l) == -1)
			return 0;
	}
	add(&l, T_END, l.p)->to = (size_t)(l.end - query);
	*tokens = l.tokens;
	return l.count;
}
