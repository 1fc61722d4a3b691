/* SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>

#include "kql/fn/fn.h"
#include "kql/fn/table.h"
#include "kql/types.h"
#include "kql/value.h"
#include "num.h"
#include "regex.h"

struct text {
	const char *s;
	size_t n;
};

/* The texts of the columns, and how far a match has come. */
struct pattern {
	int rows; /* still to give */
	struct text columns[FN_TABLE_COLUMNS];
	enum kql_type types[FN_TABLE_COLUMNS];
	int n;
};

/* Is the text a value of the type, as its conversion reads it? */
static int
is_value(struct text t, enum kql_type type)
{
	char guid[37];
	int64_t v;
	double d;

	while (t.n > 0 && *t.s == ' ') {
		t.s++;
		t.n--;
	}
	while (t.n > 0 && t.s[t.n - 1] == ' ')
		t.n--;
	switch (type) {
	case KT_INT:
		return num_parse_int(t.s, t.n, &v) == 0 && v == (int32_t)v;
	case KT_LONG:
		return num_parse_int(t.s, t.n, &v) == 0;
	case KT_REAL:
		return num_parse_double(t.s, t.n, &d) == 0;
	case KT_DECIMAL:
		return num_parse_double(t.s, t.n, &d) == 0 && isfinite(d);
	case KT_BOOL:
		return (t.n == 4 && strncasecmp(t.s, "true", 4) == 0) ||
		    (t.n == 5 && strncasecmp(t.s, "false", 5) == 0) ||
		    num_parse_int(t.s, t.n, &v) == 0;
	case KT_DATETIME:
		return value_datetime(t.s, t.n, &v) == 0;
	case KT_TIMESPAN:
		return value_timespan(t.s, t.n, &v) == 0;
	case KT_GUID:
		return value_guid(t.s, t.n, guid) == 0;
	default:
		return 1;
	}
}

static struct text
argument(sqlite3_value *v)
{
	struct text t;

	t.s = fn_str(v, &t.n);
	return t;
}

static int
begins(struct text s, struct text with)
{
	return s.n >= with.n && memcmp(s.s, with.s, with.n) == 0;
}

/*
 * Where a literal is in the rest of the text: at its start, or anywhere if a
 * column or * comes before it, but at the end if it is the last of all.  NULL:
 * it is not there.
 */
static const char *
find_literal(struct text rest, struct text literal, int anywhere, int last)
{
	const char *at = rest.s;

	if (last) {
		if (rest.n < literal.n || (!anywhere && rest.n > literal.n))
			return NULL;
		at = rest.s + rest.n - literal.n;
		return memcmp(at, literal.s, literal.n) == 0 ? at : NULL;
	}
	if (!anywhere)
		return begins(rest, literal) ? at : NULL;
	return literal.n == 0 ? at
			      : memmem(rest.s, rest.n, literal.s, literal.n);
}

static void
add_column(struct pattern *p, enum kql_type type, const char *s, size_t n)
{
	p->columns[p->n].s = s;
	p->columns[p->n].n = n;
	p->types[p->n++] = type;
}

/* How much of a text is a number. */
static size_t
number_length(struct text t, enum kql_type type)
{
	const char *digits = "0123456789";
	size_t sign = t.n > 0 && strchr("-+", *t.s) != NULL, n = sign;

	while (n < t.n && memchr(digits, t.s[n], 10) != NULL)
		n++;
	if (type == KT_INT || type == KT_LONG || n == t.n || t.s[n] != '.')
		return n;
	for (n++; n < t.n && memchr(digits, t.s[n], 10) != NULL;)
		n++;
	return n;
}

static int
is_number(enum kql_type type)
{
	return type == KT_INT || type == KT_LONG || type == KT_REAL ||
	    type == KT_DECIMAL;
}

