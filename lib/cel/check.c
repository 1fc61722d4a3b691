/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "cel/fns.h"
#include "cel/names.h"
#include "cel/types.h"

/* The variable of a loop, in sight within it. */
struct local {
	const char *name;
	struct cel_type *type;
	int slot;
	const struct local *outer;
};

struct checker {
	struct arena *a;
	struct cel_error *e;
	const struct cel_vars *vars;
	struct cel_types types;
	const struct local *locals;
	int slots, most; /* in use; the most that ever were */
};

static int check(struct checker *, struct cel_node *);

static struct cel_type *
simple(struct checker *c, enum cel_kind kind)
{
	return cel_type(&c->types, kind, NULL, NULL);
}

/* The type of a value that is known; that of labels is a map of strings. */
static struct cel_type *
type_of_value(struct checker *c, const struct cel_value *v)
{
	if (v->kind == CK_MAP)
		return cel_type(&c->types, CK_MAP, simple(c, CK_STRING),
		    simple(c, CK_STRING));
	if (v->kind == CK_TYPE)
		return cel_type(&c->types, CK_TYPE, simple(c, CK_DYN), NULL);
	return simple(c, v->kind);
}

/* "undeclared reference", or what a message says of types, as text. */
static int
fail_types(struct checker *c, struct cel_at at, const char *name,
    struct cel_type *const *types, int n)
{
	struct buf b = { 0 };

	for (int i = 0; i < n && b.len < 200; i++) {
		buf_puts(&b, i > 0 ? ", " : "");
		cel_type_put(&b, types[i]);
	}
	cel_fail(c->e, CEL_CHECK, at,
	    "found no matching overload for '%.80s' applied to '(%s)'", name,
	    buf_str(&b));
	buf_fini(&b);
	return -1;
}

static int
find_name(struct checker *c, const char *name, struct cel_at at,
    struct cel_value *out)
{
	return cel_name_find(c->a, c->vars, name, at, out, c->e);
}

static int
set_value(struct checker *c, struct cel_node *n, struct cel_value v)
{
	n->kind = N_VALUE;
	n->value = v;
	n->type = type_of_value(c, &v);
	return 0;
}

static const struct local *
find_local(const struct checker *c, const char *name)
{
	const struct local *l = c->locals;

	while (l != NULL && strcmp(l->name, name) != 0)
		l = l->outer;
	return l;
}

static int
check_name(struct checker *c, struct cel_node *n)
{
	const struct local *l = find_local(c, n->name);
	struct cel_value v;
	int found;

	if (l != NULL) {
		n->kind = N_LOCAL;
		n->slot = l->slot;
		n->type = l->type;
		return 0;
	}
	found = find_name(c, n->name + (*n->name == '.'), n->at, &v);
	if (found == 0)
		return cel_fail(c->e, CEL_CHECK, n->at,
		    "undeclared reference to '%.100s'", n->name);
	return found == 1 ? set_value(c, n, v) : -1;
}

/* Append a chain of fields as a name with dots.  Returns 0 if it is none. */
static int
dotted(const struct checker *c, struct buf *b, const struct cel_node *n)
{
	if (n->kind == N_NAME) {
		if (find_local(c, n->name) != NULL)
			return 0;
		buf_puts(b, n->name + (*n->name == '.'));
		return 1;
	}
	if (n->kind != N_SELECT || !dotted(c, b, n->args))
		return 0;
	buf_printf(b, ".%s", n->name);
	return 1;
}

/* a.b may be one name.  Returns 1 if it was, 0, or -1. */
static int
check_dotted(struct checker *c, struct cel_node *n)
{
	struct buf b = { 0 };
	struct cel_value v;
	int found = 0;

	if (dotted(c, &b, n))
		found = find_name(c, buf_str(&b), n->at, &v);
	if (found == 1)
		set_value(c, n, v);
	buf_fini(&b);
	return found;
}

static int
check_field(struct checker *c, struct cel_node *n)
{
	struct cel_type *of;
	struct buf b = { 0 };

	if (check(c, n->args) == -1)
		return -1;
	of = cel_type_of(n->args->type);
	if (of->kind != CK_MAP && of->kind != CK_DYN && of->kind != CK_PARAM) {
		cel_type_put(&b, of);
		cel_fail(c->e, CEL_CHECK, n->at,
		    "type '%.100s' does not support field selection",
		    buf_str(&b));
		buf_fini(&b);
		return -1;
	}
	n->type = n->kind == N_HAS ? simple(c, CK_BOOL)
	    : of->kind == CK_MAP   ? of->b
				   : simple(c, CK_DYN);
	return 0;
}

