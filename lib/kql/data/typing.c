/* SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>

#include <sqlite3.h>

#include "buf.h"
#include "json.h"
#include "kql/data/typing.h"
#include "kql/decimal.h"
#include "kql/fn/dyn.h"
#include "kql/value.h"
#include "num.h"
#include "when.h"

enum {
	SEEN_TEXT = 1,  /* a field, or a JSON string */
	SEEN_VALUE = 2, /* any other JSON value */
};

static int
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static int
is_word(const struct cell *c, const char *word)
{
	return c->len == strlen(word) && strcasecmp(c->text, word) == 0;
}

/* Kusto and JSON writers print these as strings. */
static int
is_nonfinite(const struct cell *c)
{
	return is_word(c, "NaN") || is_word(c, "Infinity") ||
	    is_word(c, "-Infinity");
}

/* 0 or no zero in front, as a number is printed; 007 is a name. */
static int
looks_numeric(const struct cell *c)
{
	const char *s = c->text + (*c->text == '-');

	return is_digit(*s) && (*s != '0' || !is_digit(s[1]));
}

static int
is_long(const struct cell *c)
{
	int64_t v;

	return looks_numeric(c) && num_parse_int(c->text, c->len, &v) == 0;
}

static int
is_real(const struct cell *c)
{
	double v;

	if (c->kind == CELL_STRING || !looks_numeric(c))
		return is_nonfinite(c);
	if (strspn(c->text + (*c->text == '-'), "0123456789") ==
	    c->len - (*c->text == '-'))
		return is_long(c);
	return num_parse_double(c->text, c->len, &v) == 0;
}

/* A whole date, and maybe a time, as ISO 8601 has them. */
static int
is_datetime(const struct cell *c)
{
	ticks t;

	return c->len >= 10 && is_digit(c->text[0]) && c->text[4] == '-' &&
	    c->text[7] == '-' &&
	    (when_parse(c->text, c->len, &t) == 0 ||
		value_datetime(c->text, c->len, &t) == 0);
}

static int
is_timespan(const struct cell *c)
{
	const char *colon = memchr(c->text, ':', c->len);
	ticks t;

	return colon != NULL && strchr(colon + 1, ':') != NULL &&
	    when_parse_span(c->text, c->len, &t) == 0;
}

static int
is_guid(const struct cell *c)
{
	char out[37];

	return c->len == 36 && c->text[8] == '-' &&
	    value_guid(c->text, c->len, out) == 0;
}

static int
is_json(const struct cell *c)
{
	struct buf b = { 0 };
	int ok = (*c->text == '{' || *c->text == '[') &&
	    dyn_parse(&b, c->text, c->len) == 0;

	buf_fini(&b);
	return ok;
}

static const struct {
	enum kql_type type;
	unsigned kinds; /* of cells that may be of this type */
	int (*fits)(const struct cell *);
} tests[] = {
	{ KT_LONG, 1 << CELL_TEXT | 1 << CELL_NUMBER, is_long },
	{ KT_REAL, 1 << CELL_TEXT | 1 << CELL_NUMBER | 1 << CELL_STRING,
	    is_real },
	{ KT_DATETIME, 1 << CELL_TEXT | 1 << CELL_STRING, is_datetime },
	{ KT_TIMESPAN, 1 << CELL_TEXT | 1 << CELL_STRING, is_timespan },
	{ KT_GUID, 1 << CELL_TEXT | 1 << CELL_STRING, is_guid },
	{ KT_DYNAMIC, 1 << CELL_TEXT, is_json },
};

static int
is_bool(const struct cell *c)
{
	return c->kind == CELL_BOOL ||
	    (c->kind == CELL_TEXT &&
		(is_word(c, "true") || is_word(c, "false")));
}

void
guess_add(struct guess *g, const struct cell *c)
{
	if (c->kind == CELL_NULL)
		return;
	g->values |= c->kind == CELL_TEXT || c->kind == CELL_STRING
	    ? SEEN_TEXT
	    : SEEN_VALUE;
	if (!(g->unfit & 1U << KT_BOOL) && !is_bool(c))
		g->unfit |= 1U << KT_BOOL;
	for (size_t i = 0; i < sizeof(tests) / sizeof(*tests); i++) {
		unsigned bit = 1U << tests[i].type;

		if (!(g->unfit & bit) &&
		    (!(tests[i].kinds & 1U << c->kind) || !tests[i].fits(c)))
			g->unfit |= bit;
	}
}