/* A * behind a column: a number ends by itself, other columns take all. */
static void
close_column(struct pattern *p, enum kql_type *open, struct text *rest)
{
	size_t n;

	if (!is_number(*open))
		return;
	n = number_length(*rest, *open);
	add_column(p, *open, rest->s, n);
	rest->s += n;
	rest->n -= n;
	*open = KT_NONE;
}

/* Match items, =literal, * or a column's type each.  Returns 1 or 0. */
static int
match_items(struct pattern *p, struct text rest, int n, sqlite3_value **items)
{
	enum kql_type open = KT_NONE; /* a column waits for its end */
	int anywhere = 0;
	struct text item;
	const char *at;

	for (int i = 0; i < n; i++) {
		item = argument(items[i]);
		if (*item.s != '=') {
			if (*item.s == '*')
				close_column(p, &open, &rest);
			else
				open = kql_type_find(item.s);
			anywhere = 1;
			continue;
		}
		item.s++;
		item.n--;
		at = find_literal(rest, item, anywhere, i == n - 1);
		if (at == NULL)
			return 0;
		if (open != KT_NONE)
			add_column(p, open, rest.s, (size_t)(at - rest.s));
		rest.n -= (size_t)(at + item.n - rest.s);
		rest.s = at + item.n;
		open = KT_NONE;
		anywhere = 0;
	}
	if (open != KT_NONE)
		add_column(p, open, rest.s, rest.n);
	return anywhere || rest.n == 0;
}

/* Match a regex, kept compiled.  Returns 1, 0, or -1 when it is given up. */
static int
match_regex(
    struct pattern *p, struct text s, void **kept, int n, sqlite3_value **args)
{
	struct regex_span spans[REGEX_GROUPS], *g;
	struct text pattern = argument(args[0]);
	struct err e;
	int r, k;

	if (*kept == NULL)
		*kept = regex_new(pattern.s, pattern.n, &e);
	if (*kept == NULL)
		return -1;
	if ((r = regex_find(*kept, s.s, s.n, 0, spans)) != 1)
		return r;
	for (int i = 1; i + 1 < n; i += 2) {
		k = sqlite3_value_int(args[i]);
		g = &spans[k > 0 && k < REGEX_GROUPS ? k : 0];
		add_column(p, kql_type_find(argument(args[i + 1]).s),
		    g->from == SIZE_MAX ? "" : s.s + g->from,
		    g->from == SIZE_MAX ? 0 : g->to - g->from);
	}
	return 1;
}

/* Leave out what is not of its type: a column, or all. */
static void
check_types(struct pattern *p, int relaxed, int *matched)
{
	for (int i = 0; i < p->n; i++) {
		if (is_value(p->columns[i], p->types[i]))
			continue;
		p->columns[i].n = 0;
		if (!relaxed)
			*matched = 0;
	}
}

static void *
open(
    struct arena *a, void **kept, int n, sqlite3_value **args, const char **why)
{
	struct pattern *p = arena_zalloc(a, sizeof(*p));
	const char *kind = argument(args[1]).s;
	struct text s = argument(args[2]);
	int matched;

	s.s = arena_strndup(a, s.s, s.n);
	matched = strcmp(kind, "regex") == 0
	    ? match_regex(p, s, kept, n - 3, args + 3)
	    : match_items(p, s, n - 3, args + 3);
	if (matched == -1) {
		*why = "regular expression takes too long";
		return NULL;
	}
	check_types(p, strcmp(kind, "relaxed") == 0, &matched);
	if (!matched)
		p->n = 0;
	p->rows = matched || strcmp(argument(args[0]).s, "parse") == 0;
	return p;
}

static void
drop(void *kept)
{
	regex_free(kept);
}

static int
next(void *state)
{
	struct pattern *p = state;

	return p->rows-- > 0;
}

static void
column(void *state, int k, sqlite3_context *out)
{
	struct pattern *p = state;

	if (k >= 0 && k < p->n)
		fn_text(out, p->columns[k].s, p->columns[k].n);
	else
		fn_text(out, "", 0);
}

const struct fn_table fn_pattern = { "kql_parse", open, drop, next, column };
