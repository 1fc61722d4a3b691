/* SPDX-License-Identifier: MIT */
#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "kql/bind/bind.h"

#define COLUMNS_SHOWN 8
#define ROWS_SHOWN    4

const char *
column_hint(struct binder *b, const struct schema *s, const char *name)
{
	const char *list = "";
	struct near near = { 0 };
	size_t i;

	for (i = 0; s != NULL && i < s->n; i++)
		near_offer(&near, name, s->columns[i]->name);
	for (const struct let *l = b->lets; l != NULL; l = l->next)
		near_offer(&near, name, l->name);
	if (near.best != NULL)
		return arena_printf(
		    b->arena, " (did you mean '%.64s'?)", near.best);
	if (strncmp(name, "\xe2\x80", 2) == 0)
		return "; strings stand in ' or \"";
	if (isdigit((unsigned char)*name))
		return "; it is no number and no timespan";
	if (s == NULL || s->n == 0)
		return "";
	for (i = 0; i < s->n && i < COLUMNS_SHOWN; i++)
		list = arena_printf(b->arena, "%s%s%.64s", list,
		    i == 0 ? "" : ", ", s->columns[i]->name);
	return arena_printf(
	    b->arena, " (columns here: %s%s)", list, i < s->n ? ", ..." : "");
}

const char *
function_hint(const char *name)
{
	static const char *const others[][2] = {
		{ "cast", "toint(), tostring() and the like" },
		{ "concat", "strcat()" },
		{ "convert", "toint(), tostring() and the like" },
		{ "current_timestamp", "now()" },
		{ "date_trunc", "bin() or startofday()" },
		{ "dateadd", "datetime_add()" },
		{ "datediff", "datetime_diff()" },
		{ "exists", "x in (a query), or join kind=leftsemi" },
		{ "getdate", "now()" },
		{ "group_concat", "strcat_array(make_list(x), ',')" },
		{ "if", "iff()" },
		{ "ifnull", "coalesce()" },
		{ "isblank", "isempty()" },
		{ "left", "substring(x, 0, n)" },
		{ "len", "strlen()" },
		{ "length", "strlen() or array_length()" },
		{ "lower", "tolower()" },
		{ "mean", "avg()" },
		{ "median", "percentile(x, 50)" },
		{ "nvl", "coalesce()" },
		{ "regexp_extract", "extract()" },
		{ "regexp_replace", "replace_regex()" },
		{ "stddev", "stdev()" },
		{ "string_agg", "strcat_array(make_list(x), ',')" },
		{ "substr", "substring()" },
		{ "ucase", "toupper()" },
		{ "upper", "toupper()" },
	};

	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++)
		if (strcasecmp(others[i][0], name) == 0)
			return others[i][1];
	return NULL;
}

/* What the letter of a parameter takes. */
static const char *
letter_word(char letter)
{
	static const struct {
		char letter;
		const char *word;
	} words[] = { { 'b', "bool" }, { 'i', "integer" }, { 'I', "integer" },
		{ 'n', "number" }, { 'r', "real" }, { 'm', "decimal" },
		{ 'M', "number" }, { 's', "string" }, { 'S', "string" },
		{ 'd', "datetime" }, { 't', "timespan" }, { 'g', "guid" },
		{ 'y', "dynamic" }, { 'A', "any but dynamic" },
		{ 'J', "any but dynamic" }, { 'X', "any but dynamic" },
		{ 'T', "typeof()" } };

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (words[i].letter == letter)
			return words[i].word;
	return "any";
}

/* (string, integer [, integer] ...) */
static const char *
row_text(struct binder *b, const char *params)
{
	const char *text = "(", *comma = "";
	int optional = 0;

	for (; *params != '\0'; params++) {
		if (*params == '?') {
			optional = 1;
		} else if (*params == '*' || *params == '&') {
			text = arena_printf(b->arena, "%s, ...", text);
		} else {
			text = arena_printf(b->arena, "%s%s%s%s%s", text,
			    optional ? " [" : "", comma, letter_word(*params),
			    optional ? "]" : "");
			comma = ", ";
		}
	}
	return arena_printf(b->arena, "%s)", text);
}

const char *
takes_text(struct binder *b, const struct builtin *f)
{
	const char *text = "", *name = f->name;

	for (int n = 0; f->name != NULL && strcmp(f->name, name) == 0; f++) {
		if (n++ == ROWS_SHOWN)
			return arena_printf(b->arena, "%s, ...", text);
		text = arena_printf(b->arena, "%s%s%s", text,
		    n == 1 ? "; it takes " : " or ", row_text(b, f->params));
	}
	return text;
}
