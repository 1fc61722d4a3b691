/* SPDX-License-Identifier: MIT */
#include <ctype.h>
#include <math.h>
#include <string.h>

#include "buf.h"
#include "json.h"
#include "kql/json_text.h"
#include "kql/parse/lex.h"
#include "kql/parse/lex_string.h"
#include "num.h"
#include "when.h"

/* Kusto's literals inside of JSON, as the text that its values print as. */
static int
put_literal(struct arena *a, struct buf *out, const char *p, size_t n)
{
	char *text = arena_strndup(a, p, n), span[WHEN_TEXT];
	struct kql_error e;
	struct token *t;
	size_t len;

	if (lex(a, text, 0, &t, &e) != 2 || t->kind != T_LITERAL || t->null)
		return -1;
	switch (t->type) {
	case KT_DATETIME:
		len = when_format_kusto(span, t->n);
		break;
	case KT_TIMESPAN:
		len = when_format_span(span, t->n);
		break;
	case KT_GUID:
		json_write_str(out, t->text, t->len);
		return 0;
	default:
		return -1;
	}
	json_write_str(out, span, len);
	return 0;
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

/* A number is JSON as it is; 1d is not, and 1e400 is no number. */
static int
is_json_number(const char *p, size_t n)
{
	double v;

	for (size_t i = 0; i < n; i++)
		if (!isdigit((unsigned char)p[i]) &&
		    strchr("+-.eE", p[i]) == NULL)
			return 0;
	return num_parse_double(p, n, &v) == 0 && isfinite(v);
}

/* One string or word of the text to out; returns where it ends, or NULL. */
static const char *
put_piece(struct arena *a, struct buf *out, const char *p, const char *end)
{
	struct buf value = { 0 };
	const char *stop, *why;

	if (lex_is_string(p, end)) {
		stop = lex_string(p, end, &value, &why);
		if (stop != NULL)
			json_write_str(out, buf_str(&value), value.len);
		buf_fini(&value);
		return stop;
	}
	stop = word_end(p, end);
	if (stop == p) {
		buf_putc(out, *p);
		return p + 1;
	}
	if (is_json_word(p, (size_t)(stop - p)) ||
	    is_json_number(p, (size_t)(stop - p)))
		buf_add(out, p, (size_t)(stop - p));
	else if (put_literal(a, out, p, (size_t)(stop - p)) == -1)
		return NULL;
	return stop;
}

const char *
json_text(
    struct arena *a, const char *text, size_t n, int *null, const char **why)
{
	const char *end = text + n, *result = NULL;
	struct buf strict = { 0 };
	struct json *j;
	struct err e;

	*why = "not valid JSON";
	for (const char *p = text; p != NULL && p < end;)
		if ((p = put_piece(a, &strict, p, end)) == NULL)
			goto out;
	if ((j = json_parse(a, buf_str(&strict), strict.len, &e)) == NULL)
		goto out;
	*null = j->type == JSON_NULL;
	buf_reset(&strict);
	json_write(&strict, j);
	result = arena_strndup(a, buf_str(&strict), strict.len);
out:
	buf_fini(&strict);
	return result;
}

const struct json *
json_list(struct arena *a, const char *text, size_t n)
{
	struct err e;
	struct json *j = json_parse(a, text, n, &e);

	if (j == NULL || j->type != JSON_ARRAY)
		return NULL;
	for (const struct json *x = j->child; x != NULL; x = x->next)
		if (x->type == JSON_ARRAY || x->type == JSON_OBJECT ||
		    x->type == JSON_NULL)
			return NULL;
	return j;
}
