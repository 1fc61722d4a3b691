/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "kql/bind/bind.h"
#include "kql/bind/peek.h"

/* Whose rows a kind of join is about, and whose columns it shows. */
struct kind {
	const char *name;
	enum join_kind join;
	int right; /* about the right side: the sides are swapped */
	int one;   /* only the columns of that side */
	int unique;
};

static const struct kind kinds[] = {
	{ "innerunique", JOIN_INNER, 0, 0, 1 },
	{ "inner", JOIN_INNER, 0, 0, 0 },
	{ "leftouter", JOIN_OUTER, 0, 0, 0 },
	{ "rightouter", JOIN_OUTER, 1, 0, 0 },
	{ "fullouter", JOIN_FULL, 0, 0, 0 },
	{ "leftsemi", JOIN_INNER, 0, 1, 0 },
	{ "rightsemi", JOIN_INNER, 1, 1, 0 },
	{ "leftanti", JOIN_ANTI, 0, 1, 0 },
	{ "anti", JOIN_ANTI, 0, 1, 0 },
	{ "leftantisemi", JOIN_ANTI, 0, 1, 0 },
	{ "rightanti", JOIN_ANTI, 1, 1, 0 },
	{ "rightantisemi", JOIN_ANTI, 1, 1, 0 },
	{ NULL, JOIN_INNER, 0, 0, 0 },
};

/* A pair of columns that must be alike. */
struct pair {
	const struct column *left, *right;
};

struct join {
	struct binder *b;
	const struct op *op;
	const struct kind *kind;
	struct plan *left, *right;
	struct pair *pairs;
	size_t n, room;
	int drop;              /* the right keys are left out */
	struct column **names; /* of the right columns in the result */
};

static const struct kind *
find_kind(const struct op *op, const char *name)
{
	int lookup = op->kind == OP_LOOKUP;

	for (const struct kind *k = kinds; k->name != NULL; k++)
		if (strcmp(k->name, name) == 0 &&
		    (!lookup || (!k->right && !k->one && !k->unique)))
			return k;
	return NULL;
}

static int
read_kind(struct join *j)
{
	const char *name =
	    j->op->kind == OP_LOOKUP ? "leftouter" : "innerunique";
	struct near near = { 0 };
	char hint[100];
	const struct param *p = j->op->params;

	for (; p != NULL; p = p->next)
		name = p->value->text;
	if ((j->kind = find_kind(j->op, name)) != NULL)
		return 0;
	for (const struct kind *k = kinds; k->name != NULL; k++)
		if (find_kind(j->op, k->name) == k)
			near_offer(&near, name, k->name);
	return fail_semantic(j->b->e, j->op->params->value->at,
	    "%s has no kind '%.40s'%s", j->op->name, name,
	    near.best != NULL ? near_text(&near, hint, sizeof(hint))
			      : "; kinds are inner, leftouter and the like");
}

/* The column of $left.x or $right.x, or NULL with e. */
static const struct column *
side_column(struct join *j, const struct expr *x, const char *side,
    const struct schema *s)
{
	if (x->kind == E_MEMBER && x->args->kind == E_NAME &&
	    strcmp(x->args->text, side) == 0)
		return need_column(j->b, s, x);
	fail_semantic(j->b->e, x->at,
	    "The join condition operand must be %s.<column>, as in "
	    "$left.a == $right.b",
	    side);
	return NULL;
}

static int
add_pair(struct join *j, const struct expr *x, const struct column *left,
    const struct column *right)
{
	struct pair *bigger;

	if (left->type != right->type && left->type != KT_UNKNOWN &&
	    right->type != KT_UNKNOWN &&
	    !(is_integer(left->type) && is_integer(right->type)))
		return fail_semantic(j->b->e, x->at,
		    "Inconsistent data types for join keys: (%s, %s)",
		    kql_type_name(left->type), kql_type_name(right->type));
	if (x->kind != E_NAME && left->type == KT_DYNAMIC)
		return fail_semantic(j->b->e, x->at,
		    "Join keys cannot be dynamic; tostring() makes one that "
		    "can");
	if (j->n == j->room) {
		j->room = j->room * 2 + 4;
		bigger = arena_alloc(j->b->arena, j->room * sizeof(*bigger));
		if (j->n > 0)
			memcpy(bigger, j->pairs, j->n * sizeof(*bigger));
		j->pairs = bigger;
	}
	j->pairs[j->n].left = left;
	j->pairs[j->n++].right = right;
	return 0;
}

