/* SPDX-License-Identifier: MIT */
#include "cel/types.h"

/* What a parameter was before it was found out. */
struct cel_found {
	struct cel_type *param, *before;
	struct cel_found *older;
};

struct cel_type *
cel_type(struct cel_types *t, enum cel_kind kind, struct cel_type *a,
    struct cel_type *b)
{
	struct cel_type *new = arena_alloc(t->a, sizeof(*new));

	*new = (struct cel_type){ kind, a, b };
	return new;
}

struct cel_type *
cel_type_of(struct cel_type *t)
{
	while (t->kind == CK_PARAM && t->a != NULL)
		t = t->a;
	return t;
}

static void
find_out(struct cel_types *t, struct cel_type *param, struct cel_type *is)
{
	struct cel_found *f = arena_alloc(t->a, sizeof(*f));

	*f = (struct cel_found){ param, param->a, t->found };
	t->found = f;
	param->a = is;
}

static void
take_back(struct cel_types *t, struct cel_found *to)
{
	for (; t->found != to; t->found = t->found->older)
		t->found->param->a = t->found->before;
}

/* Whether the parameter is within a type: it cannot be that type then. */
static int
occurs(const struct cel_type *param, struct cel_type *in)
{
	if (in == NULL)
		return 0;
	in = cel_type_of(in);
	return in == param ||
	    (in->kind != CK_PARAM &&
		(occurs(param, in->a) || occurs(param, in->b)));
}

/* Whether x says no more than y: what holds dyn is less than what holds int. */
static int
says_less(struct cel_type *x, struct cel_type *y)
{
	x = cel_type_of(x);
	y = cel_type_of(y);
	if (x->kind == CK_DYN || x->kind == CK_PARAM)
		return 1;
	if (x->kind != y->kind)
		return x->kind != CK_NULL && y->kind == CK_NULL;
	return (x->a == NULL || y->a == NULL || says_less(x->a, y->a)) &&
	    (x->b == NULL || y->b == NULL || says_less(x->b, y->b));
}

static int fits(struct cel_types *, struct cel_type *, struct cel_type *);

/* Let a parameter be the type, which must fit what it is already. */
static int
fits_param(struct cel_types *t, struct cel_type *param, struct cel_type *is)
{
	struct cel_type *was = param->a;

	if (was == NULL) {
		if (cel_type_of(is) == param)
			return 1;
		if (occurs(param, is))
			return 0;
		find_out(t, param, is);
		return 1;
	}
	if (!fits(t, is, was))
		return 0;
	if (cel_type_of(was) != cel_type_of(is) && says_less(is, was) &&
	    !occurs(param, is))
		find_out(t, param, is);
	return 1;
}

/* null stands for times too, as it does for messages. */
static int
fits_null(enum cel_kind k)
{
	return k == CK_NULL || k == CK_TIMESTAMP || k == CK_DURATION;
}

static int
fits(struct cel_types *t, struct cel_type *from, struct cel_type *to)
{
	if (from == to)
		return 1;
	if (to->kind == CK_PARAM)
		return fits_param(t, to, from);
	if (from->kind == CK_PARAM)
		return fits_param(t, from, to);
	if (from->kind == CK_DYN || to->kind == CK_DYN)
		return 1;
	if (from->kind == CK_NULL)
		return fits_null(to->kind);
	if (to->kind == CK_NULL)
		return fits_null(from->kind);
	if (from->kind != to->kind)
		return 0;
	if (from->kind == CK_LIST)
		return fits(t, from->a, to->a);
	if (from->kind == CK_MAP)
		return fits(t, from->a, to->a) && fits(t, from->b, to->b);
	return 1;
}

int
cel_types_fit(struct cel_types *t, struct cel_type *const *from,
    struct cel_type *const *to, int n)
{
	struct cel_found *before = t->found;

	for (int i = 0; i < n; i++)
		if (!fits(t, from[i], to[i])) {
			take_back(t, before);
			return 0;
		}
	return 1;
}

int
cel_type_fits(struct cel_types *t, struct cel_type *from, struct cel_type *to)
{
	return cel_types_fit(t, &from, &to, 1);
}

struct cel_type *
cel_type_join(struct cel_types *t, struct cel_type *x, struct cel_type *y)
{
	if (cel_type_fits(t, x, y))
		return says_less(x, y) ? x : y;
	return cel_type(t, CK_DYN, NULL, NULL);
}

void
cel_type_put(struct buf *b, struct cel_type *t)
{
	t = cel_type_of(t);
	if (t->kind == CK_NULL) {
		buf_puts(b, "null");
		return;
	}
	buf_puts(b, cel_kind_name(t->kind));
	if (t->a == NULL)
		return;
	buf_putc(b, '(');
	cel_type_put(b, t->a);
	if (t->b != NULL) {
		buf_puts(b, ", ");
		cel_type_put(b, t->b);
	}
	buf_putc(b, ')');
}
