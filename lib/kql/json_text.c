/* SPDX-License-Identifier: MIT */
#include <ctype.h>
#include <math.h>
#include <string.h>

#include "buf.h"
#include "json.h"
#include "kql/fn/dyn.h"
#include "kql/json_text.h"
#include "kql/parse/lex.h"
#include "kql/parse/lex_string.h"
#include "num.h"
#include "when.h"

#define NESTED_MAX 100 /* dynamic() in one another */

/* Kusto's literals inside of JSON, as the values that they are. */
static int
put_literal(struct arena *a, struct buf *out, const char *p, size_t n)
{
	char *text = arena_strndup(a, p, n), number[NUM_MAX];
	struct kql_error e;
	struct token *t;

	if (lex(a, text, 0, &t, &e) != 2 || t->kind != T_LITERAL)
		return -1;
	if (t->null) {
		buf_puts(out, "null");
		return 0;
	}
	switch (t->type) {
	case KT_DATETIME:
		dyn_put_datetime(out, t->n);
		return 0;
	case KT_TIMESPAN:
		dyn_put_timespan(out, t->n);
		return 0;
	case KT_GUID:
		dyn_put_as(out, DYN_GUID, t->text, t->len);
		return 0;
	case KT_DECIMAL:
		dyn_put_as(out, DYN_DECIMAL, t->text, t->len);
		return 0;
	case KT_REAL:
		if (isdigit((unsigned char)*p))
			return -1; /* too great for a number of JSON */
		dyn_put_real(out, t->real);
		return 0;
	case KT_INT:
	case KT_LONG:
		buf_add(out, number, num_int(number, t->n));
		return 0;
	case KT_BOOL:
		buf_puts(out, t->n ? "true" : "false");
		return 0;
	default:
		return -1;
	}
}

/* The end of a word and of its parenthesis. */
static const char *
word_end(const char *p, const char *end)
{
	while (p < end &&
	    (isalnum((unsigned char)*p) || *p == '.' || *p == '_' ||
		*p == '-' || *p == '+'))
		p++;
	if (p < end && *p == '(')
		while (p < end && *p++ != ')')
			;
	return p;
}

static int
is_json_word(const char *p, size_t n)
{
	return *p == '-' || (n == 4 && memcmp(p, "true", 4) == 0) ||
	    (n == 4 && memcmp(p, "null", 4) == 0) ||
	    (n == 5 && memcmp(p, "false", 5) == 0);
}

/* A number is JSON as it is; 1d is not. */
static int
is_json_number(const char *p, size_t n, double *v)
{
	for (size_t i = 0; i < n; i++)
		if (!isdigit((unsigned char)p[i]) &&
		    strchr("+-.eE", p[i]) == NULL)
			return 0;
	return num_parse_double(p, n, v) == 0;
}

/* The parenthesis that closes what stands open at p, or NULL. */
static const char *
closing(const char *p, const char *end)
{
	struct buf skipped = { 0 };
	const char *why;
	int depth = 1;

	while (p != NULL && p < end && depth > 0) {
		if (lex_is_string(p, end)) {
			p = lex_string(p, end, &skipped, &why);
			continue;
		}
		depth += (*p == '(') - (*p == ')');
		p++;
	}
	buf_fini(&skipped);
	return p != NULL && depth == 0 ? p - 1 : NULL;
}

static int put_pieces(
    struct arena *, struct buf *, const char *, const char *end, int depth);

/* dynamic(...) within another: p is behind its parenthesis. */
static const char *
put_nested(
    struct arena *a, struct buf *out, const char *p, const char *end, int depth)
{
	const char *stop = closing(p, end);

	if (stop == NULL || depth > NESTED_MAX ||
	    put_pieces(a, out, p, stop, depth + 1) == -1)
		return NULL;
	return stop + 1;
}

/* One string or word of the text to out; returns where it ends, or NULL. */
static const char *
put_piece(
    struct arena *a, struct buf *out, const char *p, const char *end, int depth)
{
	struct buf value = { 0 };
	const char *stop, *why;
	int is_number;
	double v;

	if (lex_is_string(p, end)) {
		stop = lex_string(p, end, &value, &why);
		if (stop != NULL)
			json_write_str(out, buf_str(&value), value.len);
		buf_fini(&value);
		return stop;
	}
	if (end - p > 8 && memcmp(p, "dynamic(", 8) == 0)
		return put_nested(a, out, p + 8, end, depth);
	stop = word_end(p, end);
	if (stop == p) {
		buf_putc(out, *p);
		return p + 1;
	}
	is_number = is_json_number(p, (size_t)(stop - p), &v);
	if (is_number && !isfinite(v))
		return NULL; /* 1e400 is no number */
	if (is_number || is_json_word(p, (size_t)(stop - p)))
		buf_add(out, p, (size_t)(stop - p));
	else if (put_literal(a, out, p, (size_t)(stop - p)) == -1)
		return NULL;
	return stop;
}

static int
put_pieces(
    struct arena *a, struct buf *out, const char *p, const char *end, int depth)
{
	while (p != NULL && p < end)
		p = put_piece(a, out, p, end, depth);
	return p == NULL ? -1 : 0;
}

const char *
json_text(
    struct arena *a, const char *text, size_t n, int *null, const char **why)
{
	const char *result = NULL;
	struct buf typed = { 0 }, strict = { 0 };
	struct json *j;
	struct err e;

	*why = "not valid JSON";
	if (put_pieces(a, &typed, text, text + n, 0) == -1)
		goto out;
	dyn_json(&strict, (struct dyn){ buf_str(&typed), typed.len });
	if ((j = json_parse(a, buf_str(&strict), strict.len, &e)) == NULL)
		goto out;
	*null = j->type == JSON_NULL;
	buf_reset(&strict);
	dyn_compact(&strict, (struct dyn){ typed.data, typed.len });
	result = arena_strndup(a, buf_str(&strict), strict.len);
out:
	buf_fini(&typed);
	buf_fini(&strict);
	return result;
}
