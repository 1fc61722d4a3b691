/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "buf.h"
#include "kql/bind/bind.h"
#include "kql/bind/peek.h"
#include "kql/fn/dyn.h"

#define SLOTS_MAX 1000 /* SQLite has two thousand columns */

/* A key of the bags, and what its values are: KT_NONE when only null. */
struct slot {
	const char *name;
	enum kql_type type;
};

enum conflict {
	CONFLICT_ERROR,
	CONFLICT_REPLACE,
	CONFLICT_KEEP,
};

struct unpack {
	struct binder *b;
	const struct op *op;
	struct plan *in;
	const struct column *bag;
	struct tx *prefix, *conflict_name, *ignored;
	enum conflict conflict;
	struct slot *slots;
	size_t n;
};

static enum kql_type
slot_type(struct dyn value)
{
	static const enum kql_type types[] = { [DYN_NULL] = KT_NONE,
		[DYN_BOOL] = KT_BOOL,
		[DYN_LONG] = KT_LONG,
		[DYN_REAL] = KT_REAL,
		[DYN_STRING] = KT_STRING,
		[DYN_DATETIME] = KT_DATETIME,
		[DYN_TIMESPAN] = KT_TIMESPAN,
		[DYN_GUID] = KT_GUID,
		[DYN_DECIMAL] = KT_DECIMAL,
		[DYN_ARRAY] = KT_DYNAMIC,
		[DYN_BAG] = KT_DYNAMIC };

	return types[dyn_kind(value)];
}

/* The slot of that name; slots are in order of their names. */
static struct slot *
slot_at(struct unpack *u, const char *name)
{
	size_t i = 0;

	while (i < u->n && strcmp(u->slots[i].name, name) < 0)
		i++;
	if (i < u->n && strcmp(u->slots[i].name, name) == 0)
		return &u->slots[i];
	if (u->n == SLOTS_MAX) {
		fail_semantic(u->b->e, u->op->at,
		    "the bags have more than %d keys", SLOTS_MAX);
		return NULL;
	}
	memmove(
	    &u->slots[i + 1], &u->slots[i], (u->n++ - i) * sizeof(*u->slots));
	u->slots[i].name = arena_strdup(u->b->arena, name);
	u->slots[i].type = KT_NONE;
	return &u->slots[i];
}

/* Note the keys of a row's bag. */
static int
note_bag(void *ctx, const char *text, size_t len)
{
	struct dyn d = { text, len };
	struct unpack *u = ctx;
	struct buf name = { 0 };
	struct dyn_walk w;
	struct slot *s;
	enum kql_type t;

	if (text == NULL || dyn_kind(d) != DYN_BAG)
		return 0;
	for (dyn_walk(&w, d); dyn_next(&w);) {
		buf_reset(&name);
		dyn_text(&name, w.key);
		if ((s = slot_at(u, buf_str(&name))) == NULL)
			break;
		t = slot_type(w.value);
		if (s->type != t && t != KT_NONE)
			s->type = s->type == KT_NONE ? t : KT_DYNAMIC;
	}
	buf_fini(&name);
	return u->b->e->code[0] != '\0' ? -1 : 0;
}

/* Is the key one of ignoredProperties? */
static int
is_ignored(const struct unpack *u, const char *name)
{
	struct dyn_walk w;

	if (u->ignored == NULL)
		return 0;
	dyn_walk(&w, (struct dyn){ u->ignored->text, u->ignored->len });
	while (dyn_next(&w))
		if (dyn_key_is(w.value, name, strlen(name)))
			return 1;
	return 0;
}

/* Where the constant argument goes. */
static struct tx **
argument(struct unpack *u, const struct expr *x, int place)
{
	struct tx **const slots[] = { &u->prefix, &u->conflict_name,
		&u->ignored };
	static const char *const names[] = { "OutputColumnPrefix",
		"columnsConflict", "ignoredProperties" };

	if (x->kind != E_ASSIGN)
		return place < 3 ? slots[place] : NULL;
	for (int i = 0; i < 3; i++)
		if (strcasecmp(x->text, names[i]) == 0)
			return slots[i];
	return NULL;
}

static int
read_conflict(struct unpack *u)
{
	static const char *const names[] = { "error", "replace_source",
		"keep_source" };

	for (int i = 0; u->conflict_name != NULL && i < 3; i++) {
		if (strcmp(u->conflict_name->text, names[i]) == 0) {
			u->conflict = (enum conflict)i;
			return 0;
		}
	}
	return u->conflict_name == NULL
	    ? 0
	    : fail_semantic(u->b->e, u->conflict_name->at,
		  "columnsConflict is error, replace_source or keep_source");
}

static int
read_arguments(struct unpack *u, const struct expr *x)
{
	struct tx **slot, *v;
	int place = 0;

	if (x->args == NULL || x->args->kind != E_NAME)
		return fail_semantic(u->b->e, x->at,
		    "bag_unpack() takes a column of type dynamic");
	if ((u->bag = need_column(u->b, &u->in->out, x->args)) == NULL)
		return -1;
	if (u->bag->type != KT_DYNAMIC && u->bag->type != KT_UNKNOWN)
		return fail_semantic(u->b->e, x->args->at,
		    "bag_unpack() takes a column of type dynamic, not %s",
		    kql_type_name(u->bag->type));
	u->b->row = NULL;
	for (x = x->args->next; x != NULL; x = x->next) {
		if ((slot = argument(u, x, place++)) == NULL)
			return fail_semantic(u->b->e, x->at,
			    "bag_unpack() has no such argument");
		v = bind_expr(u->b, x->kind == E_ASSIGN ? x->args : x);
		if (v == NULL)
			return -1;
		if (v->kind != TX_CONST ||
		    v->type != (slot == &u->ignored ? KT_DYNAMIC : KT_STRING))
			return fail_semantic(u->b->e, v->at,
			    "this argument of bag_unpack() is a constant of "
			    "type %s",
			    slot == &u->ignored ? "dynamic" : "string");
		*slot = v;
	}
	return read_conflict(u);
}

