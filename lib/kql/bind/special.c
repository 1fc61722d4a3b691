/* SPDX-License-Identifier: MIT */
#include <string.h>
#include <strings.h>

#include "kql/bind/bind.h"
#include "kql/bind/operator.h"

#define HOUR 36000000000 /* ticks */

/* The functions that are more than a template. */

/* A value that is known of arg's type alone; it counts as an aggregate where
 * arg is one, and SQL must see one. */
static struct tx *
known(struct binder *b, struct tx *value, const struct tx *arg)
{
	if (!arg->aggregate)
		return value;
	value = tx_call1(b, value->type, "iif(count(*) < 0, NULL, $1)", value);
	value->aggregate = 1;
	return value;
}

static struct tx *
gettype(struct binder *b, const struct expr *x, struct tx **args, size_t n)
{
	const char *name = kql_type_name(args[0]->type);

	(void)n;
	if (args[0]->type == KT_DYNAMIC)
		return tx_call1(
		    b, KT_STRING, "kql_gettype_dynamic($1)", args[0]);
	return known(
	    b, tx_text(b, KT_STRING, name, strlen(name), x->at), args[0]);
}

static struct tx *
isnull(struct binder *b, const struct expr *x, struct tx **args, size_t n)
{
	(void)n;
	if (args[0]->type == KT_STRING)
		return known(b, tx_int(b, KT_BOOL, 0, x->at), args[0]);
	return tx_call1(b, KT_BOOL, "#1 IS NULL", args[0]);
}

static struct tx *
isnotnull(struct binder *b, const struct expr *x, struct tx **args, size_t n)
{
	(void)n;
	if (args[0]->type == KT_STRING)
		return known(b, tx_int(b, KT_BOOL, 1, x->at), args[0]);
	return tx_call1(b, KT_BOOL, "#1 IS NOT NULL", args[0]);
}

static struct tx *
isempty(struct binder *b, const struct expr *x, struct tx **args, size_t n)
{
	if (args[0]->type == KT_DYNAMIC)
		args[0] = convert(b, args[0], KT_STRING);
	if (args[0]->type == KT_STRING)
		return tx_call1(b, KT_BOOL, "#1 = ''", args[0]);
	return isnull(b, x, args, n);
}

static struct tx *
isnotempty(struct binder *b, const struct expr *x, struct tx **args, size_t n)
{
	if (args[0]->type == KT_DYNAMIC)
		args[0] = convert(b, args[0], KT_STRING);
	if (args[0]->type == KT_STRING)
		return tx_call1(b, KT_BOOL, "#1 <> ''", args[0]);
	return isnotnull(b, x, args, n);
}

/* The first that is not null; of strings the first that is not empty. */
static struct tx *
coalesce(struct binder *b, const struct expr *x, struct tx **args, size_t n)
{
	struct tx **parts = arena_alloc(b->arena, (n + 1) * sizeof(*parts));

	if (args[0]->type != KT_STRING)
		return tx_call(
		    b, args[0]->type, "coalesce($*)", x->at, args, n);
	for (size_t i = 0; i < n; i++)
		parts[i] = tx_call1(b, KT_STRING, "nullif($1, '')", args[i]);
	parts[n] = tx_text(b, KT_STRING, "", 0, x->at);
	return tx_call(b, KT_STRING, "coalesce($*)", x->at, parts, n + 1);
}

/* The values of case(): every second one and the last. */
static int
is_value(size_t i, size_t n)
{
	return i % 2 == 1 || i == n - 1;
}

static int
case_type(struct binder *b, struct tx **args, size_t n, enum kql_type *type)
{
	*type = args[n - 1]->type;
	for (size_t i = 1; i < n; i += 2) {
		*type = common_type(*type, args[i]->type);
		if (*type == KT_NONE)
			return fail_semantic(b->e, args[i]->at,
			    "case(): the values have no common type");
	}
	return 0;
}

/* case(p, v, p, v, ..., else), as CASEs that hold one another. */
static struct tx *
bind_case(struct binder *b, const struct expr *x, struct tx **args, size_t n)
{
	enum kql_type type;
	const char *sql = "CASE";

	if (n % 2 == 0) {
		fail_semantic(
		    b->e, x->at, "case() takes pairs and a value for the rest");
		return NULL;
	}
	if (case_type(b, args, n, &type) == -1)
		return NULL;
	for (size_t i = 0; i < n; i++) {
		if (is_value(i, n)) {
			args[i] = convert(b, args[i], type);
			sql = arena_printf(b->arena, "%s %s $%zu", sql,
			    i == n - 1 ? "ELSE" : "THEN", i + 1);
			continue;
		}
		if (args[i]->type != KT_BOOL) {
			fail_semantic(b->e, args[i]->at,
			    "case(): a condition of type %s",
			    kql_type_name(args[i]->type));
			return NULL;
		}
		sql = arena_printf(b->arena, "%s WHEN ?%zu", sql, i + 1);
	}
	sql = arena_printf(b->arena, "%s END", sql);
	return tx_call(b, type, sql, x->at, args, n);
}

/* now plus or minus a span, a constant where it can be. */
static struct tx *
moved(struct binder *b, const struct expr *x, struct tx *span, const char *op)
{
	struct expr move = { .kind = E_BINARY, .at = x->at, .text = op };

	return bind_arithmetic(
	    b, &move, tx_int(b, KT_DATETIME, b->now, x->at), span);
}

