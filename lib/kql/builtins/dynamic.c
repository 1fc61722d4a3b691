/* SPDX-License-Identifier: MIT */
#include "kql/builtins/tables.h"

const struct builtin builtins_dynamic[] = {
	{ "bag_has_key", "ys", 'b', NONE, "kql_bag_has_key($1, $2)" },
	{ "bag_keys", "y", 'y', NONE, "kql_bag_keys($1)" },
	{ "bag_merge", "yy*", 'y', NONE, "kql_bag_merge($*)" },
	{ "bag_pack", "sj&", 'y', NONE, "!bag_pack" },
	{ "bag_pack_columns", "a*", 'y', NONE, "!bag_pack_columns" },
	{ "bag_remove_keys", "yy", 'y', NONE, "kql_bag_remove_keys($1, $2)" },
	{ "bag_set_key", "ysj", 'y', NONE, "kql_bag_set_key($*)" },
	{ "bag_zip", "yy", 'y', NONE, "kql_bag_zip($1, $2)" },
	{ "dynamic_to_json", "y", 's', NONE, "kql_dynamic_to_json($1)" },
	{ "dynamic_to_json", "x", 's', NONE, "$1" },
	{ "pack", "sj&", 'y', NONE, "!bag_pack" },
	{ "pack_all", "?b", 'y', NONE, "!pack_all" },
	{ "pack_array", "j*", 'y', NONE, "!pack_array" },
	{ "pack_dictionary", "sj&", 'y', NONE, "!bag_pack" },
	{ "treepath", "y", 'y', PREFIX("tree"), "kql_treepath($1)" },
	{ "range", "dd?t", 'y', NONE, "!range" },
	{ "range", "tt?t", 'y', NONE, "!range" },
	{ "range", "cc?c", 'y', NONE, "!range" },
	{ NULL, NULL, 0, NONE, NULL },
};
