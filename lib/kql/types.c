/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "kql/types.h"

static const char *const names[KT_COUNT] = {
	[KT_NONE] = "",
	[KT_BOOL] = "bool",
	[KT_INT] = "int",
	[KT_LONG] = "long",
	[KT_REAL] = "real",
	[KT_DECIMAL] = "decimal",
	[KT_STRING] = "string",
	[KT_DATETIME] = "datetime",
	[KT_TIMESPAN] = "timespan",
	[KT_GUID] = "guid",
	[KT_DYNAMIC] = "dynamic",
	[KT_UNKNOWN] = "unknown",
};

static const struct {
	const char *name;
	enum kql_type type;
} aliases[] = {
	{ "boolean", KT_BOOL },
	{ "int32", KT_INT },
	{ "int64", KT_LONG },
	{ "double", KT_REAL },
	{ "date", KT_DATETIME },
	{ "time", KT_TIMESPAN },
	{ "uuid", KT_GUID },
	{ "uniqueid", KT_GUID },
};

static const char *const system_names[KT_COUNT] = {
	[KT_NONE] = "",
	[KT_BOOL] = "System.SByte",
	[KT_INT] = "System.Int32",
	[KT_LONG] = "System.Int64",
	[KT_REAL] = "System.Double",
	[KT_DECIMAL] = "System.Data.SqlTypes.SqlDecimal",
	[KT_STRING] = "System.String",
	[KT_DATETIME] = "System.DateTime",
	[KT_TIMESPAN] = "System.TimeSpan",
	[KT_GUID] = "System.Guid",
	[KT_DYNAMIC] = "System.Object",
	[KT_UNKNOWN] = "unknown",
};

const char *
kql_type_system(enum kql_type t)
{
	return system_names[t];
}

const char *
kql_type_name(enum kql_type t)
{
	return names[t];
}

enum kql_type
kql_type_find(const char *name)
{
	for (int t = KT_BOOL; t <= KT_DYNAMIC; t++)
		if (strcmp(names[t], name) == 0)
			return (enum kql_type)t;
	for (size_t i = 0; i < sizeof(aliases) / sizeof(aliases[0]); i++)
		if (strcmp(aliases[i].name, name) == 0)
			return aliases[i].type;
	return KT_NONE;
}
