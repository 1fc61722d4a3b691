/* SPDX-License-Identifier: MIT */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cel/arith.h"
#include "cel/fns.h"
#include "cel/time.h"
#include "num.h"
#include "utf8.h"

static int
fail_range(struct cel_run *r)
{
	return cel_run_fail(r, "range error: no %s holds it", r->fn->name);
}

static int
fail_text(struct cel_run *r, const struct cel_value *v)
{
	return cel_run_fail(r, "'%.*s' is no %s",
	    (int)utf8_cut(v->s.s, v->s.n, 80), v->s.s, r->fn->name);
}

/* Digits behind a sign that may be.  Returns 0, or -1. */
static int
read_int(const struct cel_value *v, int64_t *i)
{
	const char *s = v->s.s;
	size_t n = v->s.n;
	int sign = n > 0 && (*s == '+' || *s == '-');

	if (n == (size_t)sign || s[sign] < '0' || s[sign] > '9')
		return -1;
	if (*s == '+') {
		s++;
		n--;
	}
	return num_parse_int(s, n, i);
}

static int
to_int(
    struct cel_run *r, const struct cel_value *v, int n, struct cel_value *out)
{
	(void)n;
	*out = cel_int(v->i);
	switch (v->kind) {
	case CK_UINT:
		return v->u > INT64_MAX ? fail_range(r) : 0;
	case CK_DOUBLE:
		/* as upstream's, which has no room for the least */
		if (!(v->d > -0x1p63 && v->d < 0x1p63))
			return fail_range(r);
		out->i = (int64_t)v->d;
		return 0;
	case CK_STRING:
		return read_int(v, &out->i) == -1 ? fail_text(r, v) : 0;
	default: /* int; a timestamp's second, a duration's ns */
		return 0;
	}
}

/* Digits alone.  Returns 0, or -1. */
static int
read_uint(const struct cel_value *v, uint64_t *u)
{
	*u = 0;
	for (size_t i = 0; i < v->s.n; i++) {
		unsigned digit = (unsigned)(v->s.s[i] - '0');

		if (digit > 9 || __builtin_mul_overflow(*u, 10, u) ||
		    __builtin_add_overflow(*u, digit, u))
			return -1;
	}
	return v->s.n > 0 ? 0 : -1;
}

static int
to_uint(
    struct cel_run *r, const struct cel_value *v, int n, struct cel_value *out)
{
	(void)n;
	*out = cel_uint(v->u);
	switch (v->kind) {
	case CK_INT:
		return v->i < 0 ? fail_range(r) : 0;
	case CK_DOUBLE:
		if (!(v->d >= 0 && v->d < 0x1p64))
			return fail_range(r);
		out->u = (uint64_t)v->d;
		return 0;
	case CK_STRING:
		return read_uint(v, &out->u) == -1 ? fail_text(r, v) : 0;
	default:
		return 0;
	}
}

/* Only text that says so is infinite. */
static int
read_double(const struct cel_value *v, double *d)
{
	if (num_parse_double(v->s.s, v->s.n, d) == -1)
		return -1;
	return isinf(*d) && memchr(v->s.s, 'n', v->s.n) == NULL &&
		memchr(v->s.s, 'N', v->s.n) == NULL
	    ? -1
	    : 0;
}

static int
to_double(
    struct cel_run *r, const struct cel_value *v, int n, struct cel_value *out)
{
	(void)n;
	*out = cel_double(v->d);
	switch (v->kind) {
	case CK_INT:
		out->d = (double)v->i;
		return 0;
	case CK_UINT:
		out->d = (double)v->u;
		return 0;
	case CK_STRING:
		return read_double(v, &out->d) == -1 ? fail_text(r, v) : 0;
	default:
		return 0;
	}
}

static int
to_bool(
    struct cel_run *r, const struct cel_value *v, int n, struct cel_value *out)
{
	static const char *const words[] = { "false", "False", "FALSE", "f",
		"F", "0", "true", "True", "TRUE", "t", "T", "1" };

	(void)n;
	*out = *v;
	if (v->kind == CK_BOOL)
		return 0;
	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (v->s.n == strlen(words[i]) &&
		    memcmp(v->s.s, words[i], v->s.n) == 0) {
			*out = cel_bool(i >= 6);
			return 0;
		}
	return fail_text(r, v);
}

/*
 * The least digits that are read back as d, with an exponent below 1e-4 and
 * from 1e6 on, as upstream has it.
 */
