/* SPDX-License-Identifier: MIT */
#include "kql/builtins/tables.h"

const struct builtin builtins_parse[] = {
	{ "parse_url", "S", 'y', NONE, "kql_parse_url($1)" },
	{ "parseurl", "S", 'y', NONE, "kql_parse_url($1)" },
	{ "parse_urlquery", "S", 'y', NONE, "kql_parse_urlquery($1)" },
	{ "parseurlquery", "S", 'y', NONE, "kql_parse_urlquery($1)" },
	{ "parse_path", "S", 'y', NONE, "kql_parse_path($1)" },
	{ "parse_version", "S", 'm', NONE, "kql_parse_version($1)" },
	{ "parse_csv", "S", 'y', FIRST, "kql_parse_csv($1)" },
	{ NULL, NULL, 0, NONE, NULL },
};
