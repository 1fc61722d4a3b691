/* SPDX-License-Identifier: MIT */
#include "kql/builtins/tables.h"

const struct builtin builtins_dynamic[] = {
	{ "array_length", "y", 'l', NONE, "kql_array_length($1)" },
	{ "pack_array", "j*", 'y', NONE, "kql_pack_array($*)" },
	{ "bag_pack", "sj&", 'y', NONE, "kql_bag_pack($*)" },
	{ "pack", "sj&", 'y', NONE, "kql_bag_pack($*)" },
	{ "range", "dd?t", 'y', NONE, "!range" },
	{ "range", "tt?t", 'y', NONE, "!range" },
	{ "range", "cc?c", 'y', NONE, "!range" },
	{ NULL, NULL, 0, NONE, NULL },
};