/* The type at *s of a signature; params are A and B, made when first met. */
static struct cel_type *
signature_type(struct checker *c, const char **s, struct cel_type *params[2])
{
	static const struct {
		char letter;
		enum cel_kind kind;
	} plain[] = { { 'b', CK_BOOL }, { 'i', CK_INT }, { 'u', CK_UINT },
		{ 'd', CK_DOUBLE }, { 's', CK_STRING }, { 'y', CK_BYTES },
		{ 't', CK_TIMESTAMP }, { 'D', CK_DURATION }, { 'n', CK_NULL } };
	char letter = *(*s)++;
	struct cel_type *a, *b = NULL;
	struct cel_type **p = &params[letter == 'B'];

	if (letter == 'A' || letter == 'B') {
		if (*p == NULL)
			*p = simple(c, CK_PARAM);
		return *p;
	}
	for (size_t i = 0; i < sizeof(plain) / sizeof(*plain); i++)
		if (plain[i].letter == letter)
			return simple(c, plain[i].kind);
	if (letter == '*')
		return simple(c, CK_DYN);
	a = signature_type(c, s, params);
	if (letter == 'M')
		b = signature_type(c, s, params);
	return cel_type(&c->types,
	    letter == 'L'       ? CK_LIST
		: letter == 'M' ? CK_MAP
				: CK_TYPE,
	    a, b);
}

/* The result if the signature takes these types, else NULL. */
static struct cel_type *
apply(struct checker *c, const char *s, struct cel_type *const *args, int n)
{
	struct cel_type *params[2] = { NULL, NULL };
	struct cel_type *wanted[CEL_ARGS_MAX];
	int wants = 0;

	while (*s != '>')
		wanted[wants++] = signature_type(c, &s, params);
	if (wants != n || !cel_types_fit(&c->types, args, wanted, n))
		return NULL;
	s++;
	return cel_type_of(signature_type(c, &s, params));
}

static int
same_type(struct cel_type *x, struct cel_type *y)
{
	x = cel_type_of(x);
	y = cel_type_of(y);
	return x == y ||
	    (x->kind == y->kind && x->kind != CK_PARAM &&
		(x->a == NULL || same_type(x->a, y->a)) &&
		(x->b == NULL || same_type(x->b, y->b)));
}

/* The type of a call; more than one result of several signatures is dyn. */
static int
resolve(struct checker *c, struct cel_node *n, const char *const *signatures,
    struct cel_type *const *args, int count)
{
	struct cel_type *type;

	n->type = NULL;
	for (; *signatures != NULL; signatures++) {
		const char *s = *signatures;

		if (*s == '~' || (*s == '.') != n->member)
			continue;
		type = apply(c, s + (*s == '.'), args, count);
		if (type == NULL)
			continue;
		if (n->type != NULL && !same_type(n->type, type))
			type = simple(c, CK_DYN);
		n->type = type;
	}
	return n->type != NULL ? 0 : fail_types(c, n->at, n->name, args, count);
}

/* The args with their types.  Returns how many, or -1. */
static int
check_args(
    struct checker *c, struct cel_node *n, struct cel_type *types[CEL_ARGS_MAX])
{
	int count = 0;

	for (struct cel_node *arg = n->args; arg != NULL; arg = arg->next) {
		if (check(c, arg) == -1)
			return -1;
		if (count < CEL_ARGS_MAX)
			types[count] = arg->type;
		count++;
	}
	return count;
}

static int
check_call(struct checker *c, struct cel_node *n)
{
	struct cel_type *types[CEL_ARGS_MAX];
	int count, dot = *n->name == '.';

	/* What is called on has its errors first. */
	if (n->member && check(c, n->args) == -1)
		return -1;
	if ((n->fn = cel_fn_find(n->name + dot)) == NULL)
		return cel_fail(c->e, CEL_CHECK, n->at,
		    "undeclared reference to '%.100s'", n->name);
	if ((count = check_args(c, n, types)) == -1)
		return -1;
	if (count > CEL_ARGS_MAX)
		return cel_fail(c->e, CEL_CHECK, n->at,
		    "found no matching overload for '%.80s' applied to %d "
		    "arguments",
		    n->name, count);
	return resolve(c, n, n->fn->signatures, types, count);
}

/* && and ||: each of them a bool. */
static int
check_logic(struct checker *c, struct cel_node *n)
{
	static const char *const both[] = { "bb>b", NULL };
	struct cel_type *types[2] = { NULL, simple(c, CK_BOOL) };

	for (struct cel_node *arg = n->args; arg != NULL; arg = arg->next) {
		if (check(c, arg) == -1)
			return -1;
		types[0] = types[1];
		types[1] = arg->type;
		if (arg != n->args && resolve(c, n, both, types, 2) == -1)
			return -1;
	}
	return 0;
}

static int
check_condition(struct checker *c, struct cel_node *n)
{
	static const char *const three[] = { "bAA>A", NULL };
	struct cel_type *types[CEL_ARGS_MAX];

	return check_args(c, n, types) == -1 ? -1
					     : resolve(c, n, three, types, 3);
}

static int
check_list(struct checker *c, struct cel_node *n)
{
	struct cel_type *of = NULL;

	for (struct cel_node *arg = n->args; arg != NULL; arg = arg->next) {
		if (check(c, arg) == -1)
			return -1;
		of = of == NULL ? arg->type
				: cel_type_join(&c->types, of, arg->type);
	}
	if (of == NULL)
		of = simple(c, CK_PARAM);
	n->type = cel_type(&c->types, CK_LIST, of, NULL);
	return 0;
}

