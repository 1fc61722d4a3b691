/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "expo_read.h"
#include "num.h"
#include "status.h"
#include "utf8.h"

#define SHOWN_MAX 80 /* bytes of bad text that an error shows */

static int
is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* Set e to a message with the text it is about, cut. */
static int
bad(struct err *e, const char *what, const char *at, const char *end)
{
	int n = (int)(end - at < SHOWN_MAX ? end - at : SHOWN_MAX);

	return err_set(e, ST_DATA, "%s at \"%.*s\"", what, n, at);
}

static const char *
skip_blanks(const char *at, const char *end)
{
	while (at < end && is_blank(*at))
		at++;
	return at;
}

int
expo_is_sample(const char *line, size_t n)
{
	const char *at = skip_blanks(line, line + n);

	return at < line + n && *at != '#';
}

/* Behind the quote that ends the quoted text at at (on its first quote). */
static const char *
skip_quoted(const char *at, const char *end)
{
	for (at++; at < end; at++) {
		if (*at == '"')
			return at + 1;
		if (*at == '\\')
			at++;
	}
	return NULL;
}

static const char *
skip_plain(const char *at, const char *end, int colon)
{
	const char *from = at;

	while (at < end && sample_plain_char(*at, at == from, colon))
		at++;
	return at;
}

/* Behind the brace that ends the labels at at (on their first brace). */
static const char *
skip_labels(const char *at, const char *end)
{
	for (at++; at != NULL && at < end;) {
		if (*at == '}')
			return at + 1;
		at = *at == '"' ? skip_quoted(at, end) : at + 1;
	}
	return NULL;
}

size_t
expo_series_len(const char *line, size_t n, struct err *e)
{
	const char *end = line + n, *at = skip_blanks(line, end), *brace;

	at = skip_plain(at, end, 1);
	brace = skip_blanks(at, end);
	if (brace < end && *brace == '{') {
		if ((at = skip_labels(brace, end)) != NULL)
			return (size_t)(at - line);
		bad(e, "labels without end", brace, end);
		return 0;
	}
	if (at == skip_blanks(line, end)) {
		bad(e, "no metric name", at, end);
		return 0;
	}
	return (size_t)(at - line);
}

/* The byte that a backslash and c stand for, or 0. */
static char
unescaped(char c)
{
	return (char)(c == 'n' ? '\n' : c == '"' || c == '\\' ? c : 0);
}

/*
 * Read quoted text to the arena.  Returns where it ends, or NULL with e set:
 * an unknown escape, no UTF-8, a NUL byte, no closing quote.
 */
static const char *
read_quoted(struct arena *a, const char *at, const char *end, const char **out,
    struct err *e)
{
	const char *close = skip_quoted(at, end), *from = at + 1;
	char *to, *start;

	if (close == NULL) {
		bad(e, "text without closing quote", at, end);
		return NULL;
	}
	start = to = arena_alloc(a, (size_t)(close - from));
	for (; from < close - 1; from++) {
		if (*from != '\\')
			*to++ = *from;
		else if ((*to++ = unescaped(*++from)) == 0) {
			bad(e, "unknown escape", from - 1, close);
			return NULL;
		}
	}
	*to = '\0';
	if (memchr(start, '\0', (size_t)(to - start)) != NULL ||
	    !utf8_valid(start, (size_t)(to - start))) {
		bad(e, "invalid UTF-8", at, close);
		return NULL;
	}
	*out = start;
	return close;
}

/* What reading of labels goes by. */
struct labels {
	struct arena *a;
	struct sample_label *v;
	size_t n, cap;
};

static struct sample_label *
labels_add(struct labels *l, const char *name, const char *value)
{
	if (l->n == l->cap) {
		struct sample_label *more;

		l->cap = l->cap == 0 ? 8 : l->cap * 2;
		more = arena_alloc(l->a, l->cap * sizeof(*more));
		if (l->n > 0)
			memcpy(more, l->v, l->n * sizeof(*more));
		l->v = more;
	}
	l->v[l->n] = (struct sample_label){ name, value };
	return &l->v[l->n++];
}

