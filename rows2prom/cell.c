/* SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cell.h"
#include "num.h"

#define SURE_DIGITS 300 /* a number without exponent that fits a double */

enum col_type
cell_type(const char *name)
{
	static const struct {
		const char *name;
		enum col_type type;
	} types[] = { { "bool", COL_BOOL }, { "int", COL_NUMBER },
		{ "long", COL_NUMBER }, { "real", COL_NUMBER },
		{ "decimal", COL_DECIMAL }, { "string", COL_STRING },
		{ "datetime", COL_DATETIME }, { "timespan", COL_TIMESPAN },
		{ "guid", COL_GUID }, { "dynamic", COL_DYNAMIC } };

	for (size_t i = 0; i < sizeof(types) / sizeof(*types); i++)
		if (strcmp(name, types[i].name) == 0)
			return types[i].type;
	return COL_NONE;
}

static int
borrow(struct text *t, const char *s, size_t n)
{
	t->s = s;
	t->n = n;
	return 0;
}

static int
put_double(struct text *t, double v)
{
	return borrow(t, t->own, num_double(t->own, v));
}

/* A number's text: as it is, unless no double can hold it. */
static int
number(const char *s, size_t n, struct text *t)
{
	double v;

	if ((n > SURE_DIGITS || memchr(s, 'e', n) != NULL ||
		memchr(s, 'E', n) != NULL) &&
	    (num_parse_double(s, n, &v) == -1 || isinf(v)))
		return -1;
	return borrow(t, s, n);
}

/* 0x1p-2, as Go's ParseFloat takes it: the exponent is needed. */
static int
hex_float(const char *s, size_t n, struct text *t)
{
	char copy[64], *end;
	const char *at = s + (n > 0 && (*s == '-' || *s == '+'));
	double v;

	if (n >= sizeof(copy) || n < 4 || at[0] != '0' ||
	    (at[1] | 0x20) != 'x' ||
	    (memchr(s, 'p', n) == NULL && memchr(s, 'P', n) == NULL))
		return -1;
	memcpy(copy, s, n);
	copy[n] = '\0';
	v = strtod(copy, &end);
	return end != copy + n || isinf(v) ? -1 : put_double(t, v);
}

static int
is_digit(char c, int hex)
{
	return (c >= '0' && c <= '9') ||
	    (hex && (((c | 0x20) >= 'a' && (c | 0x20) <= 'f') || c == 'x'));
}

/* 1_000, as Go's ParseFloat takes it: a _ stands between two digits. */
static int
grouped(const char *s, size_t n, struct text *t)
{
	char copy[64];
	int hex = memchr(s, 'x', n) != NULL;
	size_t len = 0;
	double v;

	if (n >= sizeof(copy) || memchr(s, '_', n) == NULL)
		return -1;
	for (size_t i = 0; i < n; i++) {
		if (s[i] != '_')
			copy[len++] = s[i];
		else if (i == 0 || i + 1 == n || !is_digit(s[i - 1], hex) ||
		    !is_digit(s[i + 1], hex))
			return -1;
	}
	if (hex)
		return hex_float(copy, len, t);
	return num_parse_double(copy, len, &v) == -1 || isinf(v)
	    ? -1
	    : put_double(t, v);
}

/* A string that reads as a number. */
static int
numeric(const char *s, size_t n, struct text *t)
{
	double v;

	/* The cell's text ends in a byte that no number has. */
	if (n > 0 && row_number_end(s) == s + n)
		return number(s, n, t);
	if (num_parse_double(s, n, &v) == -1)
		return hex_float(s, n, t) == 0 ? 0 : grouped(s, n, t);
	if (isinf(v) && memchr(s, 'i', n) == NULL && memchr(s, 'I', n) == NULL)
		return -1;
	return put_double(t, v);
}

/* A span in seconds, exactly. */
static int
seconds(ticks span, struct text *t)
{
	uint64_t u = span < 0 ? -(uint64_t)span : (uint64_t)span;
	uint64_t rest = u % WHEN_SEC;
	char *at = t->own;

	if (span < 0)
		*at++ = '-';
	at += num_int(at, (int64_t)(u / WHEN_SEC));
	if (rest != 0) {
		*at++ = '.';
		for (uint64_t unit = WHEN_SEC / 10; rest != 0; unit /= 10) {
			*at++ = (char)('0' + rest / unit);
			rest %= unit;
		}
	}
	return borrow(t, t->own, (size_t)(at - t->own));
}

/* A timespan: text, or a number of ticks. */
static int
timespan(const struct cell *c, struct text *t)
{
	ticks span;

	if (c->type == CELL_NUMBER ? num_parse_int(c->s, c->n, &span) == -1
				   : when_parse_span(c->s, c->n, &span) == -1)
		return -1;
	return seconds(span, t);
}

int
cell_value(const struct cell *c, enum col_type type, struct text *t)
{
	switch (c->type) {
	case CELL_NULL:
		return 1;
	case CELL_BOOL:
		return borrow(t, *c->s == 't' ? "1" : "0", 1);
	case CELL_NUMBER:
	case CELL_STRING:
		break;
	case CELL_ABSENT:
	case CELL_JSON:
		return -1;
	}
	if (type == COL_TIMESPAN)
		return timespan(c, t);
	if (type == COL_DATETIME || type == COL_GUID)
		return -1;
	return c->type == CELL_NUMBER ? number(c->s, c->n, t)
				      : numeric(c->s, c->n, t);
}

static int
label_number(const struct cell *c, enum col_type type, struct text *t)
{
	double v;

	if (type == COL_DECIMAL ||
	    (memchr(c->s, '.', c->n) == NULL &&
		memchr(c->s, 'e', c->n) == NULL &&
		memchr(c->s, 'E', c->n) == NULL) ||
	    num_parse_double(c->s, c->n, &v) == -1)
		return borrow(t, c->s, c->n);
	return put_double(t, v);
}

/* Shortest for a datetime with a time of day; else the text as it stands. */
static int
label_string(const struct cell *c, enum col_type type, struct text *t)
{
	ticks when;

	if ((type == COL_DATETIME || type == COL_NONE) && c->n >= 20 &&
	    c->s[4] == '-' && when_parse(c->s, c->n, &when) == 0)
		return borrow(t, t->own, when_format(t->own, when));
	return borrow(t, c->s, c->n);
}

int
cell_label(const struct cell *c, enum col_type type, struct text *t)
{
	switch (c->type) {
	case CELL_ABSENT:
	case CELL_NULL:
		return 1;
	case CELL_NUMBER:
		return label_number(c, type, t);
	case CELL_STRING:
		return label_string(c, type, t);
	case CELL_BOOL:
	case CELL_JSON:
		break;
	}
	return borrow(t, c->s, c->n);
}

int
cell_time(const struct cell *c, ticks *when)
{
	char copy[WHEN_TEXT];

	/* A date alone is less than a time. */
	if (c->type != CELL_STRING || c->n < 19)
		return -1;
	if (when_parse(c->s, c->n, when) == 0)
		return 0;
	/* 2026-03-10 12:00:00, without a zone, is UTC. */
	if (c->n > sizeof(copy) - 2 || c->s[10] != ' ')
		return -1;
	memcpy(copy, c->s, c->n);
	copy[c->n] = 'Z';
	return when_parse(copy, c->n + 1, when);
}
