/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "kql/bind/bind.h"

#define ARGS_MAX 100 /* SQLite calls a function with at most 127 */

/*
 * Calls of any number of arguments that come apart into calls of fewer: the
 * first args of each part are the same.
 */
static const struct {
	const char *sql;
	size_t same;
	const char *join;
	const char *filter;
} rules[] = {
	{ "kql_has_any($*)", 1, "#|", "?|" },
	{ "kql_has_all($*)", 1, "#&", "?&" },
	{ "kql_min_of($*)", 0, "kql_min_of($*)", NULL },
	{ "kql_max_of($*)", 0, "kql_max_of($*)", NULL },
	{ "coalesce($*)", 0, "coalesce($*)", NULL },
	{ "#+", 0, "#+", NULL },
	{ "kql_strcat_delim($*)", 1, "kql_strcat_delim($*)", NULL },
};

struct tx *
tx_wide(struct binder *b, enum kql_type type, const char *sql, struct kql_at at,
    struct tx **args, size_t n)
{
	size_t i = 0, same, parts = 0, some;
	struct tx **part, *x;

	while (i < sizeof(rules) / sizeof(rules[0]) &&
	    strcmp(rules[i].sql, sql) != 0)
		i++;
	if (n <= ARGS_MAX || i == sizeof(rules) / sizeof(rules[0]))
		return NULL;
	same = rules[i].same;
	part = arena_alloc(b->arena, (n + 1) * sizeof(*part));
	/* A call that joins by a delimiter takes it in front again. */
	if (same > 0 && rules[i].filter == NULL)
		part[parts++] = args[0];
	for (size_t k = same; k < n; k += some) {
		struct tx *few[ARGS_MAX];

		some = n - k < ARGS_MAX - same ? n - k : ARGS_MAX - same;
		memcpy(few, args, same * sizeof(*few));
		memcpy(few + same, args + k, some * sizeof(*few));
		part[parts++] = tx_call(b, type, sql, at, few, same + some);
	}
	x = tx_call(b, type, rules[i].join, at, part, parts);
	x->filter = rules[i].filter;
	return x;
}
