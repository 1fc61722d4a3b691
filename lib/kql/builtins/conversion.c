/* SPDX-License-Identifier: MIT */
#include "kql/builtins/tables.h"

const struct builtin builtins_conversion[] = {
	{ "tobool", "a", 'b', FIRST, "@" },
	{ "toboolean", "a", 'b', FIRST, "@" },
	{ "toint", "a", 'i', FIRST, "@" },
	{ "tolong", "a", 'l', FIRST, "@" },
	{ "toreal", "a", 'r', FIRST, "@" },
	{ "todouble", "a", 'r', FIRST, "@" },
	{ "todecimal", "a", 'm', FIRST, "@" },
	{ "tostring", "a", 's', FIRST, "@" },
	{ "todatetime", "a", 'd', FIRST, "@" },
	{ "totimespan", "a", 't', FIRST, "@" },
	{ "toguid", "S", 'g', FIRST, "@" },
	{ "parse_json", "s", 'y', FIRST, "@" },
	{ "parse_json", "y", 'y', FIRST, "@" },
	{ "parsejson", "s", 'y', FIRST, "@" },
	{ "parsejson", "y", 'y', FIRST, "@" },
	{ "todynamic", "s", 'y', FIRST, "@" },
	{ "todynamic", "y", 'y', FIRST, "@" },
	{ "toobject", "s", 'y', FIRST, "@" },
	{ "toobject", "y", 'y', FIRST, "@" },
	{ "new_guid", "", 'g', NONE, "!new_guid" },
	{ "gettype", "a", 's', PREFIX("type"), "!gettype" },
	{ NULL, NULL, 0, NONE, NULL },
};
