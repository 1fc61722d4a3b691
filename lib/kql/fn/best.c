/* SPDX-License-Identifier: MIT */
#include <math.h>
#include <string.h>

#include "kql/fn/fn.h"

/*
 * A value of one row of the group: arg_max(key, value) that of the greatest
 * key, of the first where it ties.  A NaN is greater and less than all, a
 * null is less than nothing: it counts where no row has a key.
 */
struct best {
	sqlite3_value *value;
	struct fn_number key;
	sqlite3_value *text; /* the key, when it is a string */
	int any;
};

enum best_kind {
	B_MIN,
	B_MAX,
};

static void
keep(struct best *s, sqlite3_value *v)
{
	sqlite3_value_free(s->value);
	s->value = sqlite3_value_dup(v);
	s->any = 1;
}

static int
is_better(struct fn_number x, struct fn_number best, int max)
{
	if (isnan(best.d))
		return 0;
	if (isnan(x.d))
		return 1;
	if (x.is == FN_INT && best.is == FN_INT)
		return max ? x.i > best.i : x.i < best.i;
	return max ? x.d > best.d : x.d < best.d;
}

static void
step(sqlite3_context *c, int n, sqlite3_value **v)
{
	struct best *s = sqlite3_aggregate_context(c, sizeof(*s));
	int max = fn_self_aggregate(c)->what & B_MAX;
	struct fn_number x = fn_number(v[0]);

	(void)n;
	if (s == NULL)
		return;
	if (s->any &&
	    (x.is == FN_NULL ||
		(s->key.is != FN_NULL && !is_better(x, s->key, max))))
		return;
	s->key = x;
	keep(s, v[1]);
}

static void
text_step(sqlite3_context *c, int n, sqlite3_value **v)
{
	struct best *s = sqlite3_aggregate_context(c, sizeof(*s));
	int max = fn_self_aggregate(c)->what & B_MAX, order;

	(void)n;
	if (s == NULL)
		return;
	if (s->text != NULL) {
		order = fn_text_order(v[0], s->text);
		if (max ? order <= 0 : order >= 0)
			return;
	}
	sqlite3_value_free(s->text);
	s->text = sqlite3_value_dup(v[0]);
	keep(s, v[1]);
}

/* Of the first row, null or not. */
static void
first_step(sqlite3_context *c, int n, sqlite3_value **v)
{
	struct best *s = sqlite3_aggregate_context(c, sizeof(*s));

	(void)n;
	if (s != NULL && !s->any)
		keep(s, v[0]);
}

static void
end(sqlite3_context *c)
{
	struct best *s = sqlite3_aggregate_context(c, 0);

	if (s == NULL)
		return;
	if (s->value != NULL)
		sqlite3_result_value(c, s->value);
	sqlite3_value_free(s->value);
	sqlite3_value_free(s->text);
	s->value = s->text = NULL;
}

const struct fn_aggregate fn_bests[] = {
	{ "kql_arg_max", 2, step, end, B_MAX },
	{ "kql_arg_min", 2, step, end, B_MIN },
	{ "kql_arg_max_string", 2, text_step, end, B_MAX },
	{ "kql_arg_min_string", 2, text_step, end, B_MIN },
	{ "kql_first", 1, first_step, end, 0 },
	{ NULL, 0, NULL, NULL, 0 },
};
