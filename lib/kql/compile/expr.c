/* SPDX-License-Identifier: MIT */
#include <ctype.h>
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "kql/compile/compile.h"
#include "num.h"
#include "when.h"

#define SQL_MAX 900000 /* SQLite takes a million bytes */
#define GROUP   100    /* sides of one AND or OR in parentheses */

static void put(struct compiler *, struct buf *, const struct tx *, int filter);

/* A quoted string; one with a NUL in it by its bytes. */
static void
put_string(struct buf *out, const char *s, size_t n)
{
	if (memchr(s, '\0', n) != NULL) {
		buf_puts(out, "CAST(x'");
		for (size_t i = 0; i < n; i++)
			buf_printf(out, "%02x", (unsigned char)s[i]);
		buf_puts(out, "' AS TEXT)");
		return;
	}
	buf_putc(out, '\'');
	for (size_t i = 0; i < n; i++) {
		if (s[i] == '\'')
			buf_putc(out, '\'');
		buf_putc(out, s[i]);
	}
	buf_putc(out, '\'');
}

static void
put_real(struct buf *out, double v)
{
	char text[NUM_MAX];

	if (isnan(v)) {
		buf_puts(out, "'NaN'");
	} else if (isinf(v)) {
		buf_puts(out, v < 0 ? "-9e999" : "9e999");
	} else {
		num_double(text, v);
		buf_puts(out, text);
		if (strpbrk(text, ".e") == NULL)
			buf_puts(out, ".0");
	}
}

/* Ticks with what they mean behind them, for whoever reads the SQL. */
static void
put_ticks(struct buf *out, const struct tx *x)
{
	char text[WHEN_TEXT];

	if (x->type == KT_DATETIME)
		when_format(text, x->n);
	else
		when_format_span(text, x->n);
	buf_printf(out, "%" PRId64 " /* %s */", x->n, text);
}

static void
put_const(struct buf *out, const struct tx *x)
{
	if (x->null) {
		buf_puts(out, "NULL");
		return;
	}
	switch (x->type) {
	case KT_REAL:
		put_real(out, x->real);
		break;
	case KT_STRING:
	case KT_DECIMAL:
	case KT_GUID:
	case KT_DYNAMIC:
		put_string(out, x->text, x->len);
		break;
	case KT_DATETIME:
	case KT_TIMESPAN:
		put_ticks(out, x);
		break;
	default:
		buf_printf(out, "%" PRId64, x->n);
		break;
	}
}

static const char *template(const struct tx *x, int filter)
{
	return filter && x->filter != NULL ? x->filter : x->sql;
}

/* Is the template one call, name(...), with nothing around it? */
static int
is_one_call(const char *sql)
{
	int depth = 0;

	while (isalnum((unsigned char)*sql) || *sql == '_')
		sql++;
	if (*sql != '(')
		return 0;
	for (; *sql != '\0'; sql++) {
		depth += (*sql == '(') - (*sql == ')');
		if (depth == 0)
			return sql[1] == '\0';
	}
	return 0;
}

static int
is_atomic(const struct tx *x, int filter)
{
	const char *sql;

	if (x->kind != TX_CALL)
		return 1;
	sql = template(x, filter);
	if (strcmp(sql, "$1") == 0 ||
	    (*sql != '\0' && strchr("#?", *sql) != NULL && x->nargs == 1 &&
		strchr("&|+", sql[1]) != NULL))
		return is_atomic(x->args[0], filter);
	return *sql == '"' || is_one_call(sql) || strncmp(sql, "CASE ", 5) == 0;
}

static int
is_logic(const struct tx *x)
{
	return x->kind == TX_CALL && x->nargs > 1 &&
	    (strcmp(x->sql, "#&") == 0 || strcmp(x->sql, "#|") == 0);
}

static void
put_operand(struct compiler *c, struct buf *out, const struct tx *x, int filter,
    int parens)
{
	if (parens)
		buf_putc(out, '(');
	put(c, out, x, filter);
	if (parens)
		buf_putc(out, ')');
}

/* All arguments from number i on, with something between. */
static void
put_all(struct compiler *c, struct buf *out, const struct tx *x, size_t i,
    char how, int filter)
{
	const char *between = how == '&' ? " AND "
	    : how == '|'                 ? " OR "
	    : how == '+'                 ? " || "
					 : ", ";
	int grouped = (how == '&' || how == '|') && x->nargs > GROUP, parens;

	for (size_t k = i; k < x->nargs; k++) {
		/* In groups, or SQLite finds a long list too deep. */
		if (grouped && k % GROUP == 0)
			buf_puts(out, k > 0 ? ")" : "");
		if (k > i)
			buf_puts(out, between);
		if (grouped && k % GROUP == 0)
			buf_putc(out, '(');
		if (how == '*')
			parens = 0;
		else if (how == '+')
			parens = x->nargs > 1 && !is_atomic(x->args[k], 0);
		else
			parens = x->nargs > 1 && is_logic(x->args[k]);
		put_operand(c, out, x->args[k], filter, parens);
	}
	if (grouped)
		buf_putc(out, ')');
}

static void
put_query(struct compiler *c, struct buf *out, struct plan *p, const char *end)
{
	compile_plan(c, p);
	put_select(out, p, end);
}

/* One $ # or ? of a template and what it names; returns what follows. */
static const char *
put_placeholder(
    struct compiler *c, struct buf *out, const struct tx *x, const char *p)
{
	char how = *p++;
	size_t i = 0;

	if (*p == 'q') {
		put_query(c, out, x->plan, "");
		return p + 1;
	}
	if (strchr("*&|+", *p) != NULL) {
		put_all(c, out, x, 0, *p, how == '?');
		return p + 1;
	}
	while (isdigit((unsigned char)*p))
		i = i * 10 + (size_t)(*p++ - '0');
	if (*p == '*') {
		put_all(c, out, x, i - 1, '*', 0);
		return p + 1;
	}
	if (i - 1 < x->nargs)
		put_operand(c, out, x->args[i - 1], how == '?',
		    how == '#' && !is_atomic(x->args[i - 1], 0));
	return p;
}

static void
put_call(struct compiler *c, struct buf *out, const struct tx *x, int filter)
{
	const char *p = template(x, filter);

	if (x->nargs == 0 && x->plan == NULL) {
		buf_puts(out, p);
		return;
	}
	while (*p != '\0') {
		if (strchr("$#?", *p) != NULL)
			p = put_placeholder(c, out, x, p);
		else
			buf_putc(out, *p++);
	}
}

static void
put(struct compiler *c, struct buf *out, const struct tx *x, int filter)
{
	/* let may make the text grow without bound; stop in time. */
	c->too_long |= out->len > SQL_MAX;
	if (c->too_long)
		return;
	switch (x->kind) {
	case TX_CONST:
		put_const(out, x);
		break;
	case TX_COLUMN:
		buf_puts(out, x->column->sql);
		break;
	case TX_QUERY:
		buf_puts(out, x->type == KT_STRING ? "coalesce((" : "(");
		put_query(c, out, x->plan, " LIMIT 1");
		buf_puts(out, x->type == KT_STRING ? "), '')" : ")");
		break;
	case TX_CALL:
		put_call(c, out, x, filter);
		break;
	}
}

void
put_value(struct compiler *c, struct buf *out, const struct tx *x)
{
	put(c, out, x, 0);
}

void
put_filter(struct compiler *c, struct buf *out, const struct tx *x)
{
	put(c, out, x, 1);
}

void
put_condition(struct compiler *c, struct buf *out, const struct tx *x)
{
	put_operand(c, out, x, 1, is_logic(x));
}
