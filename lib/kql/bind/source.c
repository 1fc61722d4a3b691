/* SPDX-License-Identifier: MIT */
#include <math.h>
#include <string.h>
#include <strings.h>

#include "kql/bind/bind.h"
#include "kql/value.h"
#include "num.h"

#define CELLS_MAX   100000 /* values of a datatable */
#define NO_DATABASE (-2)   /* one that is not here */

static struct plan *
scan(
    struct binder *b, int database, const struct kql_table *t, struct kql_at at)
{
	struct plan *p = plan_new(b, P_SCAN, NULL, NULL);
	struct scan *s = arena_zalloc(b->arena, sizeof(*s));

	p->name = arena_strdup(b->arena, t->name);
	p->table = p->name;
	p->sql = arena_strdup(b->arena, t->sql);
	p->at = at;
	s->database = database;
	s->table = p->table;
	s->at = at;
	s->next = b->scans;
	b->scans = s;
	p->values =
	    arena_alloc(b->arena, (t->ncolumns + 1) * sizeof(*p->values));
	for (size_t i = 0; i < t->ncolumns; i++) {
		schema_add(b, &p->out,
		    arena_strdup(b->arena, t->columns[i].name),
		    t->columns[i].type);
		p->values[i] = tx_call(b, t->columns[i].type,
		    arena_strdup(b->arena, t->columns[i].sql), at, NULL, 0);
	}
	return p;
}

static struct plan *
no_table(struct binder *b, int database, const char *name, struct kql_at at)
{
	struct near near = { 0 };
	const char *other;
	char hint[100];

	for (size_t i = 0; database >= 0 &&
	     (other = store_table_name(b->store, database, i)) != NULL;
	     i++)
		near_offer(&near, name, other);
	for (const struct let *l = b->lets; l != NULL; l = l->next)
		near_offer(&near, name, l->name);
	if (b->lenient && near.best == NULL)
		return unknown_table(b, at);
	if (*name == '\0') {
		fail_syntax(b->e, at, "a query starts with a table");
		return NULL;
	}
	fail_semantic(b->e, at,
	    "Failed to resolve table expression named '%.80s'%s%s", name,
	    near_text(&near, hint, sizeof(hint)), stored_trouble(b, database));
	return NULL;
}

struct plan *
bind_stored_table(
    struct binder *b, int database, const char *name, struct kql_at at)
{
	const struct kql_table *t;
	struct err err;

	if (database < 0)
		return no_table(b, database, name, at);
	switch (store_table(b->store, database, name, &t, &err)) {
	case 1:
		return scan(b, database, t, at);
	case 0:
		return no_table(b, database, name, at);
	default:
		fail_data(b->e, at, &err);
		return NULL;
	}
}

/* A function of one's own where a table should stand. */
static struct plan *
called(struct binder *b, struct let *f, const struct expr *x, struct plan *in)
{
	struct bound y;

	if (call_function(b, f, x, in, &y) == -1)
		return NULL;
	if (y.plan == NULL)
		fail_semantic(b->e, x->at,
		    "%.80s() gives a value where a table was expected",
		    x->text);
	return y.plan;
}

static struct plan *
named(struct binder *b, const struct expr *x)
{
	struct let *l = find_let(b, x->text);

	if (l == NULL)
		l = find_stored(b, b->database, x->text);
	if (l == NULL)
		return bind_stored_table(b, b->database, x->text, x->at);
	if (l->function != NULL)
		return called(b, l, x, NULL);
	if (l->plan == NULL) {
		fail_semantic(b->e, x->at,
		    "'%.80s' is a value where a table was expected", x->text);
		return NULL;
	}
	return l->plan;
}

/* The one string argument of database('x') and its like, or NULL. */
static const char *
string_arg(struct binder *b, const struct expr *x, const struct expr *arg)
{
	if (arg != NULL && arg->next == NULL && arg->kind == E_LITERAL &&
	    arg->type == KT_STRING)
		return arg->text;
	fail_semantic(
	    b->e, x->at, "%s() takes one name, as a string literal", x->text);
	return NULL;
}

