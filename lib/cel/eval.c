/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "cel/fns.h"

/*
 * && and ||: one arg that decides is enough, wherever it stands, whatever
 * errors the others have; else the first error counts.
 */
static int
eval_logic(struct cel_run *r, const struct cel_node *n, struct cel_value *out)
{
	int decides = n->kind == N_OR, errors = 0;
	struct cel_error first;
	struct cel_value v;

	for (const struct cel_node *arg = n->args; arg != NULL;
	     arg = arg->next) {
		int bad = cel_eval(r, arg, &v) == -1;

		if (!bad && v.kind != CK_BOOL) {
			r->at = n->at;
			bad = cel_run_fail(r, "no such overload: %s with %s",
				  n->name, cel_kind_name(v.kind)) == -1;
		}
		if (bad && r->fatal)
			return -1;
		if (bad && errors++ == 0)
			first = *r->e;
		if (!bad && v.b == decides) {
			*out = v;
			return 0;
		}
	}
	if (errors > 0)
		*r->e = first;
	*out = cel_bool(!decides);
	return errors > 0 ? -1 : 0;
}

static int
eval_condition(
    struct cel_run *r, const struct cel_node *n, struct cel_value *out)
{
	struct cel_value test;

	if (cel_eval(r, n->args, &test) == -1)
		return -1;
	r->at = n->at;
	if (test.kind != CK_BOOL)
		return cel_run_fail(
		    r, "no such overload: %s ? : ", cel_kind_name(test.kind));
	return cel_eval(r, test.b ? n->args->next : n->args->next->next, out);
}

static size_t
count(const struct cel_node *n)
{
	size_t c = 0;

	for (; n != NULL; n = n->next)
		c++;
	return c;
}

static int
eval_list(struct cel_run *r, const struct cel_node *n, struct cel_value *out)
{
	struct cel_list *l = arena_alloc(r->a, sizeof(*l));

	l->n = 0;
	l->v = arena_alloc(r->a, (count(n->args) + 1) * sizeof(*l->v));
	for (const struct cel_node *arg = n->args; arg != NULL; arg = arg->next)
		if (cel_eval(r, arg, &l->v[l->n++]) == -1)
			return -1;
	*out = (struct cel_value){ .kind = CK_LIST, .list = l };
	return 0;
}

/* A key of a map being made: of the kinds that may be, and new to it. */
static int
check_key(struct cel_run *r, const struct cel_map *m,
    const struct cel_value *key, struct cel_at at)
{
	size_t where;
	int there;

	r->at = at;
	if (key->kind != CK_BOOL && key->kind != CK_INT &&
	    key->kind != CK_UINT && key->kind != CK_STRING)
		return cel_run_fail(
		    r, "unsupported key type: %s", cel_kind_name(key->kind));
	if ((there = cel_run_find(r, m, key, &where)) == 1)
		return cel_run_fail(r, "repeated key");
	return there;
}

static int
eval_map(struct cel_run *r, const struct cel_node *n, struct cel_value *out)
{
	struct cel_map *m = arena_zalloc(r->a, sizeof(*m));
	size_t most = count(n->args) / 2 + 1;

	m->keys = arena_alloc(r->a, most * sizeof(*m->keys));
	m->values = arena_alloc(r->a, most * sizeof(*m->values));
	for (const struct cel_node *k = n->args; k != NULL; k = k->next->next) {
		if (cel_eval(r, k, &m->keys[m->n]) == -1 ||
		    check_key(r, m, &m->keys[m->n], k->at) == -1 ||
		    cel_eval(r, k->next, &m->values[m->n]) == -1)
			return -1;
		m->n++;
	}
	*out = (struct cel_value){ .kind = CK_MAP, .map = m };
	return 0;
}

/* x.name, and has(x.name) */
static int
eval_field(struct cel_run *r, const struct cel_node *n, struct cel_value *out)
{
	struct cel_value of, key = cel_string(n->name, strlen(n->name));
	size_t at = 0;
	int there;

	if (cel_eval(r, n->args, &of) == -1)
		return -1;
	r->at = n->at;
	if (of.kind != CK_MAP)
		return cel_run_fail(r, "no such overload: field '%.80s' of %s",
		    n->name, cel_kind_name(of.kind));
	if ((there = cel_run_find(r, of.map, &key, &at)) == -1)
		return -1;
	if (n->kind == N_HAS)
		*out = cel_bool(there);
	else if (there)
		*out = of.map->values[at];
	else
		return cel_run_fail(r, "no such key: '%.80s'", n->name);
	return 0;
}

/* None of the function's signatures takes what the args have turned out. */
static int
fail_overload(struct cel_run *r, const struct cel_value *args, int n)
{
	char kinds[160] = "";

	for (int i = 0; i < n; i++) {
		strcat(kinds, i > 0 ? ", " : "");
		strcat(kinds, cel_kind_name(args[i].kind));
	}
	return cel_run_fail(
	    r, "no such overload: %s applied to (%s)", r->fn->name, kinds);
}

static int
eval_call(struct cel_run *r, const struct cel_node *n, struct cel_value *out)
{
	struct cel_value args[CEL_ARGS_MAX];
	const char *const *s = n->fn->signatures;
	int count_args = 0;

	for (const struct cel_node *arg = n->args; arg != NULL; arg = arg->next)
		if (cel_eval(r, arg, &args[count_args++]) == -1)
			return -1;
	while (*s != NULL &&
	    ((**s == '.') != n->member || !cel_fn_takes(*s, args, count_args)))
		s++;
	r->at = n->at;
	r->fn = n->fn;
	if (*s == NULL)
		return fail_overload(r, args, count_args);
	return n->fn->call(r, args, count_args, out);
}

int
cel_eval(struct cel_run *r, const struct cel_node *n, struct cel_value *out)
{
	r->at = n->at;
	if (cel_run_work(r, 1) == -1)
		return -1;
	switch (n->kind) {
	case N_VALUE:
		*out = n->value;
		return 0;
	case N_LOCAL:
		*out = r->slots[n->slot];
		return 0;
	case N_SELECT:
	case N_HAS:
		return eval_field(r, n, out);
	case N_CALL:
		return eval_call(r, n, out);
	case N_AND:
	case N_OR:
		return eval_logic(r, n, out);
	case N_COND:
		return eval_condition(r, n, out);
	case N_LIST:
		return eval_list(r, n, out);
	case N_MAP:
		return eval_map(r, n, out);
	default:
		return cel_eval_loop(r, n, out);
	}
}
