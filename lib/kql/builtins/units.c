/* SPDX-License-Identifier: MIT */
#include "kql/builtins/tables.h"

const struct builtin builtins_units[] = {
	{ "convert_length", "nss", 'r', NONE, "kql_convert_length($*)" },
	{ "convert_mass", "nss", 'r', NONE, "kql_convert_mass($*)" },
	{ "convert_energy", "nss", 'r', NONE, "kql_convert_energy($*)" },
	{ "convert_angle", "nss", 'r', NONE, "kql_convert_angle($*)" },
	{ "convert_volume", "nss", 'r', NONE, "kql_convert_volume($*)" },
	{ "convert_speed", "nss", 'r', NONE, "kql_convert_speed($*)" },
	{ "convert_force", "nss", 'r', NONE, "kql_convert_force($*)" },
	{ "convert_temperature", "nss", 'r', NONE,
	    "kql_convert_temperature($*)" },
	{ NULL, NULL, 0, NONE, NULL },
};