/* k, or $left.a == $right.b, or several with and between. */
static int
read_condition(struct join *j, const struct expr *x)
{
	const struct column *left, *right;

	if (x->kind == E_BINARY && strcmp(x->text, "and") == 0) {
		for (x = x->args; x != NULL; x = x->next)
			if (read_condition(j, x) == -1)
				return -1;
		return 0;
	}
	if (x->kind == E_NAME) {
		left = need_column(j->b, &j->left->out, x);
		right =
		    left == NULL ? NULL : need_column(j->b, &j->right->out, x);
	} else if (x->kind == E_BINARY && strcmp(x->text, "==") == 0) {
		left = side_column(j, x->args, "$left", &j->left->out);
		right = left == NULL
		    ? NULL
		    : side_column(j, x->args->next, "$right", &j->right->out);
	} else {
		return fail_semantic(j->b->e, x->at,
		    "The join condition must be a column of both tables or "
		    "$left.<column> == $right.<column>");
	}
	if (left == NULL || right == NULL)
		return -1;
	return add_pair(j, x, left, right);
}

/* Is it a right key, which lookup leaves out? */
static int
is_dropped(const struct join *j, const struct column *c)
{
	for (size_t i = 0; j->drop && i < j->n; i++)
		if (j->pairs[i].right == c)
			return 1;
	return 0;
}

/* x, or x1, x2 ...: the first that neither side nor the result has. */
static const char *
right_name(const struct join *j, const struct schema *out, const char *name)
{
	const char *free_name = name;

	for (int i = 1; schema_find(out, free_name) != NULL ||
	     (i > 1 && schema_find(&j->right->out, free_name) != NULL);
	     i++)
		free_name = arena_printf(j->b->arena, "%s%d", name, i);
	return free_name;
}

/* A step that holds a side, its columns under the names in the result. */
static struct plan *
hold(struct join *j, struct plan *in, struct column **names)
{
	struct plan *p = plan_new(j->b, P_PROJECT, j->op, in);

	p->materialize = 1;
	p->serialized = 0;
	p->out.columns = names;
	p->out.room = p->out.n;
	p->values =
	    arena_alloc(j->b->arena, (in->out.n + 1) * sizeof(*p->values));
	for (size_t i = 0; i < in->out.n; i++)
		p->values[i] = tx_column(j->b, in->out.columns[i], j->op->at);
	return p;
}

/* The right side's columns by the names that they have in the result; those
 * that lookup leaves out by names that nobody sees. */
static struct column **
right_names(struct join *j, struct schema *out)
{
	const struct schema *right = &j->right->out;
	struct column **names =
	    arena_alloc(j->b->arena, (right->n + 1) * sizeof(*names));
	struct column *c;

	for (size_t i = 0; i < right->n; i++) {
		c = right->columns[i];
		if (!is_dropped(j, c)) {
			names[i] = schema_add(
			    j->b, out, right_name(j, out, c->name), c->type);
			continue;
		}
		names[i] = arena_zalloc(j->b->arena, sizeof(*c));
		*names[i] = *c;
		names[i]->size = 1;
		names[i]->sql = arena_printf(j->b->arena, "\"$r%zu\"", i + 1);
	}
	return names;
}

/* The keys of a side, every other of on, each once, as "$k1", "$k2" ... and
 * "$hit". */
