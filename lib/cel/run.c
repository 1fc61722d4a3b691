/* SPDX-License-Identifier: MIT */
#include <stdarg.h>
#include <stdio.h>

#include "cel/run.h"

int
cel_run_fail(struct cel_run *r, const char *fmt, ...)
{
	char text[256];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	return cel_fail(r->e, CEL_EVAL, r->at, "%s", text);
}

int
cel_run_give_up(struct cel_run *r)
{
	r->fatal = 1;
	return -1;
}

int
cel_run_work(struct cel_run *r, size_t steps)
{
	r->steps += steps;
	if (r->steps <= CEL_STEPS_MAX)
		return 0;
	cel_run_fail(r, "it takes more than %d steps", CEL_STEPS_MAX);
	return cel_run_give_up(r);
}

int
cel_run_equal(
    struct cel_run *r, const struct cel_value *x, const struct cel_value *y)
{
	int same = cel_equal(x, y, &r->steps, CEL_STEPS_MAX);

	return same == -1 ? cel_run_work(r, 0) : same;
}

int
cel_run_find(struct cel_run *r, const struct cel_map *m,
    const struct cel_value *key, size_t *at)
{
	int same = 0;

	for (*at = 0; *at < m->n; ++*at)
		if ((same = cel_run_equal(r, &m->keys[*at], key)) != 0)
			break;
	return same;
}

int
cel_evaluate(struct arena *a, const char *text, size_t n,
    const struct cel_vars *vars, struct cel_value *out, struct cel_error *e)
{
	struct cel_run r = { .a = a, .e = e };
	struct cel_node *tree = cel_parse(a, text, n, e);
	int slots, bad;

	if (tree == NULL || cel_check(a, tree, vars, &slots, e) == -1)
		return -1;
	r.slots = arena_zalloc(a, ((size_t)slots + 1) * sizeof(*r.slots));
	bad = cel_eval(&r, tree, out) == -1;
	regex_free(r.regex);
	zone_free(r.zone);
	return bad ? -1 : 0;
}

int
cel_holds(const char *text, size_t n, const struct cel_vars *vars, int *holds,
    struct cel_error *e)
{
	struct arena a = { 0 };
	struct cel_value v;
	int bad = cel_evaluate(&a, text, n, vars, &v, e) == -1;

	if (!bad && v.kind != CK_BOOL)
		bad = cel_fail(e, CEL_NOT_BOOL, (struct cel_at){ 1, 1 },
			  "the expression is %s, not true or false",
			  cel_kind_name(v.kind)) == -1;
	if (!bad)
		*holds = v.b;
	arena_fini(&a);
	return bad ? -1 : 0;
}
