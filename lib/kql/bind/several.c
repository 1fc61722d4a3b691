/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "kql/bind/bind.h"
#include "kql/bind/several.h"
#include "num.h"

/* Aggregates that give several columns, and those whose names tell of more
 * than their first argument. */

static int
is_arg(const struct builtin *f)
{
	return strncmp(f->name, "arg", 3) == 0;
}

static int
is_any(const struct builtin *f)
{
	return strcmp(f->name, "take_any") == 0 || strcmp(f->name, "any") == 0;
}

static int
has_weight(const struct builtin *f)
{
	return strncmp(f->name, "percentilew", 11) == 0 ||
	    strncmp(f->name, "percentilesw", 12) == 0;
}

/* percentile_x_99_9; of a constant that is worked out percentile_x_. */
static const char *
percentile_name(struct binder *b, const char *of, const struct expr *p)
{
	const struct let *l = p->kind == E_NAME ? find_let(b, p->text) : NULL;
	const struct tx *value = l != NULL ? l->value : NULL;
	char text[NUM_MAX] = "";

	if (p->kind == E_LITERAL && p->type == KT_REAL)
		num_double(text, p->real);
	else if (p->kind == E_LITERAL)
		num_int(text, p->n);
	else if (value != NULL && value->type == KT_REAL)
		num_double(text, value->real);
	else if (value != NULL)
		num_int(text, value->n);
	for (char *c = text; *c != '\0'; c++)
		if (*c == '.')
			*c = '_';
	return arena_printf(b->arena, "percentile_%s_%s", of, text);
}

/* What the argument at number i is called. */
static const char *
argument_name(struct binder *b, const struct builtin *f, const struct expr *x,
    const struct expr *a, int i)
{
	const char *of = default_name(b, x->args), *name = default_name(b, a);

	of = of == NULL ? "" : of;
	if (strcmp(f->name, "any") == 0 && name != NULL)
		return arena_printf(b->arena, "any_%s", name);
	if (is_any(f))
		return name != NULL ? name
				    : arena_printf(b->arena, "any_arg%d", i);
	if (strncmp(f->name, "argm", 4) == 0)
		return i == 0 ? arena_printf(b->arena, "%s_%s", f->prefix, of)
			      : arena_printf(b->arena, "%s_%s_%s", f->prefix,
				    of, name == NULL ? "" : name);
	if (name != NULL)
		return name;
	return i == 0 ? arena_printf(b->arena, "%s_", f->prefix)
		      : arena_printf(b->arena, "%s_%s_arg%d", f->prefix, of, i);
}

const char *
several_name(struct binder *b, const struct builtin *f, const struct expr *x)
{
	const char *of;
	const struct expr *p = x->args == NULL ? NULL : x->args->next;

	if (x->args == NULL)
		return NULL;
	of = default_name(b, x->args);
	of = of == NULL ? "" : of;
	if (strstr(f->name, "_array") != NULL)
		return arena_printf(b->arena, "percentiles_%s", of);
	if (strncmp(f->name, "covariance", 10) == 0) {
		const char *with = p == NULL ? NULL : default_name(b, p);

		return arena_printf(b->arena, "%s_%s_%s", f->prefix, of,
		    with == NULL ? "" : with);
	}
	if (*f->name == 'p') {
		if (has_weight(f) && p != NULL)
			p = p->next;
		return p == NULL ? NULL : percentile_name(b, of, p);
	}
	if (x->args->kind == E_STAR)
		return NULL;
	return argument_name(b, f, x, x->args, 0);
}

/* A list of values as it grows; the first is the call's own. */
struct extras {
	struct extra *first;
	struct extra **tail;
};

static void
add_part(struct binder *b, struct extras *s, const char *name, struct tx *value)
{
	struct extra *p = arena_zalloc(b->arena, sizeof(*p));

	p->name = name;
	p->value = value;
	if (s->tail == NULL)
		s->tail = &s->first;
	*s->tail = p;
	s->tail = &p->next;
}

/* The call's own value, with the others behind it. */
static struct tx *
first_part(const struct extras *s)
{
	struct tx *y = s->first->value;

	y->name = s->first->name;
	y->more = s->first->next;
	return y;
}

/* Is the column a key that summarize groups by? */
static int
is_key(const struct binder *b, const struct column *c)
{
	const struct plan *g = b->group;

	for (size_t i = 0; g != NULL && i < g->nkeys; i++)
		if (g->values[i]->kind == TX_COLUMN &&
		    g->values[i]->column == c)
			return 1;
	return 0;
}