static struct plan *
distinct_keys(struct join *j, struct plan *in, struct tx **on)
{
	struct plan *p = plan_new(j->b, P_GROUP, j->op, in);
	const struct column *key;
	struct column *c;

	p->materialize = 1;
	p->serialized = 0;
	memset(&p->out, 0, sizeof(p->out));
	p->values = arena_alloc(j->b->arena, (j->n + 1) * sizeof(*p->values));
	for (size_t i = 0; i < j->n; i++) {
		p->values[i] = on[2 * i];
		key = on[2 * i]->column;
		c = schema_add(j->b, &p->out, key->name, key->type);
		c->sql = arena_printf(j->b->arena, "\"$k%zu\"", i + 1);
	}
	p->nkeys = j->n;
	p->values[j->n] = tx_int(j->b, KT_LONG, 1, j->op->at);
	schema_add(j->b, &p->out, "", KT_LONG)->sql = "\"$hit\"";
	return p;
}

/* The first row of each left key. */
static struct plan *
first_of_each(struct join *j, struct plan *in, struct tx **on)
{
	struct plan *p = plan_new(j->b, P_FIRST, j->op, in);

	p->materialize = 1;
	p->serialized = 0;
	p->values = arena_alloc(j->b->arena, j->n * sizeof(*p->values));
	p->nkeys = j->n;
	for (size_t i = 0; i < j->n; i++)
		p->values[i] = on[2 * i];
	return p;
}

static struct plan *
join_new(struct join *j)
{
	struct plan *p = plan_new(j->b, P_JOIN, j->op, NULL);

	p->join = j->kind->join;
	p->nkeys = j->n;
	p->on = arena_alloc(j->b->arena, 4 * j->n * sizeof(*p->on));
	p->inputs = arena_zalloc(j->b->arena, 3 * sizeof(struct plan *));
	p->ninputs = 2;
	p->part = j->left->part;
	return p;
}

/* semi and anti: the columns of one side, rows by the keys of the other. */
static struct plan *
join_one(struct join *j)
{
	struct plan *p = join_new(j), *keys;
	int swap = j->kind->right;

	p->inputs[0] = swap ? j->right : j->left;
	p->out = p->inputs[0]->out;
	p->values =
	    arena_alloc(j->b->arena, (p->out.n + 1) * sizeof(*p->values));
	for (size_t i = 0; i < p->out.n; i++)
		p->values[i] = tx_column(j->b, p->out.columns[i], p->at);
	for (size_t i = 0; i < j->n; i++) {
		p->on[2 * i + (size_t)swap] =
		    tx_column(j->b, j->pairs[i].left, p->at);
		p->on[2 * i + (size_t)!swap] =
		    tx_column(j->b, j->pairs[i].right, p->at);
	}
	keys = distinct_keys(j, swap ? j->left : j->right, p->on + 1);
	for (size_t i = 0; i < j->n; i++)
		p->on[2 * i + 1] = tx_column(j->b, keys->out.columns[i], p->at);
	p->inputs[1] = keys;
	return p;
}

/* A column of a side that may have no row: a string then is empty. */
static struct tx *
maybe(struct binder *b, const struct column *c, int missing, struct kql_at at)
{
	struct tx *x = tx_column(b, c, at);

	return missing && c->type == KT_STRING
	    ? tx_call1(b, KT_STRING, "coalesce($1, '')", x)
	    : x;
}

/* What column c of a side is called in the result. */
static struct tx *
renamed(const struct join *j, const struct schema *side, struct column **names,
    const struct column *c)
{
	for (size_t i = 0; i < side->n; i++)
		if (side->columns[i] == c)
			return tx_column(j->b, names[i], j->op->at);
	return tx_column(j->b, c, j->op->at); /* of an unknown table */
}

/* fullouter: behind the rows of the left side those of the right side whose
 * keys it has not. */
static void
add_right_only(struct join *j, struct plan *p)
{
	struct plan *keys = distinct_keys(j, p->inputs[0], p->on);
	struct tx **on = p->on + 2 * j->n;
	const struct column *c;

	p->inputs[2] = keys;
	p->ninputs = 3;
	for (size_t i = 0; i < j->n; i++) {
		on[2 * i] = p->on[2 * i + 1];
		on[2 * i + 1] = tx_column(j->b, keys->out.columns[i], p->at);
	}
	for (size_t i = 0; i < p->out.n; i++) {
		c = p->out.columns[i];
		p->values[p->out.n + i] = i < j->left->out.n
		    ? tx_null(j->b, c->type, p->at)
		    : tx_column(j->b, c, p->at);
	}
}

