/* SPDX-License-Identifier: MIT */
#include "kql/builtins/tables.h"

const struct builtin builtins_choice[] = {
	{ "isnull", "a", 'b', NONE, "!isnull" },
	{ "isnotnull", "a", 'b', NONE, "!isnotnull" },
	{ "notnull", "a", 'b', NONE, "!isnotnull" },
	{ "isempty", "a", 'b', NONE, "!isempty" },
	{ "isnotempty", "a", 'b', NONE, "!isnotempty" },
	{ "notempty", "a", 'b', NONE, "!isnotempty" },
	{ "not", "b", 'b', NONE, "NOT #1" },
	{ "iff", "bcc", 'c', NONE, "CASE WHEN ?1 THEN $2 ELSE $3 END" },
	{ "iif", "bcc", 'c', NONE, "CASE WHEN ?1 THEN $2 ELSE $3 END" },
	{ "case", "ccc*", 'c', NONE, "!case" },
	{ "coalesce", "ee*", 'c', NONE, "!coalesce" },
	{ "min_of", "oo*", 'c', NONE, "kql_min_of($*)" },
	{ "min_of", "MM*", 'm', NONE, "kql_decimal_min_of($*)" },
	{ "max_of", "oo*", 'c', NONE, "kql_max_of($*)" },
	{ "max_of", "MM*", 'm', NONE, "kql_decimal_max_of($*)" },
	{ NULL, NULL, 0, NONE, NULL },
};