/* Is the column one of the call's other arguments? */
static int
is_argument(const struct expr *x, const struct column *c)
{
	for (const struct expr *a = x->args; a != NULL; a = a->next)
		if (a->kind == E_NAME && strcmp(a->text, c->name) == 0)
			return 1;
	return 0;
}

/* A value of the row that an aggregate picks: by key, or the first. */
static struct tx *
picked(struct binder *b, const struct builtin *f, struct tx *key, struct tx *x)
{
	struct tx *args[] = { key, x };
	const char *sql = "kql_first($1)";

	if (key != NULL)
		sql = arena_printf(b->arena, "kql_arg_%s%s($1, $2)", f->prefix,
		    key->type == KT_STRING ? "_string" : "");
	if (x->type == KT_STRING)
		sql = arena_printf(b->arena, "coalesce(%s, '')", sql);
	return key == NULL ? tx_call1(b, x->type, sql, x)
			   : tx_call(b, x->type, sql, x->at, args, 2);
}

/* Every column that is neither key nor argument. */
static void
add_star(struct binder *b, struct extras *s, const struct builtin *f,
    const struct expr *x, struct tx *key)
{
	struct column *c;
	struct expr name = { .kind = E_NAME, .at = x->at };

	for (size_t i = 0; i < b->row->n; i++) {
		c = b->row->columns[i];
		if (is_key(b, c) || is_argument(x, c))
			continue;
		name.text = c->name;
		add_part(b, s, argument_name(b, f, x, &name, 1),
		    picked(b, f, key, tx_column(b, c, x->at)));
	}
}

/* The arguments from a on, number i of the call. */
static int
add_arguments(struct binder *b, struct extras *s, const struct builtin *f,
    const struct expr *x, const struct expr *a, int i, struct tx *key)
{
	struct tx *value;

	for (; a != NULL; a = a->next, i++) {
		if (a->kind == E_STAR && strcmp(a->text, "*") == 0) {
			add_star(b, s, f, x, key);
			continue;
		}
		value = bind_expr(b, a->kind == E_ASSIGN ? a->args : a);
		if (value == NULL)
			return -1;
		add_part(b, s, argument_name(b, f, x, a, i),
		    picked(b, f, key, value));
	}
	return 0;
}

/* arg_max(key, values) and arg_min: the greatest key of the group, and what
 * stands in its row. */
static struct tx *
bind_arg(struct binder *b, const struct builtin *f, const struct expr *x)
{
	struct extras s = { NULL, NULL };
	struct tx *key, *best;

	if ((key = bind_expr(b, x->args)) == NULL ||
	    (best = call_named(b, kql_aggregates, f->prefix, x, &key, 1)) ==
		NULL)
		return NULL;
	if (key->type == KT_DECIMAL)
		key = convert(b, key, KT_REAL);
	add_part(b, &s, argument_name(b, f, x, x->args, 0), best);
	if (add_arguments(b, &s, f, x, x->args->next, 1, key) == -1)
		return NULL;
	return first_part(&s);
}

/* take_any: of one value the first that is not null, of several a row. */
static struct tx *
bind_take_any(struct binder *b, const struct builtin *f, const struct expr *x)
{
	struct extras s = { NULL, NULL };
	struct tx *value;

	if (x->args->next == NULL && x->args->kind != E_STAR) {
		if ((value = bind_expr(b, x->args)) == NULL)
			return NULL;
		return tx_call1(b, value->type,
		    value->type == KT_STRING ? "coalesce(kql_take_any($1), '')"
					     : "kql_take_any($1)",
		    value);
	}
	if (add_arguments(b, &s, f, x, x->args, 0, NULL) == -1)
		return NULL;
	if (s.first != NULL)
		return first_part(&s);
	fail_semantic(b->e, x->at, "%s(*) has no column to take", x->text);
	return NULL;
}

/* A rank must be known, as it is part of the name. */
static struct tx *
bind_rank(struct binder *b, const struct expr *x, const struct expr *a)
{
	struct tx *y = bind_expr(b, a);

	if (y == NULL || y->type == KT_DYNAMIC || y->type == KT_UNKNOWN)
		return y;
	if (is_const(y) && is_number(y->type))
		return y;
	fail_semantic(b->e, a->at,
	    "%s() needs percentiles that are constant numbers", x->text);
	return NULL;
}

