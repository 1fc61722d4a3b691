/* SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "json.h"
#include "kql/decimal.h"
#include "kql/fn/dyn.h"
#include "kql/fn/fn.h"
#include "kql/real_text.h"
#include "kql/types.h"
#include "kql/value.h"
#include "num.h"
#include "when.h"

/* A value to be converted, apart from how it is stored. */
struct from {
	enum kql_type type; /* dynamic: only an array or a bag */
	int in_json;        /* it stood in a dynamic value */
	int64_t i;
	double d;
	const char *s; /* text without the blanks around it */
	size_t n;
	struct buf b; /* where s may live */
};

static void
trim(struct from *f)
{
	while (f->n > 0 && strchr(" \t\r\n", *f->s) != NULL) {
		f->s++;
		f->n--;
	}
	while (f->n > 0 && strchr(" \t\r\n", f->s[f->n - 1]) != NULL)
		f->n--;
}

/* What is written as a string in a dynamic value. */
static void
from_text(struct from *f, enum dyn_kind kind)
{
	f->type = kind == DYN_GUID ? KT_GUID
	    : kind == DYN_DECIMAL  ? KT_DECIMAL
	    : kind == DYN_DATETIME ? KT_DATETIME
	    : kind == DYN_TIMESPAN ? KT_TIMESPAN
				   : KT_STRING;
	if (f->type == KT_DATETIME)
		value_datetime(f->s, f->n, &f->i);
	else if (f->type == KT_TIMESPAN)
		value_timespan(f->s, f->n, &f->i);
	f->d = (double)f->i;
}

/* What stands in a dynamic value, as a value of its own type. */
static void
from_dynamic(struct from *f)
{
	struct dyn d = { f->s, f->n };

	f->in_json = 1;
	switch (dyn_kind(d)) {
	case DYN_BOOL:
		f->type = KT_BOOL;
		f->i = *f->s == 't';
		f->d = (double)f->i;
		return;
	case DYN_LONG:
		if (num_parse_int(f->s, f->n, &f->i) == 0) {
			f->type = KT_LONG;
			f->d = (double)f->i;
			return;
		}
		/* fall through */
	case DYN_REAL:
		f->type = KT_REAL;
		num_parse_double(f->s, f->n, &f->d);
		return;
	case DYN_ARRAY:
	case DYN_BAG:
	case DYN_NULL:
		return;
	default:
		dyn_text(&f->b, d);
		f->s = buf_str(&f->b);
		f->n = f->b.len;
		from_text(f, dyn_kind(d));
	}
}

/* Returns 0 for a null. */
static int
read_from(struct from *f, enum kql_type type, sqlite3_value *v)
{
	struct fn_number x = fn_number(v);

	memset(f, 0, sizeof(*f));
	f->type = type;
	if (x.is == FN_NULL)
		return 0;
	f->i = x.i;
	f->d = x.d;
	if (type == KT_STRING || type == KT_DECIMAL || type == KT_GUID ||
	    type == KT_DYNAMIC)
		f->s = fn_str(v, &f->n);
	if (type == KT_DYNAMIC)
		from_dynamic(f);
	return 1;
}

/* An integer in text: decimal, or 0x and hexadecimal digits. */
static int
text_integer(struct from *f, int64_t *v)
{
	char digits[24], *end;

	trim(f);
	if (num_parse_int(f->s, f->n, v) == 0)
		return 1;
	if (f->n < 3 || f->n > 18 || strncasecmp(f->s, "0x", 2) != 0)
		return 0;
	memcpy(digits, f->s + 2, f->n - 2);
	digits[f->n - 2] = '\0';
	*v = (int64_t)strtoull(digits, &end, 16);
	return *end == '\0' && digits[0] != '-' && digits[0] != '+';
}

/* What stands before the point, if it is one. */
static int
decimal_integer(struct from *f, int64_t *v)
{
	const char *point = memchr(f->s, '.', f->n);
	size_t n = point != NULL ? (size_t)(point - f->s) : f->n;

	return num_parse_int(f->s, n, v) == 0;
}

static int64_t
clamp(double d, int64_t least, int64_t most)
{
	if (d >= (double)most)
		return most;
	return d <= (double)least ? least : (int64_t)d;
}