/* The values of the rows that are in both sides or in the kept one. */
static void
fill(struct join *j, struct plan *p)
{
	int outer = p->join == JOIN_OUTER || p->join == JOIN_FULL, right;

	p->values =
	    arena_alloc(j->b->arena, (2 * p->out.n + 1) * sizeof(*p->values));
	for (size_t i = 0; i < p->out.n; i++) {
		right = i >= j->left->out.n;
		p->values[i] = maybe(j->b, p->out.columns[i],
		    outer && right != j->kind->right, p->at);
	}
	if (p->join == JOIN_FULL)
		add_right_only(j, p);
}

/* The columns of both sides, each under a name of its own. */
static struct plan *
join_two(struct join *j)
{
	struct plan *p = join_new(j), *left, *right;
	struct column **names;
	const struct column *c;
	int swap = j->kind->right;

	for (size_t i = 0; i < j->left->out.n; i++) {
		c = j->left->out.columns[i];
		schema_add(j->b, &p->out, c->name, c->type)->size = c->size;
	}
	j->names = names = right_names(j, &p->out);
	p->out.open = j->left->out.open || j->right->out.open;
	left = hold(j, j->left, p->out.columns);
	left->materialize = swap || p->join == JOIN_FULL;
	right = hold(j, j->right, names);
	for (size_t i = 0; i < j->n; i++) {
		p->on[2 * i + (size_t)swap] =
		    renamed(j, &j->left->out, p->out.columns, j->pairs[i].left);
		p->on[2 * i + (size_t)!swap] =
		    renamed(j, &j->right->out, names, j->pairs[i].right);
	}
	if (j->kind->unique)
		left = first_of_each(j, left, p->on);
	p->inputs[swap] = left;
	p->inputs[!swap] = right;
	fill(j, p);
	return p;
}

struct plan *
bind_join(struct binder *b, struct plan *in, const struct op *op)
{
	struct join j = { .b = b, .op = op, .left = in };

	j.drop = op->kind == OP_LOOKUP;
	if (read_kind(&j) == -1)
		return NULL;
	b->row = NULL;
	if ((j.right = bind_table(b, op->args)) == NULL ||
	    check_whole(b, j.right, op->args->at) == -1)
		return NULL;
	if (in->part != NULL && (j.kind->right || j.kind->join == JOIN_FULL)) {
		check_whole(b, in, op->at);
		return NULL;
	}
	for (const struct expr *x = op->by; x != NULL; x = x->next)
		if (read_condition(&j, x) == -1)
			return NULL;
	return j.kind->one ? join_one(&j) : join_two(&j);
}

/* The keys behind the two of addresses, and whether rows without a match stay:
 * the last argument, a bool. */
static int
read_ip_keys(struct join *j, const struct expr *x, int *unmatched)
{
	const struct column *left, *right;
	struct tx *v;

	for (; x != NULL; x = x->next) {
		if (x->next == NULL && x->kind != E_NAME) {
			v = bind_expr(j->b, x->kind == E_ASSIGN ? x->args : x);
			if (v == NULL)
				return -1;
			if (v->type == KT_BOOL && is_const(v)) {
				*unmatched = v->n != 0;
				continue;
			}
		}
		if (x->kind != E_NAME)
			return fail_semantic(j->b->e, x->at,
			    "a key is the name of a column of both tables");
		left = need_column(j->b, &j->left->out, x);
		right =
		    left == NULL ? NULL : need_column(j->b, &j->right->out, x);
		if (right == NULL || add_pair(j, x, left, right) == -1)
			return -1;
	}
	return 0;
}