/*
 * Keys of any other type are dyn: evaluating refuses what it finds, and types
 * of maps do not grow on both sides.
 */
static struct cel_type *
key_type(struct checker *c, struct cel_type *t)
{
	t = cel_type_of(t);
	switch (t->kind) {
	case CK_BOOL:
	case CK_INT:
	case CK_UINT:
	case CK_STRING:
		return t;
	default:
		return simple(c, CK_DYN);
	}
}

static int
check_map(struct checker *c, struct cel_node *n)
{
	struct cel_type *key = NULL, *value = NULL, *t;

	for (struct cel_node *k = n->args; k != NULL; k = k->next->next) {
		if (check(c, k) == -1 || check(c, k->next) == -1)
			return -1;
		t = key_type(c, k->type);
		key = key == NULL ? t : cel_type_join(&c->types, key, t);
		t = k->next->type;
		value = value == NULL ? t : cel_type_join(&c->types, value, t);
	}
	if (key == NULL) {
		key = simple(c, CK_PARAM);
		value = simple(c, CK_PARAM);
	}
	n->type = cel_type(&c->types, CK_MAP, key, value);
	return 0;
}

static const char *
loop_name(enum cel_loop l)
{
	static const char *const names[] = { "all", "exists", "exists_one",
		"filter", "map", "map" };

	return names[l];
}

/* What the variable of a loop is, or NULL with the error set. */
static struct cel_type *
element(struct checker *c, struct cel_node *n)
{
	struct cel_type *t = cel_type_of(n->args->type);
	struct buf b = { 0 };

	if (t->kind == CK_LIST || t->kind == CK_MAP)
		return t->a;
	if (t->kind == CK_DYN || t->kind == CK_PARAM)
		return simple(c, CK_DYN);
	cel_type_put(&b, t);
	cel_fail(c->e, CEL_CHECK, n->args->at,
	    "expression of type '%.80s' cannot be the range of %s() (must be "
	    "a list, a map, or dynamic)",
	    buf_str(&b), loop_name(n->loop));
	buf_fini(&b);
	return NULL;
}

/* The test of a loop must be true or false. */
static int
check_test(struct checker *c, const struct cel_node *n, struct cel_node *test)
{
	struct cel_type *type = test->type;
	char name[40];

	if (cel_type_fits(&c->types, type, simple(c, CK_BOOL)))
		return 0;
	strcpy(name, loop_name(n->loop));
	return fail_types(c, test->at, strcat(name, "(_, bool)"), &type, 1);
}

static int
check_body(struct checker *c, struct cel_node *n, struct cel_type *of)
{
	struct cel_node *test = n->args->next;
	struct cel_node *result = test->next != NULL ? test->next : test;

	if (check(c, test) == -1 || (result != test && check(c, result) == -1))
		return -1;
	if (n->loop != LOOP_MAP && check_test(c, n, test) == -1)
		return -1;
	if (n->loop == LOOP_MAP || n->loop == LOOP_MAP_IF)
		n->type = cel_type(&c->types, CK_LIST, result->type, NULL);
	else if (n->loop == LOOP_FILTER)
		n->type = cel_type(&c->types, CK_LIST, of, NULL);
	else
		n->type = simple(c, CK_BOOL);
	return 0;
}

static int
check_loop(struct checker *c, struct cel_node *n)
{
	struct local l = { n->name, NULL, c->slots, c->locals };
	struct cel_type *of;
	int bad;

	if (check(c, n->args) == -1 || (of = element(c, n)) == NULL)
		return -1;
	l.type = of;
	n->slot = l.slot;
	if (++c->slots > c->most)
		c->most = c->slots;
	c->locals = &l;
	bad = check_body(c, n, of) == -1;
	c->locals = l.outer;
	c->slots--;
	return bad ? -1 : 0;
}

static int
check(struct checker *c, struct cel_node *n)
{
	int found;

	if (n->type != NULL)
		return 0;
	switch (n->kind) {
	case N_VALUE:
		n->type = type_of_value(c, &n->value);
		return 0;
	case N_NAME:
		return check_name(c, n);
	case N_SELECT:
		found = check_dotted(c, n);
		return found == 0 ? check_field(c, n) : found == 1 ? 0 : -1;
	case N_HAS:
		return check_field(c, n);
	case N_CALL:
		return check_call(c, n);
	case N_AND:
	case N_OR:
		return check_logic(c, n);
	case N_COND:
		return check_condition(c, n);
	case N_LIST:
		return check_list(c, n);
	case N_MAP:
		return check_map(c, n);
	default:
		return check_loop(c, n);
	}
}

int
cel_check(struct arena *a, struct cel_node *tree, const struct cel_vars *vars,
    int *slots, struct cel_error *e)
{
	struct checker c = {
		.a = a, .e = e, .vars = vars, .types = { a, NULL }
	};
	int bad = check(&c, tree) == -1;

	*slots = c.most;
	return bad ? -1 : 0;
}
