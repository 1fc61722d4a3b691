/* SPDX-License-Identifier: MIT */
#include "kql/builtins/tables.h"

/* What reads and merges the states of hll() and tdigest(). */
const struct builtin builtins_sketch[] = {
	{ "dcount_hll", "y", 'l', PREFIX("dcount_hll"), "kql_dcount_hll($1)" },
	{ "hll_merge", "yy*", 'y', NAMED("hll_merged_result"),
	    "kql_hll_merge_all($*)" },
	{ "merge_tdigest", "yy*", 'y', NAMED("tdigests_merge_result"),
	    "kql_tdigest_merge_all($*)" },
	{ "percentile_tdigest", "yn?T", 'y', PREFIX("percentile_tdigest"),
	    "!percentile_tdigest" },
	{ "percentiles_array_tdigest", "yn*", 'y', PREFIX("percentile_tdigest"),
	    "kql_percentiles_tdigest($*)" },
	{ "percentiles_array_tdigest", "yy", 'y', PREFIX("percentile_tdigest"),
	    "kql_percentiles_tdigest($*)" },
	{ "percentrank_tdigest", "yo", 'r', NONE,
	    "kql_percentrank_tdigest($1, $2)" },
	{ "rank_tdigest", "yo", 'r', NONE, "kql_rank_tdigest($1, $2)" },
	{ "tdigest_merge", "yy*", 'y', NAMED("tdigests_merge_result"),
	    "kql_tdigest_merge_all($*)" },
	{ NULL, NULL, 0, NONE, NULL },
};
