/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "kql/types.h"

static const struct {
	const char *name;
	const char *net;
} types[KT_COUNT] = {
	[KT_NONE] = { "", "" },
	[KT_BOOL] = { "bool", "System.SByte" },
	[KT_INT] = { "int", "System.Int32" },
	[KT_LONG] = { "long", "System.Int64" },
	[KT_REAL] = { "real", "System.Double" },
	[KT_DECIMAL] = { "decimal", "System.Data.SqlTypes.SqlDecimal" },
	[KT_STRING] = { "string", "System.String" },
	[KT_DATETIME] = { "datetime", "System.DateTime" },
	[KT_TIMESPAN] = { "timespan", "System.TimeSpan" },
	[KT_GUID] = { "guid", "System.Guid" },
	[KT_DYNAMIC] = { "dynamic", "System.Object" },
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

const char *
kql_type_name(enum kql_type t)
{
	return types[t].name;
}

const char *
kql_type_net(enum kql_type t)
{
	return types[t].net;
}

enum kql_type
kql_type_find(const char *name)
{
	for (int t = KT_BOOL; t < KT_COUNT; t++)
		if (strcmp(types[t].name, name) == 0)
			return (enum kql_type)t;
	for (size_t i = 0; i < sizeof(aliases) / sizeof(aliases[0]); i++)
		if (strcmp(aliases[i].name, name) == 0)
			return aliases[i].type;
	return KT_NONE;
}