static int
is_call(const struct expr *x, const char *name)
{
	return (x->kind == E_CALL || x->kind == E_METHOD) &&
	    strcmp(x->text, name) == 0;
}

/* database('d') or cluster('c').database('d'): its number, or -1. */
int
bind_database(struct binder *b, const struct expr *x)
{
	const char *cluster = NULL, *database;
	int method = x->kind == E_METHOD, n;

	if (!is_call(x, "database") || (method && !is_call(x->args, "cluster")))
		return fail_semantic(b->e, x->at,
		    "a table is named T, database('d').T or "
		    "cluster('c').database('d').T");
	if (method && (cluster = string_arg(b, x->args, x->args->args)) == NULL)
		return -1;
	database = string_arg(b, x, method ? x->args->next : x->args);
	if (database == NULL)
		return -1;
	for (const struct alias *a = b->aliases; a != NULL; a = a->next)
		if (cluster == NULL && strcasecmp(a->name, database) == 0)
			return a->database;
	n = store_database(b->store, cluster, database);
	if (n >= 0)
		return n;
	if (b->lenient)
		return NO_DATABASE;
	return fail_semantic(b->e, x->at,
	    "Database '%.80s'%s%.80s%s is not known here", database,
	    cluster == NULL ? "" : " of cluster '",
	    cluster == NULL ? "" : cluster, cluster == NULL ? "" : "'");
}

/* cluster('c').D.T, as many write it. */
static int
refuse_bare_database(struct binder *b, const struct expr *x)
{
	const struct expr *of = x->args;

	if (of->kind == E_MEMBER && is_call(of->args, "cluster"))
		return fail_semantic(b->e, of->at,
		    "a database behind cluster() is a call: write "
		    ".database('%.80s')",
		    of->text);
	return 0;
}

static struct plan *
no_function(struct binder *b, int database, const struct expr *x)
{
	if (b->lenient)
		return unknown_table(b, x->at);
	return unknown_function(b, x, database);
}

static struct plan *
path(struct binder *b, const struct expr *x)
{
	struct expr call = *x;
	const char *name = x->text;
	int database, name_is_table = 0;
	struct let *f;

	if (x->kind == E_METHOD && strcmp(name, "table") == 0) {
		if ((name = string_arg(b, x, x->args->next)) == NULL)
			return NULL;
		name_is_table = 1;
	} else if (refuse_bare_database(b, x) == -1) {
		return NULL;
	}
	if (b->lenient && !is_call(x->args, "database"))
		return unknown_table(b, x->at);
	if ((database = bind_database(b, x->args)) == -1)
		return NULL;
	if (!name_is_table && (f = find_stored(b, database, name)) != NULL) {
		call.args = x->kind == E_METHOD ? x->args->next : NULL;
		return called(b, f, &call, NULL);
	}
	if (x->kind == E_METHOD && !name_is_table)
		return no_function(b, database, x);
	return bind_stored_table(b, database, name, x->at);
}

static struct plan *
table_call(struct binder *b, const struct expr *x)
{
	struct let *f = find_function(b, x->text);
	const char *name;

	if (f != NULL)
		return called(b, f, x, NULL);
	if (strcmp(x->text, "table") == 0) {
		name = string_arg(b, x, x->args);
		return name == NULL
		    ? NULL
		    : bind_stored_table(b, b->database, name, x->at);
	}
	if (strcmp(x->text, "materialize") == 0 && x->args != NULL &&
	    x->args->next == NULL)
		return bind_table(b, x->args);
	if (b->lenient)
		return unknown_table(b, x->at);
	if (builtin_find(kql_functions, x->text) == NULL &&
	    builtin_find(kql_aggregates, x->text) == NULL)
		return unknown_function(b, x, b->database);
	fail_semantic(b->e, x->at,
	    "%.80s() gives a value where a table was expected; print shows it",
	    x->text);
	return NULL;
}

