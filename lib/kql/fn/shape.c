/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "arena.h"
#include "kql/fn/dyn.h"
#include "kql/fn/fn.h"

/*
 * buildschema(d): the types that values have, and those of the members and
 * elements in them.
 */
#define DEPTH_MAX 200

struct member;

struct shape {
	unsigned kinds; /* a bit for each enum dyn_kind */
	struct member *members;
	struct shape *element;
};

struct member {
	struct dyn key;
	struct shape shape;
	struct member *next;
};

struct schema {
	struct arena arena;
	struct shape top;
};

static struct shape *
member_shape(struct arena *a, struct shape *s, struct dyn key)
{
	struct member **m = &s->members;

	for (; *m != NULL; m = &(*m)->next)
		if ((*m)->key.n == key.n &&
		    memcmp((*m)->key.s, key.s, key.n) == 0)
			return &(*m)->shape;
	*m = arena_zalloc(a, sizeof(**m));
	(*m)->key.s = arena_strndup(a, key.s, key.n);
	(*m)->key.n = key.n;
	return &(*m)->shape;
}

static void
learn(struct arena *a, struct shape *s, struct dyn d, int depth)
{
	enum dyn_kind kind = dyn_kind(d);
	struct dyn_walk w;

	s->kinds |= 1U << kind;
	if (depth > DEPTH_MAX || kind < DYN_ARRAY)
		return;
	if (kind == DYN_ARRAY && s->element == NULL)
		s->element = arena_zalloc(a, sizeof(*s->element));
	dyn_walk(&w, d);
	while (dyn_next(&w))
		learn(a, w.bag ? member_shape(a, s, w.key) : s->element,
		    w.value, depth + 1);
}

static void put_shape(struct buf *, const struct shape *);

static void
put_members(struct buf *b, const struct shape *s)
{
	size_t n = 0;

	buf_putc(b, '{');
	if (s->element != NULL) {
		buf_puts(b, "\"`indexer`\":");
		put_shape(b, s->element);
		n++;
	}
	for (const struct member *m = s->members; m != NULL; m = m->next) {
		if (n++ > 0)
			buf_putc(b, ',');
		buf_add(b, m->key.s, m->key.n);
		buf_putc(b, ':');
		put_shape(b, &m->shape);
	}
	buf_putc(b, '}');
}

/* The one type, or a list: what has members first, names by the alphabet. */
static void
put_shape(struct buf *b, const struct shape *s)
{
	static const struct {
		enum dyn_kind kind;
		const char *name;
	} names[] = { { DYN_BOOL, "bool" }, { DYN_DATETIME, "datetime" },
		{ DYN_DECIMAL, "decimal" }, { DYN_REAL, "double" },
		{ DYN_GUID, "guid" }, { DYN_LONG, "long" },
		{ DYN_STRING, "string" }, { DYN_TIMESPAN, "timespan" } };
	struct buf list = { 0 };
	int n = 0;

	if (s->kinds & (1U << DYN_ARRAY | 1U << DYN_BAG)) {
		put_members(&list, s);
		n++;
	}
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (s->kinds & 1U << names[i].kind)
			buf_printf(&list, "%s\"%s\"", n++ > 0 ? "," : "",
			    names[i].name);
	buf_puts(b, n > 1 ? "[" : n == 0 ? "null" : "");
	buf_add(b, buf_str(&list), list.len);
	buf_puts(b, n > 1 ? "]" : "");
	buf_fini(&list);
}

static void
step(sqlite3_context *c, int n, sqlite3_value **v)
{
	struct schema *s = sqlite3_aggregate_context(c, sizeof(*s));

	(void)n;
	if (s != NULL && sqlite3_value_type(v[0]) != SQLITE_NULL)
		learn(&s->arena, &s->top, fn_dyn(v[0]), 0);
}

static void
end(sqlite3_context *c)
{
	struct schema *s = sqlite3_aggregate_context(c, 0);
	struct buf b = { 0 };

	if (s == NULL)
		return;
	if (s->top.kinds != 0) {
		put_shape(&b, &s->top);
		fn_buf(c, &b);
	}
	arena_fini(&s->arena);
}

const struct fn_aggregate fn_shapes[] = {
	{ "kql_buildschema", 1, step, end, 0 },
	{ NULL, 0, NULL, NULL, 0 },
};
