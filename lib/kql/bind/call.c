/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>

#include "kql/bind/bind.h"
#include "kql/bind/several.h"

/* The letters of a builtin's parameters, walked one argument at a time. */
struct params {
	const char *p;
	char last, before; /* the letters just taken */
	int optional;
	int odd; /* in the middle of a pair */
};

static char
next_param(struct params *s)
{
	if (*s->p == '?') {
		s->optional = 1;
		s->p++;
	}
	if (*s->p == '*')
		return s->last;
	if (*s->p == '&') {
		s->odd = !s->odd;
		return s->odd ? s->before : s->last;
	}
	if (*s->p == '\0')
		return '\0';
	s->before = s->last;
	return s->last = *s->p++;
}

/* May the arguments end here? (strchr finds the end of the letters too.) */
static int
satisfied(const struct params *s)
{
	return s->optional || (strchr("*?&", *s->p) != NULL && !s->odd);
}

static int
is_orderable(enum kql_type t)
{
	return is_number(t) || t == KT_DATETIME || t == KT_TIMESPAN;
}

/* May an argument of this type stand for the letter? */
static int
fits(char letter, enum kql_type t)
{
	if (t == KT_UNKNOWN)
		return letter != '\0';
	switch (letter) {
	case 'b':
		return t == KT_BOOL;
	case 'i':
		return is_integer(t);
	case 'I':
		return is_integer(t) || t == KT_DYNAMIC;
	case 'n':
	case 'M':
		return is_number(t) || t == KT_DECIMAL;
	case 'm':
		return t == KT_DECIMAL;
	case 'r':
		return t == KT_REAL;
	case 's':
		return t == KT_STRING;
	case 'S':
		return t == KT_STRING || t == KT_DYNAMIC;
	case 'd':
		return t == KT_DATETIME;
	case 't':
		return t == KT_TIMESPAN;
	case 'g':
		return t == KT_GUID;
	case 'y':
		return t == KT_DYNAMIC;
	case 'A':
	case 'J':
	case 'X':
		return t != KT_DYNAMIC;
	case 'o':
		return is_orderable(t);
	default:
		return strchr("acejxT", letter) != NULL;
	}
}

/* The type that a letter stands for, and that arguments are brought to. */
static enum kql_type
wanted_type(char letter)
{
	static const struct {
		char letter;
		enum kql_type type;
	} types[] = { { 'b', KT_BOOL }, { 'i', KT_LONG }, { 'r', KT_REAL },
		{ 'l', KT_LONG }, { 'm', KT_DECIMAL }, { 'M', KT_DECIMAL },
		{ 's', KT_STRING }, { 'S', KT_STRING }, { 'x', KT_STRING },
		{ 'X', KT_STRING }, { 'd', KT_DATETIME }, { 't', KT_TIMESPAN },
		{ 'g', KT_GUID }, { 'y', KT_DYNAMIC }, { 'j', KT_DYNAMIC },
		{ 'J', KT_DYNAMIC } };

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (types[i].letter == letter)
			return types[i].type;
	return KT_NONE;
}

/* Does this row take arguments of these types? */
static int
row_fits(const struct builtin *f, struct tx **args, size_t n)
{
	struct params s = { .p = f->params };

	for (size_t i = 0; i < n; i++)
		if (!fits(next_param(&s), args[i]->type))
			return 0;
	return 1;
}

static int
takes_count(const struct builtin *f, size_t n)
{
	struct params s = { .p = f->params };

	for (size_t i = 0; i < n; i++)
		if (next_param(&s) == '\0')
			return 0;
	return satisfied(&s);
}

static const struct builtin *
choose(const struct builtin *f, struct tx **args, size_t n)
{
	const char *name = f->name;

	for (const struct builtin *r = f;
	     r->name != NULL && strcmp(r->name, name) == 0; r++)
		if (takes_count(r, n) && row_fits(r, args, n))
			return r;
	return NULL;
}

static struct tx *
refuse_args(struct binder *b, const struct builtin *f, const struct expr *x,
    struct tx **args, size_t n)
{
	char types[256] = "";
	size_t len = 0;
	int count = 0;

	for (const struct builtin *r = f;
	     r->name != NULL && strcmp(r->name, f->name) == 0; r++)
		count |= takes_count(r, n);
	if (!count) {
		fail_semantic(b->e, x->at,
		    "%s() does not take %zu argument%s%s", x->text, n,
		    n == 1 ? "" : "s", takes_text(b, f));
		return NULL;
	}
	for (size_t i = 0; i < n && len < sizeof(types) - 16; i++)
		len += (size_t)snprintf(types + len, sizeof(types) - len,
		    "%s%s", i == 0 ? "" : ", ", kql_type_name(args[i]->type));
	fail_semantic(b->e, x->at, "%s() cannot take (%s)%s", x->text, types,
	    takes_text(b, f));
	return NULL;
}