/* What has ranks: numbers and times; int counts as long, decimal as real. */
static struct tx *
ranked(struct binder *b, const struct expr *x, struct tx *value)
{
	if (value->type == KT_DECIMAL)
		return convert(b, value, KT_REAL);
	if (value->type == KT_INT)
		return convert(b, value, KT_LONG);
	if (is_number(value->type) || value->type == KT_DATETIME ||
	    value->type == KT_TIMESPAN || value->type == KT_UNKNOWN)
		return value;
	fail_unsupported(b->e, x->at, "%s() of values of type %s", x->text,
	    kql_type_name(value->type));
	return NULL;
}

/* The ranked value, its weight, and the ranks; returns their number or 0. */
static size_t
bind_ranks(struct binder *b, const struct builtin *f, const struct expr *x,
    struct tx **args)
{
	const struct expr *a = x->args;
	size_t n = 0;

	if ((args[n] = bind_expr(b, a)) == NULL ||
	    (args[n] = ranked(b, x, args[n])) == NULL)
		return 0;
	n++;
	a = a->next;
	if (has_weight(f) && a != NULL) {
		if ((args[n] = bind_expr(b, a)) == NULL)
			return 0;
		if (!is_integer(args[n]->type) && args[n]->type != KT_UNKNOWN) {
			fail_semantic(b->e, a->at,
			    "%s() needs weights that are integers", x->text);
			return 0;
		}
		n++;
		a = a->next;
	}
	if (a == NULL) {
		fail_semantic(b->e, x->at, "%s() needs a percentile", x->text);
		return 0;
	}
	for (; a != NULL; a = a->next)
		if ((args[n++] = bind_rank(b, x, a)) == NULL)
			return 0;
	return n;
}

/* The list of values at the ranks that all the arguments ask for. */
static struct tx *
bind_list_of_ranks(struct binder *b, const struct builtin *f,
    const struct expr *x, enum kql_type *type)
{
	struct tx **args;
	size_t n = 1;

	for (const struct expr *a = x->args; a != NULL; a = a->next)
		n++;
	args = arena_alloc(b->arena, n * sizeof(*args));
	if ((n = bind_ranks(b, f, x, args)) == 0)
		return NULL;
	*type = args[0]->type;
	return tx_call(b, KT_DYNAMIC, f->sql + 1, x->at, args, n);
}

/* percentiles(x, p, ...): SQLite works out one list for all of them. */
static struct tx *
bind_percentiles(
    struct binder *b, const struct builtin *f, const struct expr *x)
{
	struct extras s = { NULL, NULL };
	const char *of = default_name(b, x->args);
	const struct expr *a;
	struct tx *list, *pick;
	enum kql_type type;

	if ((list = bind_list_of_ranks(b, f, x, &type)) == NULL)
		return NULL;
	a = has_weight(f) ? x->args->next->next : x->args->next;
	for (int i = 0; a != NULL; a = a->next, i++) {
		pick = tx_call2(b, KT_DYNAMIC, "kql_element($1, $2)", list,
		    tx_int(b, KT_LONG, i, a->at));
		pick = convert(b, pick, type == KT_REAL ? KT_REAL : KT_LONG);
		pick->type = type;
		add_part(
		    b, &s, percentile_name(b, of == NULL ? "" : of, a), pick);
	}
	return first_part(&s);
}

/* percentiles_array(x, p, ...) or (x, array of p). */
static struct tx *
bind_percentiles_array(
    struct binder *b, const struct builtin *f, const struct expr *x)
{
	struct tx *list;
	enum kql_type type;
	const char *name;

	if ((list = bind_list_of_ranks(b, f, x, &type)) == NULL)
		return NULL;
	if (type == KT_LONG || type == KT_REAL)
		return list;
	name = kql_type_name(type);
	return tx_call2(b, KT_DYNAMIC, "kql_times_of($1, $2)", list,
	    tx_text(b, KT_STRING, name, strlen(name), x->at));
}

struct tx *
bind_several(struct binder *b, const struct builtin *f, const struct expr *x)
{
	if (x->args == NULL) {
		fail_semantic(b->e, x->at, "%s() needs an argument", x->text);
		return NULL;
	}
	if (is_arg(f))
		return bind_arg(b, f, x);
	if (is_any(f))
		return bind_take_any(b, f, x);
	if (strstr(f->name, "_array") != NULL)
		return bind_percentiles_array(b, f, x);
	return bind_percentiles(b, f, x);
}