struct plan *
bind_table(struct binder *b, const struct expr *x)
{
	switch (x->kind) {
	case E_NAME:
		return named(b, x);
	case E_QUERY:
		return bind_query(b, x->query);
	case E_MEMBER:
	case E_METHOD:
		return path(b, x);
	case E_CALL:
		return table_call(b, x);
	default:
		fail_semantic(b->e, x->at,
		    "a value stands where a table should; print shows one");
		return NULL;
	}
}

/* A literal, maybe with a sign, which belongs to it here. */
static struct tx *
cell_value(struct binder *b, const struct expr *x)
{
	if (x->kind == E_UNARY && x->args->over)
		return tx_int(b, KT_LONG, INT64_MIN, x->at);
	return bind_expr(b, x);
}

struct tx *
constant_text(struct binder *b, const struct tx *v, enum kql_type type)
{
	struct tx *y = tx_const(b, type, v->at);
	int r = -1;

	if (is_integer(type))
		r = num_parse_int(v->text, v->len, &y->n);
	else if (type == KT_REAL)
		r = num_parse_double(v->text, v->len, &y->real);
	else if (type == KT_DATETIME)
		r = value_datetime(v->text, v->len, &y->n);
	else if (type == KT_TIMESPAN)
		r = value_timespan(v->text, v->len, &y->n);
	if (r == -1 || (type == KT_INT && y->n != (int32_t)y->n))
		return NULL;
	return y;
}

/* May a literal of one type stand in a column of another? */
static int
cell_fits(enum kql_type from, enum kql_type to)
{
	return from == to || (is_integer(from) && is_number(to)) ||
	    (is_number(from) && to == KT_DECIMAL);
}

/* A constant of a datatable as its column's type, or NULL. */
static struct tx *
cell(struct binder *b, const struct expr *x, const struct declared *c)
{
	int literal = x->kind == E_LITERAL ||
	    (x->kind == E_UNARY && x->args->kind == E_LITERAL);
	struct tx *v = literal ? cell_value(b, x) : NULL, *y = NULL;

	if (literal && v == NULL)
		return NULL;
	if (v == NULL || v->kind != TX_CONST) {
		fail_semantic(b->e, x->at, "datatable takes literals only");
		return NULL;
	}
	if (v->type == KT_LONG && c->type == KT_INT && !v->null &&
	    (v->n < INT32_MIN || v->n > INT32_MAX)) {
		fail_semantic(b->e, x->at, "out of range of int");
		return NULL;
	}
	if (v->null || cell_fits(v->type, c->type))
		y = convert(b, v, c->type);
	else if (v->type == KT_STRING)
		y = constant_text(b, v, c->type);
	if (y != NULL)
		return y;
	fail_semantic(b->e, x->at,
	    "a value of type %s in column '%.80s' of type %s",
	    kql_type_name(v->type), c->name, kql_type_name(c->type));
	return NULL;
}

static struct plan *
datatable(struct binder *b, const struct op *op)
{
	struct plan *p = plan_new(b, P_ROWS, op, NULL);
	const struct declared *c;
	size_t n = 0;

	for (c = op->columns; c != NULL; c = c->next) {
		if (schema_find(&p->out, c->name) != NULL) {
			fail_semantic(b->e, c->at,
			    "two columns are named '%.80s'", c->name);
			return NULL;
		}
		schema_add(b, &p->out, c->name, c->type);
	}
	for (const struct expr *x = op->args; x != NULL; x = x->next)
		n++;
	if (p->out.n == 0 || n % p->out.n != 0 || n > CELLS_MAX) {
		fail_semantic(b->e, op->at,
		    "datatable has %zu columns and "
		    "%zu values",
		    p->out.n, n);
		return NULL;
	}
	p->nrows = n / p->out.n;
	p->values = arena_alloc(b->arena, (n + 1) * sizeof(*p->values));
	n = 0;
	c = op->columns;
	for (const struct expr *x = op->args; x != NULL; x = x->next) {
		if ((p->values[n++] = cell(b, x, c)) == NULL)
			return NULL;
		c = c->next == NULL ? op->columns : c->next;
	}
	return p;
}

