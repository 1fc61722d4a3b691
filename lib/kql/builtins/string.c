/* SPDX-License-Identifier: MIT */
#include "kql/builtins/tables.h"

const struct builtin builtins_string[] = {
	{ "strcat", "x*", 's', NONE, "#+" },
	{ "strcat_delim", "xxx*", 's', NONE, "kql_strcat_delim($*)" },
	{ "strlen", "S", 'l', PREFIX("strlen"), "kql_strlen($1)" },
	{ "string_size", "S", 'l', PREFIX("string_size"),
	    "kql_string_size($1)" },
	{ "tolower", "x", 's', NONE, "kql_tolower($1)" },
	{ "toupper", "x", 's', NONE, "kql_toupper($1)" },
	{ "reverse", "x", 's', NONE, "kql_reverse($1)" },
	{ "substring", "xi?i", 's', NONE, "kql_substring($*)" },
	{ "indexof", "xx?iii", 'l', NONE, "kql_indexof($*)" },
	{ "split", "xs?i", 'y', FIRST, "kql_split($*)" },
	{ "countof", "ss?s", 'l', NONE, "!countof" },
	{ "replace_string", "sss", 's', NONE, "kql_replace_string($*)" },
	{ "replace_regex", "sss", 's', NONE, "kql_replace_regex($*)" },
	{ "extract", "sis", 's', NONE, "kql_extract($*)" },
	{ "extract_all", "ss", 'y', NONE, "kql_extract_all($1, $2)" },
	{ "trim", "ss", 's', NONE, "kql_trim($1, $2)" },
	{ "trim_start", "ss", 's', NONE, "kql_trim_start($1, $2)" },
	{ "trim_end", "ss", 's', NONE, "kql_trim_end($1, $2)" },
	{ NULL, NULL, 0, NONE, NULL },
};
