/* SPDX-License-Identifier: MIT */
#include <fnmatch.h>
#include <string.h>

#include "kql/bind/sides.h"

static void
add(struct binder *b, struct sides *s, struct plan *p, const char *name)
{
	struct plan **plans;
	const char **names;

	if (s->n == s->room) {
		s->room = s->room * 2 + 8;
		plans = arena_alloc(b->arena, s->room * sizeof(*plans));
		names = arena_alloc(b->arena, s->room * sizeof(*names));
		for (size_t i = 0; i < s->n; i++) {
			plans[i] = s->plans[i];
			names[i] = s->names[i];
		}
		s->plans = plans;
		s->names = names;
	}
	if (name == NULL)
		name = arena_printf(b->arena, "%s_arg%zu", s->what, s->n);
	s->plans[s->n] = p;
	s->names[s->n++] = name;
}

static int
read_params(struct binder *b, struct sides *s, const struct param *p)
{
	const char *word;

	for (; p != NULL; p = p->next) {
		word = p->value->text;
		if (strncmp(p->name, "with", 4) == 0)
			s->source = word;
		else if (strcmp(p->name, "isfuzzy") == 0)
			s->fuzzy = p->value->n != 0;
		else if (strcmp(word, "inner") == 0)
			s->inner = 1;
		else if (strcmp(word, "outer") != 0)
			return fail_semantic(
			    b->e, p->at, "union has no kind '%.40s'", word);
	}
	return 0;
}

/* T*: tables of the default database; then names of let. */
static int
add_matching(struct binder *b, struct sides *s, const struct expr *x)
{
	struct expr name = *x;
	struct plan *p;

	name.kind = E_NAME;
	name.next = NULL;
	for (size_t i = 0; b->database >= 0 &&
	     (name.text = store_table_name(b->store, b->database, i)) != NULL;
	     i++) {
		if (fnmatch(x->text, name.text, FNM_NOESCAPE) != 0)
			continue;
		name.text = arena_strdup(b->arena, name.text);
		if ((p = bind_table(b, &name)) == NULL)
			return -1;
		add(b, s, p, name.text);
	}
	for (const struct let *l = b->lets; l != NULL; l = l->next)
		if (l->view && fnmatch(x->text, l->name, FNM_NOESCAPE) == 0) {
			name.text = l->name;
			if ((p = bind_table(b, &name)) == NULL)
				return -1;
			add(b, s, p, l->name);
		}
	return 0;
}

static int
add_table(struct binder *b, struct sides *s, const struct expr *x)
{
	const char *name = NULL;
	const struct let *l;
	struct plan *p;

	if (x->kind == E_STAR)
		return add_matching(b, s, x);
	if ((p = bind_table(b, x)) == NULL)
		return s->fuzzy ? 0 : -1;
	if (p->kind == P_SCAN)
		name = p->table;
	else if (x->kind == E_NAME && (l = find_let(b, x->text)) != NULL &&
	    l->view)
		name = l->name;
	add(b, s, p, name);
	return 0;
}

static int
type_of(const struct sides *s, size_t i, const char *name)
{
	const struct column *c = schema_find(&s->plans[i]->out, name);

	return c == NULL ? KT_NONE : (int)c->type;
}

/* Has the name one type wherever it is? */
static int
one_type(const struct sides *s, const char *name)
{
	int type = KT_NONE, t;

	for (size_t i = 0; i < s->n; i++) {
		if ((t = type_of(s, i, name)) == KT_NONE)
			continue;
		if (type != KT_NONE && t != type)
			return 0;
		type = t;
	}
	return 1;
}

static int
in_all(const struct sides *s, const struct column *c)
{
	for (size_t i = 0; i < s->n; i++)
		if (type_of(s, i, c->name) != (int)c->type)
			return 0;
	return 1;
}

/* Is there, among the columns of all sides, one of that name? */
static int
is_plain_name(const struct sides *s, const char *name)
{
	for (size_t i = 0; i < s->n; i++)
		if (schema_find(&s->plans[i]->out, name) != NULL &&
		    one_type(s, name))
			return 1;
	return 0;
}

/* A column of the result: where it comes from, under that name and type. */
struct united {
	const char *name;
	enum kql_type type;
};

struct united_list {
	struct united *list;
	size_t n;
};

static int
has_united(const struct united_list *u, const struct column *c)
{
	for (size_t i = 0; i < u->n; i++)
		if (u->list[i].type == c->type &&
		    strcmp(u->list[i].name, c->name) == 0)
			return 1;
	return 0;
}

/* The name in the result; one name of two types becomes x_long, x_string. */
static const char *
united_name(struct binder *b, const struct sides *s, const struct schema *out,
    const struct united *u)
{
	const char *base, *name;

	if (one_type(s, u->name))
		return u->name;
	base = arena_printf(b->arena, "%s_%s", u->name, kql_type_name(u->type));
	name = base;
	for (int i = 1;
	     is_plain_name(s, name) || schema_find(out, name) != NULL; i++)
		name = arena_printf(b->arena, "%s%d", base, i);
	return name;
}