/* ipv6_lookup has the columns of the table that is looked into first. */
static struct plan *
right_first(struct join *j, struct plan *p)
{
	struct plan *q = plan_new(j->b, P_PROJECT, j->op, p);
	size_t n = p->out.n, left = j->left->out.n;
	const struct column *c;

	memset(&q->out, 0, sizeof(q->out));
	q->out.open = p->out.open;
	q->values = arena_alloc(j->b->arena, n * sizeof(*q->values));
	for (size_t i = 0; i < n; i++) {
		c = p->out.columns[(i + left) % n];
		plan_put(j->b, q, c->name, tx_column(j->b, c, p->at));
	}
	return q;
}

struct plan *
bind_ip_lookup(struct binder *b, struct plan *in, const struct op *op,
    const struct expr *x)
{
	struct join j = { .b = b, .op = op, .left = in, .drop = 1 };
	int unmatched = 0, v6 = strcmp(x->text, "ipv6_lookup") == 0;
	const struct expr *a = x->args;
	const struct column *left, *right;
	struct plan *p;

	b->row = NULL;
	if (a == NULL || a->next == NULL || a->next->next == NULL) {
		fail_semantic(
		    b->e, x->at, "%s() takes a table and two columns", x->text);
		return NULL;
	}
	if ((j.right = bind_table(b, a)) == NULL ||
	    (left = need_column(b, &in->out, a->next)) == NULL ||
	    (right = need_column(b, &j.right->out, a->next->next)) == NULL ||
	    read_ip_keys(&j, a->next->next->next, &unmatched) == -1)
		return NULL;
	j.kind = find_kind(op, unmatched ? "leftouter" : "inner");
	p = join_two(&j);
	p->filter = tx_call2(b, KT_BOOL,
	    v6 ? "kql_ipv6_match($1, $2)" : "kql_ipv4_match($1, $2)",
	    renamed(&j, &in->out, p->out.columns, left),
	    renamed(&j, &j.right->out, j.names, right));
	return v6 ? right_first(&j, p) : p;
}

/* Is x worked out of these columns alone? */
static int
is_over(const struct tx *x, const struct schema *s)
{
	if (x->kind == TX_COLUMN) {
		for (size_t i = 0; i < s->n; i++)
			if (s->columns[i] == x->column)
				return 1;
		return 0;
	}
	for (size_t i = 0; i < x->nargs; i++)
		if (!is_over(x->args[i], s))
			return 0;
	return 1;
}

/* What of a filter is about the left side, if the first is set, or is not. */
static struct tx *
part(struct binder *b, struct tx *x, const struct schema *s, int left)
{
	struct tx *y = arena_alloc(b->arena, sizeof(*x));

	if (x->kind != TX_CALL || strcmp(x->sql, "#&") != 0)
		return is_over(x, s) == left ? x : NULL;
	*y = *x;
	y->args = arena_alloc(b->arena, x->nargs * sizeof(*x->args));
	y->nargs = 0;
	for (size_t i = 0; i < x->nargs; i++)
		if (is_over(x->args[i], s) == left)
			y->args[y->nargs++] = x->args[i];
	return y->nargs == 0 ? NULL : y;
}

struct plan *
bind_join_filter(struct binder *b, struct plan *p)
{
	struct plan *join = p->input, *first, *filter;
	struct tx *left, *rest;

	if (join->kind != P_JOIN || join->inputs[0]->kind != P_FIRST)
		return p;
	first = join->inputs[0];
	if ((left = part(b, p->filter, &first->out, 1)) == NULL)
		return p;
	rest = part(b, p->filter, &first->out, 0);
	filter = plan_new(b, P_FILTER, NULL, first->input);
	filter->at = p->at;
	filter->name = p->name;
	filter->filter = left;
	p->input = arena_alloc(b->arena, sizeof(*p));
	*p->input = *join;
	p->input->inputs = arena_zalloc(b->arena, 3 * sizeof(first));
	p->input->inputs[0] = arena_alloc(b->arena, sizeof(*first));
	p->input->inputs[1] = join->inputs[1];
	*p->input->inputs[0] = *first;
	p->input->inputs[0]->input = filter;
	p->filter = rest;
	return rest == NULL ? p->input : p;
}
