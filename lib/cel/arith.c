/* SPDX-License-Identifier: MIT */
#include <math.h>
#include <string.h>

#include "cel/arith.h"
#include "cel/fns.h"

static int
fail_zero(struct cel_run *r, int op)
{
	return cel_run_fail(
	    r, op == '/' ? "division by zero" : "modulus by zero");
}

static int
on_ints(struct cel_run *r, int op, int64_t x, int64_t y, int64_t *out)
{
	int over = 0;

	if ((op == '/' || op == '%') && y == 0)
		return fail_zero(r, op);
	switch (op) {
	case '+':
		over = __builtin_add_overflow(x, y, out);
		break;
	case '-':
		over = __builtin_sub_overflow(x, y, out);
		break;
	case '*':
		over = __builtin_mul_overflow(x, y, out);
		break;
	default:
		over = x == INT64_MIN && y == -1;
		if (!over)
			*out = op == '/' ? x / y : x % y;
	}
	return over ? cel_run_fail(r, "integer overflow") : 0;
}

static int
on_uints(struct cel_run *r, int op, uint64_t x, uint64_t y, uint64_t *out)
{
	int over = 0;

	if ((op == '/' || op == '%') && y == 0)
		return fail_zero(r, op);
	switch (op) {
	case '+':
		over = __builtin_add_overflow(x, y, out);
		break;
	case '-':
		over = __builtin_sub_overflow(x, y, out);
		break;
	case '*':
		over = __builtin_mul_overflow(x, y, out);
		break;
	default:
		*out = op == '/' ? x / y : x % y;
	}
	return over ? cel_run_fail(r, "unsigned integer overflow") : 0;
}

static double
on_doubles(int op, double x, double y)
{
	switch (op) {
	case '+':
		return x + y;
	case '-':
		return x - y;
	case '*':
		return x * y;
	default:
		return x / y;
	}
}

/* Text or bytes, one behind the other. */
static int
join_text(struct cel_run *r, const struct cel_value *x,
    const struct cel_value *y, struct cel_value *out)
{
	size_t n = x->s.n + y->s.n;
	char *s;

	if (cel_run_work(r, n / 16) == -1)
		return -1;
	s = arena_alloc(r->a, n + 1);
	memcpy(s, x->s.s, x->s.n);
	memcpy(s + x->s.n, y->s.s, y->s.n);
	*out = cel_string(s, n);
	out->kind = x->kind;
	return 0;
}

static int
join_lists(struct cel_run *r, const struct cel_list *x,
    const struct cel_list *y, struct cel_value *out)
{
	struct cel_list *l;
	size_t n = x->n + y->n;

	if (cel_run_work(r, n) == -1)
		return -1;
	l = arena_alloc(r->a, sizeof(*l));
	l->n = n;
	l->v = arena_alloc(r->a, (n + 1) * sizeof(*l->v));
	memcpy(l->v, x->v, x->n * sizeof(*l->v));
	memcpy(l->v + x->n, y->v, y->n * sizeof(*l->v));
	*out = (struct cel_value){ .kind = CK_LIST, .list = l };
	return 0;
}

/* A time and a span of ns, which are added or taken away. */
static int
move_time(struct cel_run *r, const struct cel_value *t, int64_t span, int op,
    struct cel_value *out)
{
	int64_t sign = op == '-' ? -1 : 1;
	int64_t sec = t->i + sign * (span / CEL_NS);
	int64_t ns = t->ns + sign * (span % CEL_NS);

	if (ns < 0) {
		sec--;
		ns += CEL_NS;
	} else if (ns >= CEL_NS) {
		sec++;
		ns -= CEL_NS;
	}
	if (sec < CEL_SECOND_MIN || sec > CEL_SECOND_MAX)
		return cel_run_fail(r, "timestamp overflow");
	*out = (struct cel_value){
		.kind = CK_TIMESTAMP, .ns = (int32_t)ns, .i = sec
	};
	return 0;
}

/* From one time to another. */
static int
span_between(struct cel_run *r, const struct cel_value *x,
    const struct cel_value *y, struct cel_value *out)
{
	int64_t ns;

	*out = (struct cel_value){ .kind = CK_DURATION };
	if (__builtin_mul_overflow(x->i - y->i, CEL_NS, &ns) ||
	    __builtin_add_overflow(ns, (int64_t)(x->ns - y->ns), &out->i))
		return cel_run_fail(r, "duration overflow");
	return 0;
}

/* + and - with a time on the left, or a span on the left of a time. */
static int
on_times(struct cel_run *r, int op, const struct cel_value *x,
    const struct cel_value *y, struct cel_value *out)
{
	if (x->kind == CK_DURATION)
		return move_time(r, y, x->i, op, out);
	return y->kind == CK_DURATION ? move_time(r, x, y->i, op, out)
				      : span_between(r, x, y, out);
}

int
cel_arith(struct cel_run *r, const struct cel_value *args, int n,
    struct cel_value *out)
{
	const struct cel_value *x = args, *y = args + 1;
	int op = r->fn->what;

	(void)n;
	*out = (struct cel_value){ .kind = x->kind };
	switch (x->kind) {
	case CK_UINT:
		return on_uints(r, op, x->u, y->u, &out->u);
	case CK_DOUBLE:
		out->d = on_doubles(op, x->d, y->d);
		return 0;
	case CK_STRING:
	case CK_BYTES:
		return join_text(r, x, y, out);
	case CK_LIST:
		return join_lists(r, x->list, y->list, out);
	case CK_TIMESTAMP:
		return on_times(r, op, x, y, out);
	case CK_DURATION:
		if (y->kind == CK_TIMESTAMP)
			return on_times(r, op, x, y, out);
		break;
	default:
		break;
	}
	return on_ints(r, op, x->i, y->i, &out->i);
}

int
cel_negate(struct cel_run *r, const struct cel_value *args, int n,
    struct cel_value *out)
{
	(void)n;
	*out = *args;
	if (args->kind == CK_DOUBLE) {
		out->d = -args->d;
		return 0;
	}
	return on_ints(r, '-', 0, args->i, &out->i);
}
