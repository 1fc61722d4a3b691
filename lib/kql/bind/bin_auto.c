/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "kql/bind/bind.h"

int
bind_set_bin(struct binder *b, const struct statement *s)
{
	if (strcmp(s->name, "query_bin_auto_size") == 0)
		b->bin_size = s->value;
	else if (strcmp(s->name, "query_bin_auto_at") == 0)
		b->bin_at = s->value;
	else
		return 0;
	return 1;
}

/* bin(value, size), or bin_at(value, size, at) where that is set. */
struct tx *
bind_bin_auto(
    struct binder *b, const struct expr *x, struct tx **args, size_t n)
{
	struct tx *all[3] = { args[0] };

	(void)n;
	if (b->bin_size == NULL) {
		fail_semantic(b->e, x->at,
		    "bin_auto() needs set query_bin_auto_size = ...");
		return NULL;
	}
	if ((all[1] = bind_expr(b, b->bin_size)) == NULL)
		return NULL;
	if (b->bin_at == NULL)
		return call_named(b, kql_functions, "bin", x, all, 2);
	if ((all[2] = bind_expr(b, b->bin_at)) == NULL)
		return NULL;
	return call_named(b, kql_functions, "bin_at", x, all, 3);
}
