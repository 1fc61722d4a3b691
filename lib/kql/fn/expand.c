/* SPDX-License-Identifier: MIT */
#include "kql/fn/dyn.h"
#include "kql/fn/fn.h"
#include "kql/fn/table.h"

/* A value that is taken apart. */
struct part {
	struct dyn all;
	struct dyn_walk walk;
	int many; /* an array or a bag */
	int has;  /* an element for this row */
};

struct expand {
	struct part *parts;
	int n;
	int arrays; /* a member of a bag is [key, value] */
	int64_t limit;
	int64_t row;
};

static void *
open(
    struct arena *a, void **kept, int n, sqlite3_value **args, const char **why)
{
	struct expand *x = arena_zalloc(a, sizeof(*x));
	struct part *p;
	enum dyn_kind kind;

	(void)kept;
	(void)why;
	x->arrays = sqlite3_value_int(args[0]);
	x->limit = sqlite3_value_int64(args[1]);
	x->row = -1;
	x->n = n - 2;
	x->parts = arena_zalloc(a, (size_t)n * sizeof(*x->parts));
	for (int i = 0; i < x->n; i++) {
		p = &x->parts[i];
		p->all.s = fn_str(args[i + 2], &p->all.n);
		p->all.s = arena_strndup(a, p->all.s, p->all.n);
		kind = dyn_kind(p->all);
		p->many = kind == DYN_ARRAY || kind == DYN_BAG;
		dyn_walk(&p->walk, p->all);
	}
	return x;
}

static int
next(void *state)
{
	struct expand *x = state;
	struct part *p;
	int any = 0;

	if (++x->row >= x->limit)
		return 0;
	for (int i = 0; i < x->n; i++) {
		p = &x->parts[i];
		p->has = p->many ? dyn_next(&p->walk) : x->row == 0;
		any |= p->has;
	}
	return any;
}

static void
give_member(sqlite3_context *out, const struct dyn_walk *w, const char *around)
{
	struct buf b = { 0 };

	buf_putc(&b, around[0]);
	buf_add(&b, w->key.s, w->key.n);
	buf_putc(&b, around[1]);
	buf_add(&b, w->value.s, w->value.n);
	buf_putc(&b, around[2]);
	fn_buf(out, &b);
}

static void
column(void *state, int k, sqlite3_context *out)
{
	struct expand *x = state;
	struct part *p = &x->parts[k];
	struct dyn d;

	if (k == -1) {
		sqlite3_result_int64(out, x->row);
		return;
	}
	if (k >= x->n || !p->has)
		return;
	if (p->many && p->walk.bag) {
		give_member(out, &p->walk, x->arrays ? "[,]" : "{:}");
		return;
	}
	d = p->many ? p->walk.value : p->all;
	if (dyn_kind(d) != DYN_NULL)
		fn_text(out, d.s, d.n);
}

const struct fn_table fn_expand = { "kql_expand", open, NULL, next, column };
