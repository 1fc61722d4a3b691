/* SPDX-License-Identifier: MIT */
#include "kql/bind/bind.h"

/* percentile_tdigest(digest, p[, typeof(T)]): times are ticks in a digest. */
struct tx *
bind_percentile_tdigest(
    struct binder *b, const struct expr *x, struct tx **args, size_t n)
{
	struct tx *y = tx_call2(
	    b, KT_DYNAMIC, "kql_percentile_tdigest($1, $2)", args[0], args[1]);

	if (n == 2)
		return y;
	if ((y = convert(b, y, args[2]->type)) == NULL)
		fail_semantic(b->e, x->at, "%s() has no way to %s", x->text,
		    kql_type_name(args[2]->type));
	return y;
}
