/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "kql/bind/bind.h"

/*
 * Arrays and bags of many values.  SQLite's functions take a hundred
 * arguments or so; what is longer is put together from pieces.
 */
#define PIECE 60

static struct tx *
in_pieces(struct binder *b, const struct expr *x, const char *sql,
    const char *join, struct tx **args, size_t n)
{
	struct tx **pieces = arena_alloc(b->arena, (n + 1) * sizeof(*pieces));
	size_t count = 0, m;

	for (size_t i = 0; i < n; i += m) {
		m = n - i > PIECE ? PIECE : n - i;
		pieces[count++] =
		    tx_call(b, KT_DYNAMIC, sql, x->at, args + i, m);
	}
	if (count == 1)
		return pieces[0];
	if (count > PIECE) {
		fail_unsupported(b->e, x->at, "%s() of %zu values", x->text, n);
		return NULL;
	}
	return tx_call(b, KT_DYNAMIC, join, x->at, pieces, count);
}

struct tx *
bind_bag_pack(
    struct binder *b, const struct expr *x, struct tx **args, size_t n)
{
	return in_pieces(
	    b, x, "kql_bag_pack($*)", "kql_bag_merge($*)", args, n);
}

struct tx *
bind_pack_array(
    struct binder *b, const struct expr *x, struct tx **args, size_t n)
{
	return in_pieces(
	    b, x, "kql_pack_array($*)", "kql_array_concat($*)", args, n);
}

/* As JSON in which a string is a string. */
static struct tx *
as_json(struct binder *b, struct tx *x)
{
	if (x->type == KT_STRING)
		return tx_call1(b, KT_DYNAMIC, "kql_quote($1)", x);
	return convert(b, x, KT_DYNAMIC);
}

static int
put_pair(struct binder *b, struct tx **pairs, size_t *n, const char *name,
    struct tx *value)
{
	pairs[(*n)++] = tx_text(b, KT_STRING, name, strlen(name), value->at);
	return (pairs[(*n)++] = as_json(b, value)) == NULL ? -1 : 0;
}

/* bag_pack_columns(a, b, ...): by the names of the columns. */
struct tx *
bind_bag_pack_columns(
    struct binder *b, const struct expr *x, struct tx **args, size_t n)
{
	struct tx **pairs = arena_alloc(b->arena, 2 * n * sizeof(*pairs));
	size_t count = 0;

	for (size_t i = 0; i < n; i++) {
		if (args[i]->kind != TX_COLUMN) {
			fail_semantic(b->e, args[i]->at,
			    "%s() takes columns and nothing else", x->text);
			return NULL;
		}
		if (put_pair(
			b, pairs, &count, args[i]->column->name, args[i]) == -1)
			return NULL;
	}
	return bind_bag_pack(b, x, pairs, count);
}

/* pack_all([without nulls and empty strings]) of the columns in sight. */
struct tx *
bind_pack_all(
    struct binder *b, const struct expr *x, struct tx **args, size_t n)
{
	size_t columns = b->row == NULL ? 0 : b->row->n, count = 0;
	struct tx **pairs =
	    arena_alloc(b->arena, (2 * columns + 1) * sizeof(*pairs));

	if (n == 1 && !is_const(args[0])) {
		fail_semantic(
		    b->e, x->at, "%s() needs a constant bool", x->text);
		return NULL;
	}
	for (size_t i = 0; i < columns; i++)
		if (put_pair(b, pairs, &count, b->row->columns[i]->name,
			tx_column(b, b->row->columns[i], x->at)) == -1)
			return NULL;
	if (count == 0)
		return tx_text(b, KT_DYNAMIC, "{}", 2, x->at);
	return n == 1 && args[0]->n ? in_pieces(b, x, "kql_bag_pack_some($*)",
					  "kql_bag_merge($*)", pairs, count)
				    : bind_bag_pack(b, x, pairs, count);
}