/* What a key holds, as that type. */
static struct tx *
slot_value(struct unpack *u, const char *key, enum kql_type type)
{
	struct kql_at at = u->op->at;
	struct tx *d = tx_call2(u->b, KT_DYNAMIC, "kql_member($1, $2)",
	    tx_column(u->b, u->bag, at),
	    tx_text(u->b, KT_STRING, key, strlen(key), at));

	return type == KT_NONE ? d : convert(u->b, d, type);
}

/* The key's column: its name with the prefix. */
static const char *
slot_name(const struct unpack *u, const char *key)
{
	return u->prefix == NULL
	    ? key
	    : arena_printf(u->b->arena, "%s%s", u->prefix->text, key);
}

/* The slot that comes in place of a column of the source, or NULL. */
static const struct slot *
taking_over(const struct unpack *u, const struct column *c)
{
	for (size_t i = 0; i < u->n; i++)
		if (strcmp(slot_name(u, u->slots[i].name), c->name) == 0)
			return c == u->bag || u->conflict == CONFLICT_REPLACE
			    ? &u->slots[i]
			    : NULL;
	return NULL;
}

static int
put_slot(struct unpack *u, struct plan *p, const struct slot *s)
{
	const char *name = slot_name(u, s->name);

	if (schema_find(&p->out, name) == NULL) {
		plan_put(u->b, p, name, slot_value(u, s->name, s->type));
		return 0;
	}
	if (u->conflict != CONFLICT_ERROR || strcmp(name, u->bag->name) == 0)
		return 0;
	return fail_semantic(u->b->e, u->op->at,
	    "bag_unpack() would give a second column '%.80s'; say "
	    "columnsConflict or a prefix",
	    name);
}

/* The columns as the bags have them. */
static struct plan *
unpack(struct unpack *u)
{
	struct plan *p = evaluated(u->b, u->in, u->op, u->in->out.n + u->n);
	const struct column *c;
	const struct slot *s;

	for (size_t i = 0; i < u->in->out.n; i++) {
		c = u->in->out.columns[i];
		if ((s = taking_over(u, c)) != NULL)
			plan_put(
			    u->b, p, c->name, slot_value(u, s->name, s->type));
		else if (c != u->bag)
			plan_put(
			    u->b, p, c->name, tx_column(u->b, c, u->op->at));
	}
	for (size_t i = 0; i < u->n; i++)
		if (!is_ignored(u, u->slots[i].name) &&
		    put_slot(u, p, &u->slots[i]) == -1)
			return NULL;
	return p;
}

/* The key behind a column's name, NULL if it lacks the prefix. */
static const char *
key_of(const struct unpack *u, const char *name)
{
	size_t n = u->prefix == NULL ? 0 : u->prefix->len;

	return n == 0 || strncmp(name, u->prefix->text, n) == 0 ? name + n
								: NULL;
}

/* The columns that were said. */
static struct plan *
unpack_as_said(struct unpack *u)
{
	const struct schema *in = &u->in->out;
	size_t n = in->n;
	const struct column *c;
	const char *key;
	struct plan *p;
	struct tx *v;

	for (const struct declared *d = u->op->columns; d != NULL; d = d->next)
		n++;
	p = evaluated(u->b, u->in, u->op, n);
	for (size_t i = 0; u->op->by != NULL && i < in->n; i++)
		if (in->columns[i] != u->bag)
			plan_put(u->b, p, in->columns[i]->name,
			    tx_column(u->b, in->columns[i], u->op->at));
	for (const struct declared *d = u->op->columns; d != NULL;
	     d = d->next) {
		if (schema_find(&p->out, d->name) != NULL)
			continue;
		c = schema_find(in, d->name);
		key = key_of(u, d->name);
		if (c != NULL && c != u->bag)
			v = convert(u->b, tx_column(u->b, c, d->at), d->type);
		else
			v = key == NULL ? NULL : slot_value(u, key, d->type);
		if (v == NULL)
			v = tx_null(u->b, d->type, d->at);
		plan_put(u->b, p, d->name, v);
	}
	return p;
}

/* Drop the keys that are not wanted. */
static void
drop_ignored(struct unpack *u)
{
	size_t n = 0;

	for (size_t i = 0; i < u->n; i++)
		if (!is_ignored(u, u->slots[i].name))
			u->slots[n++] = u->slots[i];
	u->n = n;
}

struct plan *
bind_bag_unpack(struct binder *b, struct plan *in, const struct op *op,
    const struct expr *x)
{
	struct unpack u = { .b = b, .op = op, .in = in };
	struct plan *p;

	if (read_arguments(&u, x) == -1)
		return NULL;
	if (op->columns != NULL || op->by != NULL)
		return unpack_as_said(&u);
	u.slots = arena_alloc(b->arena, (SLOTS_MAX + 1) * sizeof(*u.slots));
	if (b->lenient) {
		p = unpack(&u);
		p->out.open = b->unknown = 1;
		return p;
	}
	if (peek(b, in, tx_column(b, u.bag, op->at), note_bag, &u) == -1)
		return NULL;
	drop_ignored(&u);
	return unpack(&u);
}