/* The one type of the arguments of c, e or o; KT_NONE: there are none. */
static int
shared_type(struct binder *b, const struct builtin *f, const struct expr *x,
    struct tx **args, size_t n, enum kql_type *type)
{
	struct params s = { .p = f->params };
	enum kql_type t;
	char letter;

	*type = KT_NONE;
	for (size_t i = 0; i < n; i++) {
		letter = next_param(&s);
		if (strchr("coe", letter) == NULL)
			continue;
		t = *type == KT_NONE ? args[i]->type
				     : common_type(*type, args[i]->type);
		if (letter == 'e' && *type != KT_NONE &&
		    (*type == KT_DYNAMIC) != (args[i]->type == KT_DYNAMIC))
			t = KT_NONE;
		if (t == KT_NONE)
			return fail_semantic(b->e, args[i]->at,
			    "%s(): %s and %s have no common type", x->text,
			    kql_type_name(*type), kql_type_name(args[i]->type));
		*type = t;
	}
	return 0;
}

/* Bring the arguments to what the row wants. */
static int
adapt(struct binder *b, const struct builtin *f, const struct expr *x,
    struct tx **args, size_t n, enum kql_type shared)
{
	struct params s = { .p = f->params };
	struct tx *y;
	enum kql_type to;
	char letter;

	for (size_t i = 0; i < n; i++) {
		letter = next_param(&s);
		to = strchr("coe", letter) != NULL ? shared
		    : letter == 'i'                ? KT_NONE
		    : letter == 'n' && args[i]->type == KT_DECIMAL
		    ? KT_REAL
		    : wanted_type(letter);
		if (to == KT_NONE)
			continue;
		if (to == KT_DYNAMIC && args[i]->type == KT_STRING &&
		    letter != 'y') {
			/* The text itself, which need not be JSON. */
			args[i] = tx_call1(b, to, "kql_quote($1)", args[i]);
			continue;
		}
		if ((y = convert(b, args[i], to)) == NULL)
			return fail_semantic(b->e, args[i]->at,
			    "%s() has no way from %s to %s", x->text,
			    kql_type_name(args[i]->type), kql_type_name(to));
		args[i] = y;
	}
	return 0;
}

static enum kql_type
result_type(
    const struct builtin *f, struct tx **args, size_t n, enum kql_type shared)
{
	enum kql_type t = n > 0 ? args[0]->type : KT_NONE;

	switch (f->result) {
	case '1':
		return t;
	case 'c':
		return shared;
	case 'L':
		return t == KT_INT ? KT_LONG : t;
	case 'w':
		for (size_t i = 1; i < n; i++)
			t = common_type(t, args[i]->type);
		return t;
	case 'i':
		return KT_INT;
	default:
		return wanted_type(f->result);
	}
}

static struct tx *
emit(struct binder *b, const struct builtin *f, const struct expr *x,
    struct tx **args, size_t n)
{
	enum kql_type shared, type;
	struct tx *y;

	if (strcmp(f->sql, "!case") == 0)
		return bind_special(b, f, x, args, n);
	if (shared_type(b, f, x, args, n, &shared) == -1 ||
	    adapt(b, f, x, args, n, shared) == -1)
		return NULL;
	if (*f->sql == '!')
		return bind_special(b, f, x, args, n);
	if (f->naming == NAME_COLUMNS)
		return bind_columns(b, f, x, args, n);
	type = result_type(f, args, n, shared);
	if (*f->sql != '@')
		return tx_call(b, type, f->sql, x->at, args, n);
	if ((y = convert(b, args[0], type)) == NULL)
		fail_semantic(b->e, x->at, "%s() cannot take (%s)", x->text,
		    kql_type_name(args[0]->type));
	return y;
}

/* Does one of its rows take typeof()? */
static int
takes_type(const struct builtin *f)
{
	const char *name = f->name;

	for (; f->name != NULL && strcmp(f->name, name) == 0; f++)
		if (strchr(f->params, 'T') != NULL)
			return 1;
	return 0;
}

/* An argument; typeof(T) is one only of the functions that take it, which
 * take it as the last one and nothing else there. */