/* The name at the start of the braces' content, or of a pair. */
static const char *
read_name(struct labels *l, const char *at, const char *end, const char **name,
    struct err *e)
{
	const char *from = at;

	if (at < end && *at == '"')
		return read_quoted(l->a, at, end, name, e);
	if ((at = skip_plain(at, end, 0)) == from) {
		bad(e, "no label name", from, end);
		return NULL;
	}
	*name = arena_strndup(l->a, from, (size_t)(at - from));
	return at;
}

/*
 * One item between braces: a pair, or the metric's quoted name, which may come
 * only first and only when none stands in front of the braces.
 */
static const char *
read_item(struct labels *l, const char *at, const char *end, struct err *e)
{
	const char *from = at, *name, *value;

	if ((at = read_name(l, at, end, &name, e)) == NULL)
		return NULL;
	at = skip_blanks(at, end);
	if (at < end && *at == '=') {
		at = skip_blanks(at + 1, end);
		if (at == end || *at != '"') {
			bad(e, "no quoted label value", from, end);
			return NULL;
		}
		if (l->n == 0 || *name == '\0' ||
		    strcmp(name, SAMPLE_NAME) == 0) {
			bad(e, l->n == 0 ? "no metric name" : "bad label name",
			    from, end);
			return NULL;
		}
		if ((at = read_quoted(l->a, at, end, &value, e)) != NULL)
			labels_add(l, name, value);
		return at;
	}
	if (*from != '"' || l->n > 0 || *name == '\0') {
		bad(e, "label without value", from, end);
		return NULL;
	}
	labels_add(l, SAMPLE_NAME, name);
	return at;
}

/* The labels behind a brace at at; the text is known to end in the other. */
static int
read_labels(struct labels *l, const char *at, const char *end, struct err *e)
{
	for (at = skip_blanks(at + 1, end); *at != '}';) {
		if ((at = read_item(l, at, end, e)) == NULL)
			return -1;
		at = skip_blanks(at, end);
		if (at < end && *at == ',')
			at = skip_blanks(at + 1, end);
		else if (at == end || *at != '}')
			return bad(e, "neither comma nor brace", at, end);
		if (at == end)
			return bad(e, "labels without end", at, end);
	}
	if (l->n == 0)
		return err_set(e, ST_DATA, "no metric name");
	return 0;
}

size_t
expo_read_series(struct arena *a, const char *text, size_t n,
    struct sample_label **labels, struct err *e)
{
	const char *end = text + n, *from = skip_blanks(text, end), *at;
	struct labels l = { .a = a };

	at = skip_plain(from, end, 1);
	if (at > from)
		labels_add(&l, SAMPLE_NAME,
		    arena_strndup(a, from, (size_t)(at - from)));
	at = skip_blanks(at, end);
	if (at < end && *at == '{') {
		if (read_labels(&l, at, end, e) == -1)
			return 0;
	} else if (at < end || l.n == 0) {
		bad(e, "no metric name", from, end);
		return 0;
	}
	*labels = l.v;
	return l.n;
}

int
expo_read_point(
    const char *text, size_t n, double *value, int64_t *ms, struct err *e)
{
	const char *end = text + n, *at = skip_blanks(text, end), *from = at;

	while (at < end && !is_blank(*at))
		at++;
	if (num_parse_double(from, (size_t)(at - from), value) == -1)
		return bad(e, "no number", from, end);
	from = at = skip_blanks(at, end);
	while (at < end && !is_blank(*at))
		at++;
	if (at == from)
		return 0;
	if (skip_blanks(at, end) != end)
		return bad(e, "text behind the timestamp", at, end);
	if (num_parse_int(from, (size_t)(at - from), ms) == -1)
		return bad(e, "no timestamp in milliseconds", from, end);
	return 1;
}
