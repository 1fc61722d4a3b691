/* SPDX-License-Identifier: MIT */
#include <ctype.h>
#include <string.h>

#include "query_text.h"
#include "status.h"

enum piece {
	PIECE_END,
	PIECE_BLANK, /* blanks and comments */
	PIECE_WORD,
	PIECE_STRING,
	PIECE_OTHER, /* one character */
};

static int
word_char(char c)
{
	return isalnum((unsigned char)c) || c == '_';
}

/* Length of a string with escapes, '...' or "...", which ends on its line. */
static size_t
plain_len(const char *s)
{
	size_t n = 1;

	while (s[n] != '\0' && s[n] != '\n' && s[n] != s[0])
		n += s[n] == '\\' && s[n + 1] != '\0' ? 2 : 1;
	return s[n] == s[0] ? n + 1 : n;
}

/* Length of @'...' or @"...", where a doubled quote stands for itself. */
static size_t
verbatim_len(const char *s)
{
	size_t n = 2;

	while (s[n] != '\0' && (s[n] != s[1] || s[n + 1] == s[1]))
		n += s[n] == s[1] ? 2 : 1;
	return s[n] != '\0' ? n + 1 : n;
}

/* Length of ```...``` or ~~~...~~~, or 0 if s starts none. */
static size_t
fenced_len(const char *s)
{
	const char *fence = *s == '`' ? "```" : "~~~";
	const char *end;

	if (strncmp(s, fence, 3) != 0)
		return 0;
	end = strstr(s + 3, fence);
	return end != NULL ? (size_t)(end - s) + 3 : strlen(s);
}

static size_t
blank_len(const char *s)
{
	size_t n = 0;

	for (;;) {
		if (isspace((unsigned char)s[n]))
			n++;
		else if (s[n] == '/' && s[n + 1] == '/')
			n += strcspn(s + n, "\n");
		else
			return n;
	}
}

/* What stands at s and how long it is. */
static enum piece
piece_at(const char *s, size_t *n)
{
	*n = 0;
	if (*s == '\0')
		return PIECE_END;
	if ((*n = blank_len(s)) > 0)
		return PIECE_BLANK;
	while (word_char(s[*n]))
		(*n)++;
	if (*n > 0)
		return PIECE_WORD;
	if (*s == '\'' || *s == '"')
		*n = plain_len(s);
	else if (*s == '@' && (s[1] == '\'' || s[1] == '"'))
		*n = verbatim_len(s);
	else if (*s == '`' || *s == '~')
		*n = fenced_len(s);
	if (*n > 0)
		return PIECE_STRING;
	*n = 1;
	return PIECE_OTHER;
}

/* Length of the set and declare statements (with what is between) at s. */
static size_t
prolog_len(const char *s)
{
	size_t at = 0, n, end = 0;
	enum piece p;

	for (;;) {
		at += blank_len(s + at);
		p = piece_at(s + at, &n);
		if (p != PIECE_WORD ||
		    !((n == 3 && strncmp(s + at, "set", n) == 0) ||
			(n == 7 && strncmp(s + at, "declare", n) == 0)))
			return end;
		while (p != PIECE_END && s[at] != ';') {
			at += n;
			p = piece_at(s + at, &n);
		}
		if (p == PIECE_END)
			return end;
		end = ++at;
	}
}

/* Append a KQL string literal. */
static void
add_literal(struct buf *b, const char *s)
{
	buf_putc(b, '"');
	for (; *s != '\0'; s++) {
		if (*s == '"' || *s == '\\')
			buf_printf(b, "\\%c", *s);
		else if (*s == '\n')
			buf_puts(b, "\\n");
		else if (*s == '\t')
			buf_puts(b, "\\t");
		else if (*s == '\r')
			buf_puts(b, "\\r");
		else if ((unsigned char)*s < 0x20 || *s == 0x7f)
			buf_printf(b, "\\u%04x", (unsigned char)*s);
		else
			buf_putc(b, *s);
	}
	buf_putc(b, '"');
}

/* All that a query may name: the window's own two and the labels. */
struct names {
	struct placeholder times[2];
	const struct placeholders *labels;
};

static const struct placeholder *
name_at(const struct names *t, size_t i)
{
	if (i < 2)
		return &t->times[i];
	return i - 2 < t->labels->n ? &t->labels->v[i - 2] : NULL;
}