static void
to_integer(sqlite3_context *c, struct from *f, enum kql_type to)
{
	int64_t least = to == KT_INT ? INT32_MIN : INT64_MIN;
	int64_t most = to == KT_INT ? INT32_MAX : INT64_MAX, v = f->i;

	switch (f->type) {
	case KT_DYNAMIC:
	case KT_GUID:
		return;
	case KT_DECIMAL:
		if (num_parse_double(f->s, f->n, &f->d) == -1)
			return;
		if (decimal_integer(f, &v))
			break;
		/* fall through */
	case KT_REAL:
		if (!isnan(f->d))
			sqlite3_result_int64(c, clamp(f->d, least, most));
		return;
	case KT_STRING:
		if (!text_integer(f, &v))
			return;
		break;
	default:
		if (to == KT_INT)
			v = (int32_t)v; /* the service wraps it */
		break;
	}
	if (v >= least && v <= most)
		sqlite3_result_int64(c, v);
}

static void
to_bool(sqlite3_context *c, struct from *f)
{
	int64_t v;

	if (f->type == KT_DYNAMIC || f->type == KT_GUID)
		return;
	if (f->type != KT_STRING) {
		sqlite3_result_int(c, f->d != 0);
		return;
	}
	if (f->n == 4 && strncasecmp(f->s, "true", 4) == 0)
		sqlite3_result_int(c, 1);
	else if (f->n == 5 && strncasecmp(f->s, "false", 5) == 0)
		sqlite3_result_int(c, 0);
	else if (text_integer(f, &v))
		sqlite3_result_int(c, v != 0);
}

static void
to_real(sqlite3_context *c, struct from *f)
{
	if (f->type == KT_DYNAMIC || f->type == KT_GUID)
		return;
	if (f->type == KT_STRING || f->type == KT_DECIMAL) {
		trim(f);
		if (num_parse_double(f->s, f->n, &f->d) == -1)
			return;
	}
	fn_real(c, f->d);
}

/* A real has the digits that it is written with. */
static void
to_decimal(sqlite3_context *c, struct from *f)
{
	char out[DECIMAL_TEXT], real[NUM_MAX];
	struct decimal d;

	trim(f);
	if (f->type == KT_REAL && isfinite(f->d)) {
		f->n = num_double(real, f->d);
		f->s = real;
	}
	if (f->type == KT_LONG || f->type == KT_INT || f->type == KT_BOOL)
		d = decimal_of(f->i);
	else if (f->type == KT_DATETIME || f->type == KT_TIMESPAN ||
	    f->type == KT_DYNAMIC || f->type == KT_GUID ||
	    decimal_parse(f->s, f->n, &d) == -1)
		return;
	fn_text(c, out, decimal_text(out, &d));
}

static size_t
any_real_text(char out[NUM_MAX], double d)
{
	if (isfinite(d))
		return real_text(out, d);
	strcpy(out, isnan(d) ? "NaN" : d > 0 ? "inf" : "-inf");
	return strlen(out);
}

static void
json_text(sqlite3_context *c, struct from *f)
{
	struct buf b = { 0 };

	dyn_json(&b, (struct dyn){ f->s, f->n });
	fn_buf(c, &b);
}

static void
to_string(sqlite3_context *c, struct from *f)
{
	char out[WHEN_TEXT + NUM_MAX];
	static const char *const bools[2][2] = { { "False", "True" },
		{ "false", "true" } };

	switch (f->type) {
	case KT_BOOL:
		sqlite3_result_text(
		    c, bools[f->in_json][f->i != 0], -1, SQLITE_STATIC);
		return;
	case KT_INT:
	case KT_LONG:
		fn_text(c, out, num_int(out, f->i));
		return;
	case KT_REAL:
		fn_text(c, out, any_real_text(out, f->d));
		return;
	case KT_DATETIME:
		if (f->i >= 0 && f->i <= WHEN_MAX)
			fn_text(c, out, when_format_kusto(out, f->i));
		return;
	case KT_TIMESPAN:
		fn_text(c, out, when_format_span(out, f->i));
		return;
	case KT_DYNAMIC:
		json_text(c, f);
		return;
	default:
		fn_text(c, f->s, f->n);
	}
}

static void
to_time(sqlite3_context *c, struct from *f, enum kql_type to)
{
	ticks t = f->i;

	switch (f->type) {
	case KT_STRING:
		if (to == KT_DATETIME ? value_datetime(f->s, f->n, &t) == -1
				      : value_timespan(f->s, f->n, &t) == -1)
			return;
		break;
	case KT_INT:
	case KT_LONG:
	case KT_DATETIME:
	case KT_TIMESPAN:
		break;
	default:
		return;
	}
	if (to == KT_TIMESPAN || (t >= 0 && t <= WHEN_MAX))
		sqlite3_result_int64(c, t);
}

