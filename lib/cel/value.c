/* SPDX-License-Identifier: MIT */
#include <math.h>
#include <string.h>

#include "cel/value.h"

struct cel_value
cel_bool(int b)
{
	return (struct cel_value){ .kind = CK_BOOL, .b = b };
}

struct cel_value
cel_int(int64_t i)
{
	return (struct cel_value){ .kind = CK_INT, .i = i };
}

struct cel_value
cel_uint(uint64_t u)
{
	return (struct cel_value){ .kind = CK_UINT, .u = u };
}

struct cel_value
cel_double(double d)
{
	return (struct cel_value){ .kind = CK_DOUBLE, .d = d };
}

struct cel_value
cel_string(const char *s, size_t n)
{
	return (struct cel_value){ .kind = CK_STRING, .s = { s, n } };
}

struct cel_value
cel_bytes(const char *s, size_t n)
{
	return (struct cel_value){ .kind = CK_BYTES, .s = { s, n } };
}

const char *
cel_kind_name(enum cel_kind k)
{
	static const char *const names[] = {
		[CK_DYN] = "dyn",
		[CK_NULL] = "null_type",
		[CK_BOOL] = "bool",
		[CK_INT] = "int",
		[CK_UINT] = "uint",
		[CK_DOUBLE] = "double",
		[CK_STRING] = "string",
		[CK_BYTES] = "bytes",
		[CK_TIMESTAMP] = "google.protobuf.Timestamp",
		[CK_DURATION] = "google.protobuf.Duration",
		[CK_LIST] = "list",
		[CK_MAP] = "map",
		[CK_TYPE] = "type",
		[CK_PARAM] = "dyn",
	};

	return names[k];
}

static int
order(int less, int greater)
{
	return greater - less;
}

static int
compare_bytes(const struct cel_value *x, const struct cel_value *y)
{
	size_t n = x->s.n < y->s.n ? x->s.n : y->s.n;
	int c = n > 0 ? memcmp(x->s.s, y->s.s, n) : 0;

	return c != 0 ? order(c<0, c> 0) : order(x->s.n<y->s.n, x->s.n> y->s.n);
}

static int
is_number(const struct cel_value *v)
{
	return v->kind == CK_INT || v->kind == CK_UINT || v->kind == CK_DOUBLE;
}

static double
as_double(const struct cel_value *v)
{
	return v->kind == CK_INT ? (double)v->i
	    : v->kind == CK_UINT ? (double)v->u
				 : v->d;
}

static int
compare_doubles(double x, double y)
{
	return isnan(x) || isnan(y) ? CEL_UNORDERED : order(x<y, x> y);
}

/* Numbers of different kinds; beside a double an integer is one too. */
static int
compare_numbers(const struct cel_value *x, const struct cel_value *y)
{
	if (x->kind == CK_DOUBLE || y->kind == CK_DOUBLE)
		return compare_doubles(as_double(x), as_double(y));
	if (x->kind == CK_UINT)
		return -compare_numbers(y, x);
	if (x->i < 0)
		return -1;
	return order((uint64_t)x->i<y->u, (uint64_t)x->i> y->u);
}

int
cel_compare(const struct cel_value *x, const struct cel_value *y)
{
	if (x->kind != y->kind)
		return is_number(x) && is_number(y) ? compare_numbers(x, y)
						    : CEL_UNORDERED;
	switch (x->kind) {
	case CK_BOOL:
		return order(x->b<y->b, x->b> y->b);
	case CK_INT:
	case CK_DURATION:
		return order(x->i<y->i, x->i> y->i);
	case CK_UINT:
		return order(x->u<y->u, x->u> y->u);
	case CK_DOUBLE:
		return isnan(x->d) || isnan(y->d)
		    ? CEL_UNORDERED
		    : order(x->d<y->d, x->d> y->d);
	case CK_STRING:
	case CK_BYTES:
		return compare_bytes(x, y);
	case CK_TIMESTAMP:
		return x->i != y->i ? order(x->i<y->i, x->i> y->i)
				    : order(x->ns<y->ns, x->ns> y->ns);
	default:
		return CEL_UNORDERED;
	}
}

static int
equal_lists(const struct cel_list *x, const struct cel_list *y, size_t *steps,
    size_t most)
{
	int same = x->n == y->n;

	for (size_t i = 0; same == 1 && i < x->n; i++)
		same = cel_equal(&x->v[i], &y->v[i], steps, most);
	return same;
}

/* Each key of x with its value in y; both have as many, each once. */
static int
equal_maps(const struct cel_map *x, const struct cel_map *y, size_t *steps,
    size_t most)
{
	int same = x->n == y->n;

	for (size_t i = 0; same == 1 && i < x->n; i++) {
		size_t k = 0;

		same = 0;
		for (; same == 0 && k < y->n; k++)
			same = cel_equal(&x->keys[i], &y->keys[k], steps, most);
		if (same == 1)
			same = cel_equal(
			    &x->values[i], &y->values[k - 1], steps, most);
	}
	return same;
}

int
cel_equal(const struct cel_value *x, const struct cel_value *y, size_t *steps,
    size_t most)
{
	if (++*steps > most)
		return -1;
	if (x->kind != y->kind)
		return cel_compare(x, y) == 0;
	switch (x->kind) {
	case CK_NULL:
		return 1;
	case CK_TYPE:
		return x->type == y->type;
	case CK_LIST:
		return equal_lists(x->list, y->list, steps, most);
	case CK_MAP:
		return equal_maps(x->map, y->map, steps, most);
	case CK_STRING:
	case CK_BYTES:
		*steps += x->s.n == y->s.n ? x->s.n / 64 : 0;
		return x->s.n == y->s.n && compare_bytes(x, y) == 0;
	default:
		return cel_compare(x, y) == 0;
	}
}