/* The columns of a name, one for each type that it has. */
static void
collect_name(const struct sides *s, struct united_list *u, const char *name)
{
	const struct column *c;

	for (size_t i = 0; i < s->n; i++) {
		c = schema_find(&s->plans[i]->out, name);
		if (c == NULL || has_united(u, c) ||
		    (s->inner && !in_all(s, c)))
			continue;
		u->list[u->n].name = c->name;
		u->list[u->n++].type = c->type;
	}
}

static void
collect(struct binder *b, const struct sides *s, struct united_list *u)
{
	const struct schema *out;
	size_t room = 1;

	for (size_t i = 0; i < s->n; i++)
		room += s->plans[i]->out.n;
	u->list = arena_alloc(b->arena, room * sizeof(*u->list));
	for (size_t i = 0; i < s->n; i++) {
		out = &s->plans[i]->out;
		for (size_t k = 0; k < out->n; k++)
			collect_name(s, u, out->columns[k]->name);
	}
}

/* The values of one side, in the order of the result's columns. */
static void
fill(struct binder *b, const struct sides *s, const struct united_list *u,
    size_t side, struct tx **values, struct kql_at at)
{
	const struct column *c;

	if (s->source != NULL)
		*values++ = tx_text(
		    b, KT_STRING, s->names[side], strlen(s->names[side]), at);
	for (size_t i = 0; i < u->n; i++) {
		c = schema_find(&s->plans[side]->out, u->list[i].name);
		*values++ = c != NULL && c->type == u->list[i].type
		    ? tx_column(b, c, at)
		    : tx_null(b, u->list[i].type, at);
	}
}

/* How large a column may be where SQLite looks through the union. */
static void
note_sizes(struct plan *p)
{
	size_t width = p->out.n;
	struct column *c;

	for (size_t i = 0; i < p->ninputs * width; i++) {
		c = p->out.columns[i % width];
		if (p->values[i]->size > c->size)
			c->size = p->values[i]->size;
	}
}

struct plan *
unite_sides(struct binder *b, const struct sides *s, const struct op *op)
{
	struct plan *p = plan_new(b, P_UNION, op, NULL);
	struct united_list u = { 0 };
	size_t width;

	collect(b, s, &u);
	width = u.n + (s->source != NULL);
	if (width == 0) {
		fail_semantic(b->e, op->at, "union of nothing in common");
		return NULL;
	}
	if (s->source != NULL)
		schema_add(b, &p->out, s->source, KT_STRING);
	for (size_t i = 0; i < u.n; i++)
		schema_add(b, &p->out,
		    schema_free_name(
			b, &p->out, united_name(b, s, &p->out, &u.list[i])),
		    u.list[i].type);
	p->inputs = s->plans;
	p->ninputs = s->n;
	p->part = s->plans[0]->part;
	for (size_t i = 1; i < s->n; i++)
		if (check_parts(b, p, s->plans[i], op->at) == -1)
			return NULL;
	p->values = arena_alloc(b->arena, s->n * width * sizeof(*p->values));
	for (size_t i = 0; i < s->n; i++)
		fill(b, s, &u, i, p->values + i * width, op->at);
	note_sizes(p);
	for (size_t i = 0; i < s->n; i++)
		p->out.open |= s->plans[i]->out.open;
	for (size_t i = 0; i < p->out.n; i++)
		p->out.open |= p->out.columns[i]->type == KT_UNKNOWN;
	return p;
}

int
find_sides(struct binder *b, struct sides *s, struct plan *in,
    const struct expr *tables, const struct op *op)
{
	struct expr all = { .kind = E_STAR, .text = "*", .at = op->at };

	if (in != NULL)
		add(b, s, in, in->kind == P_SCAN ? in->table : NULL);
	else if (tables == NULL)
		tables = &all;
	if (tables == &all && b->lenient)
		add(b, s, unknown_table(b, op->at), NULL);
	for (const struct expr *x = tables; x != NULL; x = x->next)
		if (add_table(b, s, x) == -1)
			return -1;
	if (s->n == 0 && b->lenient)
		add(b, s, unknown_table(b, op->at), NULL);
	if (s->n > 0)
		return 0;
	return fail_semantic(b->e, op->at, "%s finds no table", s->what);
}

struct plan *
bind_union(struct binder *b, struct plan *in, const struct op *op)
{
	struct sides s = { .what = "union" };

	if (read_params(b, &s, op->params) == -1 ||
	    find_sides(b, &s, in, op->args, op) == -1)
		return NULL;
	return unite_sides(b, &s, op);
}

struct plan *
bind_tables(struct binder *b, struct plan *in, const struct op *op,
    const char *source, const char *what)
{
	struct sides s = { .what = what, .source = source };

	if (find_sides(b, &s, in, op->by, op) == -1)
		return NULL;
	return unite_sides(b, &s, op);
}
