/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "kql/kql.h"
#include "kql/parse/parse.h"

/* Words that must stand in brackets to be a name, wherever that is. */
static const char *const hard[] = { "and", "anomalychart", "areachart", "asc",
	"bagexpansion", "barchart", "between", "bin_legacy", "boolean", "byte",
	"cachingpolicy", "callout", "cancel", "card", "char", "columnchart",
	"contains_cs", "containscs", "cycles", "dataexport", "datascope",
	"date", "datetime", "decimal", "decodeblocks", "desc", "dynamic",
	"double", "encodingpolicy", "endswith", "endswith_cs", "expandoutput",
	"extent_tags_retention", "first", "flags", "float", "force_remote",
	"harddelete", "hardretention", "has_all", "has_any", "has_cs",
	"hasprefix", "hasprefix_cs", "hassuffix", "hassuffix_cs", "hotcache",
	"int", "int16", "int32", "int64", "int8", "isfuzzy", "journal",
	"ladderchart", "last", "like", "likecs", "linechart", "long", "missing",
	"nooptimization", "notcontains", "notcontainscs", "notlike",
	"notlikecs", "or", "others", "pathformat", "piechart", "pivotchart",
	"project", "queries", "query_results", "real", "relaxed",
	"restricted_view_access", "row_level_security", "rowstore",
	"rowstore_references", "rowstore_sealinfo", "rowstorepolicy",
	"rowstores", "scatterchart", "seal", "seals", "shards", "simple",
	"softdelete", "softretention", "stackedareachart", "startswith",
	"startswith_cs", "statistics", "storedqueryresultcontainers", "string",
	"tablepurge", "time", "timechart", "timeline", "timepivot", "timespan",
	"treemap", "uint", "uint16", "uint32", "uint64", "uint8", "ulong",
	"union", "uniqueid", "unrestrictedviewers", "views", "with_itemindex",
	"with_match_id", "with_step_name", "writeaheadlog", "in~", NULL };

/* Those that may be given as a name, but not asked for without brackets. */
static const char *const soft[] = { "accumulate", "as", "by", "contains",
	"datatable", "earliest", "externaldata", "find", "has", "in", "invoke",
	"latest", "materialize", "mdm", "of", "print", "sample", "search",
	"set", "sql", "title", "to", "toscalar", "verbose", "viewers", "where",
	NULL };

static int
is_in(const char *const *list, const char *word)
{
	for (; *list != NULL; list++)
		if (strcmp(*list, word) == 0)
			return 1;
	return 0;
}

int
is_keyword(const char *word)
{
	return is_in(hard, word);
}

int
is_soft_keyword(const char *word)
{
	return is_in(soft, word);
}

int
kql_is_plain(const char *name)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz"
				      "ABCDEFGHIJKLMNOPQRSTUVWXYZ_";
	static const char all[] = "abcdefghijklmnopqrstuvwxyz"
				  "ABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789";

	return *name != '\0' && strchr(letters, *name) != NULL &&
	    name[strspn(name, all)] == '\0' && !is_keyword(name) &&
	    !is_soft_keyword(name) && strcmp(name, "true") != 0 &&
	    strcmp(name, "false") != 0;
}