enum kql_type
guess_type(const struct guess *g)
{
	if (g->values == 0)
		return KT_STRING;
	if (!(g->unfit & 1U << KT_BOOL))
		return KT_BOOL;
	for (size_t i = 0; i < sizeof(tests) / sizeof(*tests); i++)
		if (!(g->unfit & 1U << tests[i].type))
			return tests[i].type;
	return g->values == SEEN_TEXT ? KT_STRING : KT_DYNAMIC;
}

static int
bind_bool(sqlite3_stmt *st, int i, const struct cell *c)
{
	int yes = is_word(c, "true") || is_word(c, "1");

	if (!yes && !is_word(c, "false") && !is_word(c, "0"))
		return -1;
	return sqlite3_bind_int(st, i, yes);
}

static int
bind_integer(sqlite3_stmt *st, int i, enum kql_type type, const struct cell *c)
{
	int64_t v;

	if (num_parse_int(c->text, c->len, &v) == -1 ||
	    (type == KT_INT && (v < INT32_MIN || v > INT32_MAX)))
		return -1;
	return sqlite3_bind_int64(st, i, v);
}

static int
bind_real(sqlite3_stmt *st, int i, const struct cell *c)
{
	double v;

	if (num_parse_double(c->text, c->len, &v) == -1)
		return -1;
	if (isnan(v))
		return sqlite3_bind_text(st, i, "NaN", 3, SQLITE_STATIC);
	return sqlite3_bind_double(st, i, v);
}

static int
bind_ticks(sqlite3_stmt *st, int i, enum kql_type type, const struct cell *c)
{
	ticks t;

	if (type == KT_TIMESPAN ? value_timespan(c->text, c->len, &t) == -1
				: when_parse(c->text, c->len, &t) == -1 &&
		    value_datetime(c->text, c->len, &t) == -1)
		return -1;
	return sqlite3_bind_int64(st, i, t);
}

static int
bind_guid(sqlite3_stmt *st, int i, const struct cell *c)
{
	char out[37];

	if (value_guid(c->text, c->len, out) == -1)
		return -1;
	return sqlite3_bind_text(st, i, out, 36, SQLITE_TRANSIENT);
}

/* Text that is no JSON is a JSON string, as parse_json() has it. */
static int
bind_dynamic(sqlite3_stmt *st, int i, const struct cell *c)
{
	struct buf b = { 0 };
	int r;

	if (c->kind != CELL_TEXT && c->kind != CELL_STRING)
		buf_add(&b, c->text, c->len);
	else if (c->kind == CELL_STRING || dyn_parse(&b, c->text, c->len) == -1)
		json_write_str(&b, c->text, c->len);
	if (strcmp(b.data, "null") == 0)
		r = sqlite3_bind_null(st, i);
	else
		r = sqlite3_bind_text(
		    st, i, b.data, (int)b.len, SQLITE_TRANSIENT);
	buf_fini(&b);
	return r;
}

static int
bind_string(sqlite3_stmt *st, int i, const struct cell *c)
{
	return sqlite3_bind_text(st, i, c->text, (int)c->len, SQLITE_STATIC);
}

static int
bind_decimal(sqlite3_stmt *st, int i, const struct cell *c)
{
	char out[DECIMAL_TEXT];
	struct decimal d;
	size_t n;

	if (decimal_parse(c->text, c->len, &d) == -1)
		return -1;
	n = decimal_text(out, &d);
	return sqlite3_bind_text(st, i, out, (int)n, SQLITE_TRANSIENT);
}

int
cell_bind(sqlite3_stmt *st, int i, enum kql_type type, const struct cell *c)
{
	static const struct cell none = { CELL_STRING, "", 0 };

	if (type == KT_STRING)
		return bind_string(st, i, c->kind == CELL_NULL ? &none : c);
	if (c->kind == CELL_NULL)
		return sqlite3_bind_null(st, i);
	switch (type) {
	case KT_BOOL:
		return bind_bool(st, i, c);
	case KT_INT:
	case KT_LONG:
		return bind_integer(st, i, type, c);
	case KT_REAL:
		return bind_real(st, i, c);
	case KT_DECIMAL:
		return bind_decimal(st, i, c);
	case KT_DATETIME:
	case KT_TIMESPAN:
		return bind_ticks(st, i, type, c);
	case KT_GUID:
		return bind_guid(st, i, c);
	default:
		return bind_dynamic(st, i, c);
	}
}
