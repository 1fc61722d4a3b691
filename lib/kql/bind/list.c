/* SPDX-License-Identifier: MIT */
#include <math.h>
#include <string.h>

#include "kql/bind/bind.h"
#include "kql/bind/operator.h"
#include "kql/fn/dyn.h"
#include "kql/value.h"
#include "num.h"

/* Dynamic values in the list of in, has_any and their like: an array stands
 * for its elements. */

/* A time or guid of a constant, or NULL. */
static struct tx *
tagged_const(struct binder *b, enum dyn_kind kind, const struct buf *text,
    struct kql_at at)
{
	ticks t;

	if (kind == DYN_DATETIME &&
	    value_datetime(buf_str(text), text->len, &t) == 0)
		return tx_int(b, KT_DATETIME, t, at);
	if (kind == DYN_TIMESPAN &&
	    value_timespan(buf_str(text), text->len, &t) == 0)
		return tx_int(b, KT_TIMESPAN, t, at);
	if (kind == DYN_STRING || kind == DYN_GUID)
		return tx_text(b, kind == DYN_GUID ? KT_GUID : KT_STRING,
		    arena_strndup(b->arena, buf_str(text), text->len),
		    text->len, at);
	return NULL;
}

/* The scalar of a dynamic constant as a constant of its type; as it is when
 * it is none. */
static struct tx *
scalar_const(struct binder *b, struct dyn d, struct kql_at at)
{
	enum dyn_kind kind = dyn_kind(d);
	struct buf text = { 0 };
	struct tx *y = NULL;
	int64_t n;

	if (kind == DYN_BOOL)
		return tx_int(b, KT_BOOL, *d.s == 't', at);
	if (kind == DYN_LONG && num_parse_int(d.s, d.n, &n) == 0)
		return tx_int(b, KT_LONG, n, at);
	if (kind == DYN_LONG || kind == DYN_REAL) {
		y = tx_const(b, KT_REAL, at);
		num_parse_double(d.s, d.n, &y->real);
		return y;
	}
	if (kind >= DYN_STRING && kind < DYN_ARRAY) {
		dyn_text(&text, d);
		y = tagged_const(b, kind, &text, at);
		buf_fini(&text);
	}
	return y != NULL ? y
			 : tx_text(b, KT_DYNAMIC,
			       arena_strndup(b->arena, d.s, d.n), d.n, at);
}

static struct dyn
const_dyn(const struct tx *x)
{
	struct dyn d = { x->text, x->len };

	if (x->type != KT_DYNAMIC || !is_const(x))
		d.n = 0;
	return d;
}

/* Constant arrays taken apart; n becomes what there is then. */
static struct tx **
spread(struct binder *b, struct tx **args, size_t *n)
{
	struct tx **list;
	struct dyn_walk w;
	size_t room = *n, m = 1;

	for (size_t i = 1; i < *n; i++) {
		dyn_walk(&w, const_dyn(args[i]));
		while (!w.bag && dyn_next(&w))
			room++;
	}
	list = arena_alloc(b->arena, room * sizeof(*list));
	list[0] = args[0];
	for (size_t i = 1; i < *n; i++) {
		if (dyn_kind(const_dyn(args[i])) != DYN_ARRAY) {
			list[m++] = args[i];
			continue;
		}
		dyn_walk(&w, const_dyn(args[i]));
		while (dyn_next(&w))
			if (dyn_kind(w.value) != DYN_NULL)
				list[m++] =
				    scalar_const(b, w.value, args[i]->at);
	}
	*n = m;
	return list;
}

/* Do values of these types go together without a look at each row? */
static int
is_plain(struct tx *const *args, size_t n)
{
	for (size_t i = 1; i < n; i++)
		if (args[i]->type == KT_DYNAMIC ||
		    (args[i]->type != args[1]->type &&
			!(is_number(args[1]->type) &&
			    is_number(args[i]->type))))
			return 0;
	return 1;
}

int
spread_list(struct binder *b, struct tx ***args, size_t *n)
{
	int dynamic = 0;

	for (size_t i = 1; i < *n; i++)
		dynamic |= (*args)[i]->type == KT_DYNAMIC;
	if (!dynamic)
		return 0;
	*args = spread(b, *args, n);
	return !is_plain(*args, *n);
}

static const struct {
	const char *op, *sql;
} dynamic_lists[] = {
	{ "in", "coalesce(kql_array_index_of(kql_list($2*), $1), -1) >= 0" },
	{ "!in", "coalesce(kql_array_index_of(kql_list($2*), $1), -1) < 0" },
	{ "in~",
	    "coalesce(kql_array_index_of(kql_fold(kql_list($2*)), "
	    "kql_fold($1)), -1) >= 0" },
	{ "!in~",
	    "coalesce(kql_array_index_of(kql_fold(kql_list($2*)), "
	    "kql_fold($1)), -1) < 0" },
	{ "has_any", "kql_has_any_index($1, kql_list($2*)) >= 0" },
	{ "has_all", "kql_has_all_index($1, kql_list($2*)) < 0" },
};

/* A side as JSON; a string's text as a string. */
static struct tx *
json_side(struct binder *b, const struct expr *x, struct tx *y)
{
	struct tx *c = y->type == KT_STRING
	    ? tx_call1(b, KT_DYNAMIC, "kql_quote($1)", y)
	    : convert(b, y, KT_DYNAMIC);

	if (c == NULL)
		fail_semantic(b->e, y->at, "'%s' of a value of type %s",
		    x->text, kql_type_name(y->type));
	return c;
}

struct tx *
bind_in_dynamic(
    struct binder *b, const struct expr *x, struct tx **args, size_t n)
{
	int has = strncmp(x->text, "has", 3) == 0;

	if (has && args[0]->type != KT_STRING &&
	    (args[0]->type != KT_DYNAMIC ||
		(args[0] = convert(b, args[0], KT_STRING)) == NULL)) {
		fail_semantic(b->e, args[0]->at,
		    "'%s' needs a string, not a value of type %s", x->text,
		    kql_type_name(args[0]->type));
		return NULL;
	}
	for (size_t i = has; i < n; i++)
		if ((args[i] = json_side(b, x, args[i])) == NULL)
			return NULL;
	for (size_t i = 0; i < sizeof(dynamic_lists) / sizeof(*dynamic_lists);
	     i++)
		if (strcmp(dynamic_lists[i].op, x->text) == 0)
			return tx_call(
			    b, KT_BOOL, dynamic_lists[i].sql, x->at, args, n);
	fail_unsupported(b->e, x->at, "'%s' over a dynamic value", x->text);
	return NULL;
}