/* Put a column of print; its name must be free. */
static int
print_column(struct binder *b, void *ctx, const struct expr *x,
    const char *name, struct tx *value)
{
	struct plan *p = ctx;

	if (schema_find(&p->out, name) != NULL)
		return fail_semantic(
		    b->e, x->at, "two columns are named '%.80s'", name);
	p->values[p->out.n] = value;
	schema_add(b, &p->out, name, value->type);
	return 0;
}

/* An item of print, number n. */
static int
print_item(struct binder *b, struct plan *p, const struct expr *x, size_t n)
{
	struct tx *value = item_value(b, x);
	const char *name;

	if (value == NULL)
		return -1;
	name = x->kind == E_ASSIGN ? x->text
	    : value->name != NULL  ? value->name
				   : arena_printf(b->arena, "print_%zu", n);
	return each_value(b, x, name, value, print_column, p);
}

static struct plan *
print(struct binder *b, const struct op *op)
{
	struct plan *p = plan_new(b, P_ROWS, op, NULL);
	size_t n = 0;

	p->nrows = 1;
	p->values = arena_alloc(
	    b->arena, room_for(&p->out, op->args) * sizeof(*p->values));
	for (const struct expr *x = op->args; x != NULL; x = x->next)
		if (print_item(b, p, x, n++) == -1)
			return NULL;
	return p;
}

/* The type of range's column, its three values brought to it; or KT_NONE. */
static enum kql_type
range_type(struct binder *b, struct tx *v[3])
{
	enum kql_type t = v[0]->type;

	if (t == KT_DATETIME && v[1]->type == t && v[2]->type == KT_TIMESPAN)
		return t;
	for (int i = 1; i < 3; i++)
		t = common_type(t, v[i]->type);
	if (!is_number(t) && t != KT_TIMESPAN)
		return KT_NONE;
	for (int i = 0; i < 3; i++) {
		v[i] = convert(b, v[i], t);
		if (v[i]->kind == TX_CONST && isnan(v[i]->real))
			v[i] = tx_null(b, t, v[i]->at);
	}
	return t;
}

static struct plan *
range(struct binder *b, const struct op *op)
{
	struct plan *p = plan_new(b, P_RANGE, op, NULL);
	const struct expr *x = op->args;
	enum kql_type type;

	p->serialized = 1;
	p->values = arena_alloc(b->arena, 3 * sizeof(*p->values));
	for (int i = 0; i < 3; i++)
		if ((p->values[i] = bind_expr(b, x = x->next)) == NULL)
			return NULL;
	if ((type = range_type(b, p->values)) == KT_NONE) {
		fail_semantic(b->e, op->at,
		    "range needs numbers, timespans, or datetimes with a "
		    "timespan as step");
		return NULL;
	}
	if (is_const(p->values[2]) && p->values[2]->n == 0 &&
	    p->values[2]->real == 0) {
		fail_semantic(b->e, x->at, "the step of range must not be 0");
		return NULL;
	}
	schema_add(b, &p->out, op->args->text, type);
	return p;
}

struct plan *
bind_invoke(struct binder *b, struct plan *in, const struct op *op)
{
	struct let *f = NULL;

	if (op->args->kind == E_CALL)
		f = find_function(b, op->args->text);
	if (f != NULL)
		return called(b, f, op->args, in);
	return no_function(b, b->database, op->args);
}

struct plan *
bind_source(struct binder *b, const struct op *op)
{
	switch (op->kind) {
	case OP_DATATABLE:
		return datatable(b, op);
	case OP_PRINT:
		return print(b, op);
	case OP_RANGE:
		return range(b, op);
	case OP_UNION:
		return bind_union(b, NULL, op);
	case OP_COMMAND:
		return bind_command(b, op);
	case OP_EXTERNALDATA:
		return bind_externaldata(b, op);
	case OP_SEARCH:
		return bind_search(b, NULL, op);
	case OP_FIND:
		return bind_find(b, NULL, op);
	default:
		return bind_table(b, op->args);
	}
}