static struct tx *
bind_arg(struct binder *b, const struct builtin *f, const struct expr *a)
{
	if (a->kind == E_CALL && strcmp(a->text, "typeof") == 0 &&
	    a->next == NULL && takes_type(f))
		return bind_typeof(b, a);
	return bind_expr(b, a);
}

/* Bind the arguments; returns their number, or -1. */
static int
bind_args(struct binder *b, const struct builtin *f, const struct expr *x,
    struct tx *args[])
{
	int n = 0;

	for (const struct expr *a = x->args; a != NULL; a = a->next) {
		if (a->kind == E_STAR &&
		    (strcmp(f->params, "a*") == 0 ||
			strcmp(f->name, "pack_array") == 0) &&
		    *a->text == '*' && b->row != NULL) {
			for (size_t i = 0; i < b->row->n; i++)
				args[n++] =
				    tx_column(b, b->row->columns[i], a->at);
			continue;
		}
		if ((args[n++] = bind_arg(b, f, a)) == NULL)
			return -1;
	}
	return n;
}

/* The type that c's arguments have in common, as far as it is known. */
static enum kql_type
common_of(const struct builtin *f, struct tx **args, size_t n)
{
	struct params s = { .p = f->params };
	enum kql_type t = KT_UNKNOWN;

	for (size_t i = 0; i < n && t != KT_NONE; i++)
		if (strchr("coe", next_param(&s)) != NULL)
			t = common_type(t, args[i]->type);
	return t;
}

/* What a call gives with some types unknown: what all rows agree on. */
static enum kql_type
result_of_any(const struct builtin *f, struct tx **args, size_t n)
{
	const char *name = f->name;
	enum kql_type type = KT_NONE, t;

	for (; f->name != NULL && strcmp(f->name, name) == 0; f++) {
		if (!takes_count(f, n) || !row_fits(f, args, n))
			continue;
		t = f->result == '1'   ? args[0]->type
		    : f->result == 'c' ? common_of(f, args, n)
				       : wanted_type(f->result);
		if (f->result == 'i')
			t = KT_INT;
		if (t == KT_NONE || (type != KT_NONE && t != type))
			return KT_UNKNOWN;
		type = t;
	}
	return type;
}

/* A call of arguments that are bound. */
static struct tx *
call_bound(struct binder *b, const struct builtin *f, const struct expr *x,
    struct tx **args, size_t n)
{
	const struct builtin *row = choose(f, args, n);

	if (row == NULL)
		return refuse_args(b, f, x, args, n);
	if (any_unknown(args, n) && row->naming != NAME_COLUMNS)
		return unknown_value(
		    b, result_of_any(row, args, n), x->at, args, n);
	return emit(b, row, x, args, n);
}

struct tx *
call_named(struct binder *b, const struct builtin *const *tables,
    const char *name, const struct expr *x, struct tx **args, size_t n)
{
	return call_bound(b, builtin_find(tables, name), x, args, n);
}

static struct tx *
call_row(struct binder *b, const struct builtin *f, const struct expr *x)
{
	struct tx **args;
	size_t room = 1;
	int n;

	for (const struct expr *a = x->args; a != NULL; a = a->next)
		room += a->kind == E_STAR && b->row != NULL ? b->row->n : 1;
	args = arena_alloc(b->arena, room * sizeof(*args));
	if ((n = bind_args(b, f, x, args)) == -1)
		return NULL;
	return call_bound(b, f, x, args, (size_t)n);
}

static struct tx *
call_aggregate(struct binder *b, const struct builtin *f, const struct expr *x)
{
	struct tx *y;

	if (b->aggregates != AGG_WANTED) {
		fail_semantic(b->e, x->at,
		    b->aggregates == AGG_INSIDE
			? "%s() stands inside of another aggregate"
			: "%s() is an aggregate; it belongs in summarize",
		    x->text);
		return NULL;
	}
	b->aggregates = AGG_INSIDE;
	y = f->naming == NAME_SEVERAL && *f->sql == '!' ? bind_several(b, f, x)
							: call_row(b, f, x);
	b->aggregates = AGG_WANTED;
	if (y == NULL)
		return NULL;
	y->aggregate = 1;
	for (struct extra *p = y->more; p != NULL; p = p->next)
		p->value->aggregate = 1;
	return y;
}

static struct tx *
call_window(struct binder *b, const struct builtin *f, const struct expr *x)
{
	struct tx *y;

	if (!b->windows) {
		fail_semantic(b->e, x->at,
		    "%s() needs rows in order: put sort or serialize in front",
		    x->text);
		return NULL;
	}
	if ((y = call_row(b, f, x)) != NULL)
		y->windows = y->window = 1;
	return y;
}

