/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "kql/builtins/tables.h"

const struct builtin *const kql_functions[] = {
	builtins_conversion,
	builtins_choice,
	builtins_number,
	builtins_string,
	builtins_time,
	builtins_dynamic,
	builtins_array,
	builtins_sketch,
	builtins_network,
	builtins_service,
	builtins_encoding,
	builtins_hash,
	builtins_parse,
	builtins_series,
	builtins_units,
	NULL,
};

const struct builtin *const kql_aggregates[] = {
	builtins_aggregate,
	NULL,
};

const struct builtin *const kql_windows[] = {
	builtins_window,
	NULL,
};

const struct builtin *
builtin_find(const struct builtin *const *tables, const char *name)
{
	for (; *tables != NULL; tables++)
		for (const struct builtin *f = *tables; f->name != NULL; f++)
			if (strcmp(f->name, name) == 0)
				return f;
	return NULL;
}