static size_t
put_double(char out[NUM_MAX], double d)
{
	int digits = 0, exp;

	if (!isfinite(d))
		return num_double(out, d);
	do
		snprintf(out, NUM_MAX, "%.*e", digits, d);
	while (strtod(out, NULL) != d && ++digits < 17);
	exp = atoi(strchr(out, 'e') + 1);
	if (exp >= -4 && exp < 6)
		snprintf(
		    out, NUM_MAX, "%.*f", digits > exp ? digits - exp : 0, d);
	return strlen(out);
}

/* The text of what is neither text nor bytes. */
static size_t
put_text(char out[CEL_TIME_MAX], const struct cel_value *v)
{
	switch (v->kind) {
	case CK_BOOL:
		return (size_t)sprintf(out, "%s", v->b ? "true" : "false");
	case CK_UINT:
		return (size_t)sprintf(out, "%" PRIu64, v->u);
	case CK_DOUBLE:
		return put_double(out, v->d);
	case CK_TIMESTAMP:
		return cel_put_timestamp(out, v);
	case CK_DURATION:
		return cel_put_duration(out, v->i);
	default:
		return num_int(out, v->i);
	}
}

static int
to_string(
    struct cel_run *r, const struct cel_value *v, int n, struct cel_value *out)
{
	char text[CEL_TIME_MAX];
	size_t len;

	(void)n;
	if (v->kind == CK_STRING || v->kind == CK_BYTES) {
		*out = cel_string(v->s.s, v->s.n);
		if (v->kind == CK_BYTES && !utf8_valid(v->s.s, v->s.n))
			return cel_run_fail(r, "invalid UTF-8 in bytes");
		return cel_run_work(r, v->s.n / 64);
	}
	len = put_text(text, v);
	*out = cel_string(arena_strndup(r->a, text, len), len);
	return 0;
}

static int
to_bytes(
    struct cel_run *r, const struct cel_value *v, int n, struct cel_value *out)
{
	(void)r;
	(void)n;
	*out = cel_bytes(v->s.s, v->s.n);
	return 0;
}

static int
to_type(
    struct cel_run *r, const struct cel_value *v, int n, struct cel_value *out)
{
	(void)r;
	(void)n;
	*out = (struct cel_value){ .kind = CK_TYPE, .type = v->kind };
	return 0;
}

static int
to_dyn(
    struct cel_run *r, const struct cel_value *v, int n, struct cel_value *out)
{
	(void)r;
	(void)n;
	*out = *v;
	return 0;
}

static int
to_timestamp(
    struct cel_run *r, const struct cel_value *v, int n, struct cel_value *out)
{
	(void)n;
	*out = *v;
	if (v->kind == CK_STRING)
		return cel_read_timestamp(v->s.s, v->s.n, out) == -1
		    ? fail_text(r, v)
		    : 0;
	if (v->kind == CK_INT) {
		if (v->i < CEL_SECOND_MIN || v->i > CEL_SECOND_MAX)
			return fail_range(r);
		*out = (struct cel_value){ .kind = CK_TIMESTAMP, .i = v->i };
	}
	return 0;
}

static int
to_duration(
    struct cel_run *r, const struct cel_value *v, int n, struct cel_value *out)
{
	(void)n;
	*out = *v;
	return v->kind == CK_STRING &&
		cel_read_duration(v->s.s, v->s.n, out) == -1
	    ? fail_text(r, v)
	    : 0;
}

const struct cel_fn cel_fns_convert[] = {
	{ "bool", to_bool, SIGNATURES("b>b", "s>b"), 0 },
	{ "bytes", to_bytes, SIGNATURES("y>y", "s>y"), 0 },
	{ "double", to_double, SIGNATURES("d>d", "i>d", "s>d", "u>d"), 0 },
	{ "duration", to_duration, SIGNATURES("D>D", "s>D"), 0 },
	{ "dyn", to_dyn, SIGNATURES("A>*"), 0 },
	{ "int", to_int, SIGNATURES("i>i", "d>i", "D>i", "s>i", "t>i", "u>i"),
	    0 },
	{ "string", to_string,
	    SIGNATURES("s>s", "b>s", "y>s", "d>s", "D>s", "i>s", "t>s", "u>s"),
	    0 },
	{ "timestamp", to_timestamp, SIGNATURES("t>t", "i>t", "s>t"), 0 },
	{ "type", to_type, SIGNATURES("A>TA"), 0 },
	{ "uint", to_uint, SIGNATURES("u>u", "d>u", "i>u", "s>u"), 0 },
	{ NULL, NULL, NULL, 0 },
};