static void
to_guid(sqlite3_context *c, struct from *f)
{
	char out[37];

	if ((f->type == KT_STRING || f->type == KT_GUID) &&
	    value_guid(f->s, f->n, out) == 0)
		fn_text(c, out, 36);
}

/* parse_json: text that is no JSON is a JSON string; empty text is null. */
static void
parse_json(sqlite3_context *c, struct from *f)
{
	struct buf b = { 0 };

	if (f->n == 0)
		return;
	if (dyn_parse(&b, f->s, f->n) == -1) {
		buf_reset(&b);
		json_write_str(&b, f->s, f->n);
	}
	if (strcmp(b.data, "null") != 0)
		fn_text(c, b.data, b.len);
	buf_fini(&b);
}

static void
to_dynamic(sqlite3_context *c, struct from *f)
{
	char out[NUM_MAX];
	struct buf b = { 0 };

	switch (f->type) {
	case KT_STRING:
		parse_json(c, f);
		return;
	case KT_BOOL:
		fn_text(c, f->i ? "true" : "false", f->i ? 4 : 5);
		return;
	case KT_INT:
	case KT_LONG:
		fn_text(c, out, num_int(out, f->i));
		return;
	case KT_DECIMAL:
		dyn_put_as(&b, DYN_DECIMAL, f->s, f->n);
		break;
	case KT_REAL:
		dyn_put_real(&b, f->d);
		break;
	case KT_DATETIME:
		dyn_put_datetime(&b, f->i);
		break;
	case KT_TIMESPAN:
		dyn_put_timespan(&b, f->i);
		break;
	default:
		dyn_put_as(&b, DYN_GUID, f->s, f->n);
	}
	fn_buf(c, &b);
}

#define PAIR(from, to) ((from)*KT_COUNT + (to))

static void
convert(sqlite3_context *c, int n, sqlite3_value **v)
{
	int what = fn_self(c)->what;
	enum kql_type to = (enum kql_type)(what % KT_COUNT);
	struct from f;

	(void)n;
	if (!read_from(&f, (enum kql_type)(what / KT_COUNT), v[0])) {
		if (to == KT_STRING)
			fn_text(c, "", 0);
		return;
	}
	switch (to) {
	case KT_BOOL:
		to_bool(c, &f);
		break;
	case KT_INT:
	case KT_LONG:
		to_integer(c, &f, to);
		break;
	case KT_REAL:
		to_real(c, &f);
		break;
	case KT_DECIMAL:
		to_decimal(c, &f);
		break;
	case KT_STRING:
		to_string(c, &f);
		break;
	case KT_DATETIME:
	case KT_TIMESPAN:
		to_time(c, &f, to);
		break;
	case KT_GUID:
		to_guid(c, &f);
		break;
	default:
		to_dynamic(c, &f);
	}
	buf_fini(&f.b);
}

/* A string as the JSON string it is, whatever it holds. */
static void
quote(sqlite3_context *c, int nargs, sqlite3_value **v)
{
	struct buf b = { 0 };
	size_t n;
	const char *s = fn_str(v[0], &n);

	(void)nargs;
	json_write_str(&b, s, n);
	fn_buf(c, &b);
}

#define TO(from, FROM, to, TO)                                               \
	{                                                                    \
		"kql_" from "_to_" to, 1, convert, PAIR(KT_##FROM, KT_##TO), \
		    NULL                                                     \
	}
#define TO_ALL(from, FROM)                                              \
	TO(from, FROM, "bool", BOOL), TO(from, FROM, "int", INT),       \
	    TO(from, FROM, "long", LONG), TO(from, FROM, "real", REAL), \
	    TO(from, FROM, "decimal", DECIMAL),                         \
	    TO(from, FROM, "string", STRING),                           \
	    TO(from, FROM, "datetime", DATETIME),                       \
	    TO(from, FROM, "timespan", TIMESPAN),                       \
	    TO(from, FROM, "guid", GUID), TO(from, FROM, "dynamic", DYNAMIC)

const struct fn fn_convert[] = {
	TO_ALL("bool", BOOL),
	TO_ALL("int", INT),
	TO_ALL("long", LONG),
	TO_ALL("real", REAL),
	TO_ALL("decimal", DECIMAL),
	TO_ALL("string", STRING),
	TO_ALL("datetime", DATETIME),
	TO_ALL("timespan", TIMESPAN),
	TO_ALL("guid", GUID),
	TO_ALL("dynamic", DYNAMIC),
	{ "kql_quote", 1, quote, 0, NULL },
	{ NULL, 0, NULL, 0, NULL },
};