/* The value of the placeholder that a literal is exactly, or NULL. */
static const char *
literal_value(const char *s, size_t n, const struct names *t)
{
	size_t skip = *s == '@' ? 2 : 1;
	const struct placeholder *p;

	if (n < skip + 2 || s[skip] != '_')
		return NULL;
	s += skip;
	n -= skip + 1;
	for (size_t i = 0; (p = name_at(t, i)) != NULL; i++)
		if (strlen(p->name) == n && memcmp(p->name, s, n) == 0)
			return p->value;
	return NULL;
}

/*
 * Copy the body, placeholders in quotes replaced.  ['_region'] is
 * a quoted name (or a key), so it stays, unless in the array of a dynamic().
 */
static void
add_body(struct buf *b, const char *s, const struct names *t)
{
	const char *value;
	char before = '\0';
	int depth = 0, dynamic = 0;
	enum piece k;
	size_t len;

	while ((k = piece_at(s, &len)) != PIECE_END) {
		if (k == PIECE_STRING && (before != '[' || dynamic > 0) &&
		    (value = literal_value(s, len, t)) != NULL)
			add_literal(b, value);
		else
			buf_add(b, s, len);
		if (k == PIECE_OTHER && *s == '(')
			depth++;
		else if (k == PIECE_OTHER && *s == ')' && depth-- == dynamic)
			dynamic = 0;
		else if (k == PIECE_WORD && len == 7 && dynamic == 0 &&
		    strncmp(s, "dynamic", 7) == 0 &&
		    s[len + blank_len(s + len)] == '(')
			dynamic = depth + 1;
		if (k != PIECE_BLANK)
			before = *s;
		s += len;
	}
}

static int
lines_of(const char *s, size_t n)
{
	int lines = 0;

	for (size_t i = 0; i < n; i++)
		lines += s[i] == '\n';
	return lines;
}

/* The let statements, each on a line. */
static void
add_lets(struct buf *b, const struct names *t)
{
	const struct placeholder *p;

	for (size_t i = 0; (p = name_at(t, i)) != NULL; i++) {
		buf_printf(b, "let %s=", p->name);
		if (i < 2)
			buf_printf(b, "datetime(%s)", p->value);
		else
			add_literal(b, p->value);
		buf_puts(b, ";\n");
	}
}

int
placeholder_add(struct arena *a, struct placeholders *p, const char *label,
    const char *value, struct err *e)
{
	char *name = arena_printf(a, "%s%s", *label == '_' ? "" : "_", label);
	struct placeholder *v;
	size_t at = 0;
	int order = 1;

	for (char *c = name; *c != '\0'; c++)
		if (!word_char(*c))
			*c = '_';
	if (strcmp(name, "_startTime") == 0 || strcmp(name, "_endTime") == 0)
		return err_set(e, ST_USAGE,
		    "cluster label %s would redefine %s", label, name);
	while (at < p->n && (order = strcmp(name, p->v[at].name)) > 0)
		at++;
	if (at < p->n && order == 0)
		return err_set(e, ST_USAGE,
		    "cluster label %s: another label is %s in queries too",
		    label, name);
	v = arena_alloc(a, (p->n + 1) * sizeof(*v));
	for (size_t i = 0; i < p->n; i++)
		v[i < at ? i : i + 1] = p->v[i];
	v[at] = (struct placeholder){ name, arena_strdup(a, value) };
	p->v = v;
	p->n++;
	return 0;
}

struct query_text
query_text_build(struct buf *b, const char *body, ticks start, ticks end,
    const struct placeholders *labels)
{
	size_t prolog = prolog_len(body), eol;
	char from[WHEN_TEXT], to[WHEN_TEXT];
	struct names names = { { { "_startTime", from }, { "_endTime", to } },
		labels };
	struct query_text t = { .added = (int)labels->n + 2 };

	when_format(from, start);
	when_format(to, end - 1);
	buf_add(b, body, prolog);
	if (prolog > 0) {
		t.prolog = lines_of(body, prolog) + 1;
		buf_putc(b, '\n');
		eol = prolog + strspn(body + prolog, " \t\r");
		if (body[eol] == '\n')
			prolog = eol + 1;
	}
	t.before = t.prolog + t.added;
	if (prolog > 0 && body[prolog - 1] != '\n')
		t.added++;
	add_lets(b, &names);
	add_body(b, body + prolog, &names);
	return t;
}

int
query_text_line(const struct query_text *t, int line)
{
	if (line <= t->prolog)
		return line;
	return line > t->before ? line - t->added : 0;
}
