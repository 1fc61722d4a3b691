/* SPDX-License-Identifier: MIT */
#include "cel/run.h"

/* A loop being evaluated. */
struct loop {
	struct cel_run *r;
	const struct cel_node *n;
	const struct cel_node *test;   /* NULL: none */
	const struct cel_node *result; /* of map(); NULL: the element */
	struct cel_list *out;          /* of filter() and map() */
	size_t hits;                   /* elements that pass the test */
	int errors; /* of tests; first is the first of them */
	struct cel_error first;
};

/* The test of the element in the slot: 1, 0, or -1 with the error set. */
static int
passes(struct loop *l)
{
	struct cel_value v;

	if (l->test == NULL)
		return 1;
	if (cel_eval(l->r, l->test, &v) == -1)
		return -1;
	l->r->at = l->test->at;
	if (v.kind != CK_BOOL)
		return cel_run_fail(l->r, "no such overload: a test that is %s",
		    cel_kind_name(v.kind));
	return v.b;
}

/* all() and exists() go on behind an error: a later element may decide. */
static int
absorbs(struct loop *l)
{
	if (l->n->loop != LOOP_ALL && l->n->loop != LOOP_EXISTS)
		return 0;
	if (l->r->fatal)
		return 0;
	if (l->errors++ == 0)
		l->first = *l->r->e;
	return 1;
}

static int
put_result(struct loop *l)
{
	struct cel_value *to = &l->out->v[l->out->n++];

	if (l->result != NULL)
		return cel_eval(l->r, l->result, to);
	*to = l->r->slots[l->n->slot];
	return 0;
}

/* One element.  Returns 1 when it decides, 0 to go on, -1. */
static int
take(struct loop *l)
{
	int pass = passes(l);

	if (pass == -1)
		return absorbs(l) ? 0 : -1;
	l->hits += (size_t)pass;
	switch (l->n->loop) {
	case LOOP_ALL:
		return !pass;
	case LOOP_EXISTS:
		return pass;
	case LOOP_EXISTS_ONE:
		return 0;
	default:
		return pass ? put_result(l) : 0;
	}
}

static int
finish(struct loop *l, int decided, struct cel_value *out)
{
	if (!decided && l->errors > 0) {
		*l->r->e = l->first;
		return -1;
	}
	switch (l->n->loop) {
	case LOOP_ALL:
		*out = cel_bool(!decided);
		break;
	case LOOP_EXISTS:
		*out = cel_bool(decided);
		break;
	case LOOP_EXISTS_ONE:
		*out = cel_bool(l->hits == 1);
		break;
	default:
		*out = (struct cel_value){ .kind = CK_LIST, .list = l->out };
	}
	return 0;
}

/* The elements of a list, or the keys of a map. */
static int
elements(struct cel_run *r, const struct cel_node *n, struct cel_list *of)
{
	struct cel_value range;

	if (cel_eval(r, n->args, &range) == -1)
		return -1;
	r->at = n->args->at;
	if (range.kind == CK_LIST)
		*of = *range.list;
	else if (range.kind == CK_MAP)
		*of = (struct cel_list){ range.map->n, range.map->keys };
	else
		return cel_run_fail(r, "no such overload: a loop over %s",
		    cel_kind_name(range.kind));
	return 0;
}

int
cel_eval_loop(
    struct cel_run *r, const struct cel_node *n, struct cel_value *out)
{
	struct loop l = { .r = r, .n = n, .test = n->args->next };
	struct cel_list of = { 0 };
	int decided = 0;

	if (n->loop == LOOP_MAP || n->loop == LOOP_MAP_IF)
		l.result = n->args->next;
	if (n->loop == LOOP_MAP)
		l.test = NULL;
	else if (n->loop == LOOP_MAP_IF)
		l.result = l.test->next;
	if (elements(r, n, &of) == -1 || cel_run_work(r, of.n) == -1)
		return -1;
	l.out = arena_zalloc(r->a, sizeof(*l.out));
	if (n->loop >= LOOP_FILTER)
		l.out->v = arena_alloc(r->a, (of.n + 1) * sizeof(*l.out->v));
	for (size_t i = 0; decided == 0 && i < of.n; i++) {
		r->slots[n->slot] = of.v[i];
		decided = take(&l);
	}
	return decided == -1 ? -1 : finish(&l, decided, out);
}