static struct tx *
now(struct binder *b, const struct expr *x, struct tx **args, size_t n)
{
	if (n == 0)
		return tx_int(b, KT_DATETIME, b->now, x->at);
	return moved(b, x, args[0], "+");
}

static struct tx *
ago(struct binder *b, const struct expr *x, struct tx **args, size_t n)
{
	(void)n;
	return moved(b, x, args[0], "-");
}

static int
is_part(const char *name)
{
	static const char *const parts[] = { "year", "quarter", "month", "week",
		"day", "hour", "minute", "second", "millisecond", "microsecond",
		"nanosecond" };

	for (size_t i = 0; i < sizeof(parts) / sizeof(*parts); i++)
		if (strcasecmp(parts[i], name) == 0)
			return 1;
	return 0;
}

/* Weeks are counted in fractions. */
static struct tx *
datetime_diff(
    struct binder *b, const struct expr *x, struct tx **args, size_t n)
{
	int week = is_const(args[0]) && strcasecmp(args[0]->text, "week") == 0;

	if (!is_const(args[0])) {
		fail_unsupported(b->e, x->at,
		    "datetime_diff() with a part that is no constant");
		return NULL;
	}
	if (!is_part(args[0]->text)) {
		fail_semantic(b->e, args[0]->at,
		    "'%.40s' is no part of a datetime: year, quarter, month, "
		    "week, day, hour, minute, second, millisecond, "
		    "microsecond or nanosecond",
		    args[0]->text);
		return NULL;
	}
	return tx_call(b, week ? KT_REAL : KT_LONG, "kql_datetime_diff($*)",
	    x->at, args, n);
}

/* countof(s, t[, "normal" or "regex"]) */
static struct tx *
countof(struct binder *b, const struct expr *x, struct tx **args, size_t n)
{
	int regex = n == 3 && strcmp(args[2]->text, "regex") == 0;

	if (n == 3 && !regex && strcmp(args[2]->text, "normal") != 0) {
		fail_semantic(
		    b->e, x->at, "countof() counts 'normal' or 'regex'");
		return NULL;
	}
	return tx_call(b, KT_LONG,
	    regex ? "kql_countof_regex($1, $2)" : "kql_countof($1, $2)", x->at,
	    args, 2);
}

/* range(start, stop[, step]) of one type, datetime with a timespan as step. */
static struct tx *
range(struct binder *b, const struct expr *x, struct tx **args, size_t n)
{
	enum kql_type type = args[0]->type;
	struct tx *all[3] = { args[0], args[1], n > 2 ? args[2] : NULL };
	const char *sql = type == KT_REAL ? "kql_range_real($*)"
	    : type == KT_DATETIME         ? "kql_range_datetime($*)"
	    : type == KT_TIMESPAN         ? "kql_range_timespan($*)"
					  : "kql_range_long($*)";

	if (!is_number(type) && type != KT_DATETIME && type != KT_TIMESPAN &&
	    type != KT_UNKNOWN) {
		fail_semantic(b->e, x->at, "range() cannot take values of %s",
		    kql_type_name(type));
		return NULL;
	}
	if (all[2] == NULL && is_number(type))
		all[2] = convert(b, tx_int(b, KT_LONG, 1, x->at), type);
	else if (all[2] == NULL)
		all[2] = tx_int(b, KT_TIMESPAN, HOUR, x->at);
	return tx_call(b, KT_DYNAMIC, sql, x->at, all, 3);
}

/* bin() of a time: no time is negative, so % serves where the time is a column
 * and what it is rounded to is known to be positive. */
static struct tx *
bin(struct binder *b, const struct expr *x, struct tx **args, size_t n)
{
	int plain =
	    args[0]->kind == TX_COLUMN && is_const(args[1]) && args[1]->n > 0;

	return tx_call(b, KT_DATETIME,
	    plain ? "#1 - #1 % #2" : "kql_bin($1, $2)", x->at, args, n);
}

struct tx *
bind_special(struct binder *b, const struct builtin *f, const struct expr *x,
    struct tx **args, size_t n)
{
	static const struct {
		const char *word;
		struct tx *(*bind)(
		    struct binder *, const struct expr *, struct tx **, size_t);
	} special[] = { { "!gettype", gettype }, { "!isnull", isnull },
		{ "!isnotnull", isnotnull }, { "!isempty", isempty },
		{ "!isnotempty", isnotempty }, { "!coalesce", coalesce },
		{ "!case", bind_case }, { "!bin", bin },
		{ "!bin_auto", bind_bin_auto }, { "!now", now },
		{ "!ago", ago }, { "!datetime_diff", datetime_diff },
		{ "!countof", countof },
		{ "!array_sort_asc", bind_array_sort_asc },
		{ "!array_sort_desc", bind_array_sort_desc },
		{ "!percentile_tdigest", bind_percentile_tdigest },
		{ "!bag_pack", bind_bag_pack },
		{ "!bag_pack_columns", bind_bag_pack_columns },
		{ "!pack_all", bind_pack_all },
		{ "!pack_array", bind_pack_array }, { "!prev", bind_prev },
		{ "!next", bind_next }, { "!range", range },
		{ "!column", bind_column_ifexists },
		{ "!database", bind_current_database },
		{ "!ingestion_time", bind_ingestion_time },
		{ "!service", bind_service } };

	for (size_t i = 0; i < sizeof(special) / sizeof(special[0]); i++)
		if (strcmp(special[i].word, f->sql) == 0)
			return special[i].bind(b, x, args, n);
	return bind_scalar_special(b, f, x, args, n);
}
