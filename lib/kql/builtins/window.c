/* SPDX-License-Identifier: MIT */
#include "kql/builtins/tables.h"

/* Functions of rows in order. */
const struct builtin builtins_window[] = {
	{ "prev", "a?ia", '1', NONE, "!prev" },
	{ "next", "a?ia", '1', NONE, "!next" },
	{ "row_number", "", 'l', NONE, "row_number() OVER o" },
	{ "row_number", "i?b", 'l', NONE, "kql_row_number($*) OVER o" },
	{ "row_cumsum", "i?b", '1', NONE, "kql_row_cumsum($*) OVER o" },
	{ "row_cumsum", "r?b", 'r', NONE, "kql_row_rcumsum($*) OVER o" },
	{ "row_rank_dense", "A?b", 'l', NONE, "kql_row_rank_dense($*) OVER o" },
	{ "row_rank_min", "A?b", 'l', NONE, "kql_row_rank_min($*) OVER o" },
	{ "row_window_session", "dtt?b", 'd', NONE,
	    "kql_row_window_session($*) OVER o" },
	{ NULL, NULL, 0, NONE, NULL },
};