static void
offer_all(
    struct near *near, const char *name, const struct builtin *const *tables)
{
	for (; *tables != NULL; tables++)
		for (const struct builtin *f = *tables; f->name != NULL; f++)
			near_offer(near, name, f->name);
}

static void
offer_own(struct near *near, struct binder *b, const char *name)
{
	const struct stored *s = stored_of(b, b->database);

	for (const struct stored_function *f = s->functions; f != NULL;
	     f = f->next)
		near_offer(near, name, f->let.name);
	for (const struct let *l = b->lets; l != NULL; l = l->next)
		if (l->function != NULL)
			near_offer(near, name, l->name);
}

void *
unknown_function(struct binder *b, const struct expr *x, int database)
{
	struct near near = { 0 };
	const char *other = function_hint(x->text);
	char hint[100];

	if (b->called != NULL && strcmp(b->called->name, x->text) == 0) {
		fail_semantic(b->e, x->at,
		    "%.80s() calls itself; a function cannot", x->text);
		return NULL;
	}
	if (builtin_missing(MISSING_FUNCTION, x->text)) {
		fail_unsupported(b->e, x->at, "function '%.80s()'", x->text);
		return NULL;
	}
	if (builtin_missing(MISSING_PLUGIN, x->text)) {
		fail_unsupported(b->e, x->at, "plugin '%.80s()'", x->text);
		return NULL;
	}
	offer_own(&near, b, x->text);
	offer_all(&near, x->text, kql_functions);
	offer_all(&near, x->text, kql_aggregates);
	offer_all(&near, x->text, kql_windows);
	fail_coded(b->e, x->at, "SEM0260", "Unknown function: '%.80s'%s%s%s",
	    x->text, other != NULL ? "; write " : "",
	    other != NULL ? other : near_text(&near, hint, sizeof(hint)),
	    stored_trouble(b, database));
	return NULL;
}

/* toscalar(query): the first row's first column, once for the query. */
static struct tx *
bind_toscalar(struct binder *b, const struct expr *x)
{
	struct bound of;
	struct tx *y;

	if (x->args == NULL || x->args->next != NULL) {
		fail_semantic(b->e, x->at, "toscalar() takes one query");
		return NULL;
	}
	if (bind_any(b, x->args, &of) == -1)
		return NULL;
	if (of.value != NULL)
		return of.value;
	if (check_whole(b, of.plan, x->at) == -1)
		return NULL;
	y = tx_const(b, of.plan->out.columns[0]->type, x->at);
	y->kind = TX_QUERY;
	y->plan = plan_first(b, of.plan);
	return y;
}

/* A function of one's own where a value should stand. */
static struct tx *
call_own(struct binder *b, struct let *f, const struct expr *x)
{
	struct bound y;
	struct tx *v;

	if (call_function(b, f, x, NULL, &y) == -1)
		return NULL;
	if (y.value == NULL) {
		fail_semantic(b->e, x->at,
		    "%.80s() gives a table where a value was expected; "
		    "toscalar() makes one",
		    x->text);
		return NULL;
	}
	v = arena_alloc(b->arena, sizeof(*v));
	*v = *y.value;
	v->at = x->at;
	return v;
}

/* hll_merge(x) is an aggregate, hll_merge(x, y) is none. */
int
is_aggregate_call(const struct expr *x)
{
	if (builtin_find(kql_aggregates, x->text) == NULL)
		return 0;
	return builtin_find(kql_functions, x->text) == NULL ||
	    x->args == NULL || x->args->next == NULL;
}

struct tx *
bind_call(struct binder *b, const struct expr *x)
{
	const struct builtin *f;
	struct let *own;

	if (strcmp(x->text, "toscalar") == 0)
		return bind_toscalar(b, x);
	if (strcmp(x->text, "column_names_of") == 0)
		return bind_column_names(b, x);
	if ((own = find_function(b, x->text)) != NULL)
		return call_own(b, own, x);
	if ((f = builtin_find(kql_aggregates, x->text)) != NULL &&
	    is_aggregate_call(x))
		return call_aggregate(b, f, x);
	if ((f = builtin_find(kql_windows, x->text)) != NULL)
		return call_window(b, f, x);
	if ((f = builtin_find(kql_functions, x->text)) == NULL)
		return *x->text == '$' && b->lenient
		    ? unknown_column(b, x->text, x->at)
		    : unknown_function(b, x, b->database);
	return call_row(b, f, x);
}
