/* SPDX-License-Identifier: MIT */
#include <math.h>
#include <string.h>
#include <strings.h>

#include "kql/bind/bind.h"

#define SIZE_SEEN 500 /* nodes of a column that SQLite may write again */

struct tx *
tx_const(struct binder *b, enum kql_type type, struct kql_at at)
{
	struct tx *x = arena_zalloc(b->arena, sizeof(*x));

	x->kind = TX_CONST;
	x->type = type;
	x->at = at;
	x->text = "";
	x->size = 1;
	return x;
}

struct tx *
tx_null(struct binder *b, enum kql_type type, struct kql_at at)
{
	struct tx *x = tx_const(b, type, at);

	x->null = type != KT_STRING;
	return x;
}

struct tx *
tx_int(struct binder *b, enum kql_type type, int64_t n, struct kql_at at)
{
	struct tx *x = tx_const(b, type, at);

	x->n = n;
	return x;
}

struct tx *
tx_text(struct binder *b, enum kql_type type, const char *text, size_t len,
    struct kql_at at)
{
	struct tx *x = tx_const(b, type, at);

	x->text = text;
	x->len = len;
	return x;
}

struct tx *
tx_column(struct binder *b, const struct column *c, struct kql_at at)
{
	struct tx *x = tx_const(b, c->type, at);

	x->kind = TX_COLUMN;
	x->column = c;
	x->columns = 1;
	x->size = c->size;
	return x;
}

struct tx *
tx_call(struct binder *b, enum kql_type type, const char *sql, struct kql_at at,
    struct tx **args, size_t n)
{
	struct tx *x = tx_wide(b, type, sql, at, args, n);
	int levels = strncmp(sql, "CASE ", 5) == 0 ? 2 : 1;

	if (x != NULL)
		return x;
	x = tx_const(b, type, at);
	x->kind = TX_CALL;
	x->sql = sql;
	x->size = 1;
	x->nargs = n;
	x->args = arena_alloc(b->arena, (n + 1) * sizeof(*args));
	for (size_t i = 0; i < n; i++) {
		x->args[i] = args[i];
		x->aggregate |= args[i]->aggregate;
		x->random |= args[i]->random;
		x->columns |= args[i]->columns;
		x->windows |= args[i]->windows;
		if (args[i]->depth + levels > x->depth)
			x->depth = args[i]->depth + levels;
		x->size += args[i]->size;
		if (x->size > SIZE_MANY)
			x->size = SIZE_MANY;
	}
	return x;
}

struct tx *
tx_call1(struct binder *b, enum kql_type type, const char *sql, struct tx *arg)
{
	return tx_call(b, type, sql, arg->at, &arg, 1);
}

struct tx *
tx_call2(struct binder *b, enum kql_type type, const char *sql, struct tx *x,
    struct tx *y)
{
	struct tx *args[] = { x, y };

	return tx_call(b, type, sql, x->at, args, 2);
}

int
is_const(const struct tx *x)
{
	return x->kind == TX_CONST && !x->null;
}

int
is_nan(const struct tx *x)
{
	return is_const(x) && x->type == KT_REAL && isnan(x->real);
}

int
is_integer(enum kql_type t)
{
	return t == KT_INT || t == KT_LONG;
}

int
is_number(enum kql_type t)
{
	return is_integer(t) || t == KT_REAL;
}

struct column *
schema_find(const struct schema *s, const char *name)
{
	for (size_t i = 0; i < s->n; i++)
		if (strcmp(s->columns[i]->name, name) == 0)
			return s->columns[i];
	return NULL;
}

void
schema_put(struct binder *b, struct schema *s, struct column *c)
{
	struct column **bigger;

	if (s->n == s->room) {
		s->room = s->room == 0 ? 16 : s->room * 2;
		bigger = arena_alloc(b->arena, s->room * sizeof(*bigger));
		if (s->n > 0)
			memcpy(bigger, s->columns, s->n * sizeof(*bigger));
		s->columns = bigger;
	}
	s->columns[s->n++] = c;
}

static int
sql_name_taken(const struct schema *s, const char *sql)
{
	for (size_t i = 0; i < s->n; i++)
		if (strcasecmp(s->columns[i]->sql, sql) == 0)
			return 1;
	return 0;
}

/* "name" for SQL, different from those there are, and never "$...", which
 * the compiler keeps for itself. */
static const char *
sql_name(struct binder *b, const struct schema *s, const char *name)
{
	char *quoted = arena_alloc(b->arena, 2 * strlen(name) + 4), *q = quoted;
	const char *sql;

	if (*name == '$' || *name == '\0')
		*q++ = '_';
	for (const char *p = name; *p != '\0'; p++) {
		if (*p == '"')
			*q++ = '"';
		*q++ = *p;
	}
	*q = '\0';
	sql = arena_printf(b->arena, "\"%s\"", quoted);
	for (int i = 2; sql_name_taken(s, sql); i++)
		sql = arena_printf(b->arena, "\"%s$%d\"", quoted, i);
	return sql;
}

struct column *
schema_add(
    struct binder *b, struct schema *s, const char *name, enum kql_type type)
{
	struct column *c = arena_zalloc(b->arena, sizeof(*c));

	c->name = name;
	c->type = type;
	c->size = 1;
	c->sql = sql_name(b, s, name);
	schema_put(b, s, c);
	return c;
}

const char *
schema_free_name(struct binder *b, const struct schema *s, const char *name)
{
	const char *free_name = name;

	for (int i = 1; schema_find(s, free_name) != NULL; i++)
		free_name = arena_printf(b->arena, "%s%d", name, i);
	return free_name;
}

struct plan *
plan_new(struct binder *b, enum plan_kind kind, const struct op *op,
    struct plan *input)
{
	struct plan *p = arena_zalloc(b->arena, sizeof(*p));

	p->kind = kind;
	p->input = input;
	if (op != NULL) {
		p->at = op->at;
		p->name = op->name;
	}
	if (input != NULL) {
		p->out = input->out;
		p->serialized = input->serialized;
		p->part = input->part;
	}
	return p;
}

/*
 * SQLite writes what computes a column wherever the column is used, so that a
 * chain of x + x would grow without bound; past some size it must not.
 */
void
plan_put(struct binder *b, struct plan *p, const char *name, struct tx *value)
{
	struct column *c;

	p->values[p->out.n] = value;
	c = schema_add(b, &p->out, name, value->type);
	if (p->kind != P_PROJECT)
		return;
	if (value->size <= SIZE_SEEN)
		c->size = value->size;
	p->materialize |= value->size > SIZE_SEEN || value->random;
}

struct plan *
plan_first(struct binder *b, struct plan *in)
{
	struct plan *p;

	if (in->out.n == 1)
		return in;
	p = plan_new(b, P_PROJECT, NULL, in);
	memset(&p->out, 0, sizeof(p->out));
	p->at = in->at;
	p->values = arena_alloc(b->arena, sizeof(*p->values));
	plan_put(b, p, in->out.columns[0]->name,
	    tx_column(b, in->out.columns[0], in->at));
	return p;
}
