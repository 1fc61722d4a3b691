/* SPDX-License-Identifier: MIT */
#include <math.h>

#include "cel/arith.h"
#include "cel/fns.h"

enum {
	LESS,
	LESS_EQUAL,
	GREATER,
	GREATER_EQUAL,
};

static int
compare(struct cel_run *r, const struct cel_value *args, int n,
    struct cel_value *out)
{
	int c = cel_compare(&args[0], &args[1]), holds;

	(void)n;
	switch (r->fn->what) {
	case LESS:
		holds = c < 0;
		break;
	case LESS_EQUAL:
		holds = c <= 0;
		break;
	case GREATER:
		holds = c > 0;
		break;
	default:
		holds = c >= 0;
	}
	*out = cel_bool(holds && c != CEL_UNORDERED);
	return 0;
}

/* == and, with what set, != */
static int
equal(struct cel_run *r, const struct cel_value *args, int n,
    struct cel_value *out)
{
	int same = cel_run_equal(r, &args[0], &args[1]);

	(void)n;
	*out = cel_bool(same != r->fn->what);
	return same == -1 ? -1 : 0;
}

static int not(struct cel_run * r, const struct cel_value *args, int n,
    struct cel_value *out)
{
	(void)r;
	(void)n;
	*out = cel_bool(!args->b);
	return 0;
}

/* An index of a list; one that is no whole number is none. */
static int
index_list(struct cel_run *r, const struct cel_list *l,
    const struct cel_value *at, struct cel_value *out)
{
	struct cel_value zero = cel_int(0), size = cel_int((int64_t)l->n);
	size_t i;

	if (at->kind == CK_DOUBLE && at->d != trunc(at->d))
		return cel_run_fail(r, "invalid index: no whole number");
	if (cel_compare(at, &zero) < 0 || cel_compare(at, &size) >= 0)
		return cel_run_fail(
		    r, "index out of bounds of a list of %zu", l->n);
	i = at->kind == CK_DOUBLE ? (size_t)at->d : (size_t)at->u;
	*out = l->v[i];
	return 0;
}

/* x[y] */
static int
index_value(struct cel_run *r, const struct cel_value *args, int n,
    struct cel_value *out)
{
	const struct cel_value *key = &args[1];
	size_t at;
	int there;

	(void)n;
	if (args[0].kind == CK_LIST)
		return index_list(r, args[0].list, key, out);
	if ((there = cel_run_find(r, args[0].map, key, &at)) == -1)
		return -1;
	if (there) {
		*out = args[0].map->values[at];
		return 0;
	}
	if (key->kind == CK_STRING)
		return cel_run_fail(r, "no such key: '%.*s'",
		    (int)(key->s.n < 80 ? key->s.n : 80), key->s.s);
	return cel_run_fail(r, "no such key");
}

static int
in(struct cel_run *r, const struct cel_value *args, int n,
    struct cel_value *out)
{
	const struct cel_list *l = args[1].list;
	int same = 0;
	size_t at;

	(void)n;
	if (args[1].kind == CK_MAP)
		same = cel_run_find(r, args[1].map, &args[0], &at);
	else
		for (size_t i = 0; same == 0 && i < l->n; i++)
			same = cel_run_equal(r, &args[0], &l->v[i]);
	*out = cel_bool(same);
	return same == -1 ? -1 : 0;
}

#define ORDERED                                                            \
	SIGNATURES("bb>b", "ii>b", "uu>b", "dd>b", "ss>b", "yy>b", "tt>b", \
	    "DD>b", "~iu>b", "~id>b", "~ui>b", "~ud>b", "~di>b", "~du>b")
#define NUMBERS SIGNATURES("ii>i", "uu>u", "dd>d")

const struct cel_fn cel_fns_operator[] = {
	{ "_+_", cel_arith,
	    SIGNATURES("ii>i", "uu>u", "dd>d", "ss>s", "yy>y", "LALA>LA",
		"DD>D", "tD>t", "Dt>t"),
	    '+' },
	{ "_-_", cel_arith,
	    SIGNATURES("ii>i", "uu>u", "dd>d", "DD>D", "tD>t", "tt>D"), '-' },
	{ "_*_", cel_arith, NUMBERS, '*' },
	{ "_/_", cel_arith, NUMBERS, '/' },
	{ "_%_", cel_arith, SIGNATURES("ii>i", "uu>u"), '%' },
	{ "-_", cel_negate, SIGNATURES("i>i", "d>d"), 0 },
	{ "!_", not, SIGNATURES("b>b"), 0 },
	{ "_==_", equal, SIGNATURES("AA>b"), 0 },
	{ "_!=_", equal, SIGNATURES("AA>b"), 1 },
	{ "_<_", compare, ORDERED, LESS },
	{ "_<=_", compare, ORDERED, LESS_EQUAL },
	{ "_>_", compare, ORDERED, GREATER },
	{ "_>=_", compare, ORDERED, GREATER_EQUAL },
	{ "_[_]", index_value,
	    SIGNATURES("LAi>A", "MABA>B", "~L*u>*", "~L*d>*"), 0 },
	{ "@in", in, SIGNATURES("ALA>b", "AMAB>b"), 0 },
	{ NULL, NULL, NULL, 0 },
};
