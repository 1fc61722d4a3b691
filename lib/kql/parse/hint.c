/* SPDX-License-Identifier: MIT */
#include <string.h>
#include <strings.h>

#include "kql/builtins/builtins.h"
#include "kql/parse/parse.h"

/*
 * What somebody may have meant who writes a word where none can stand, from
 * what people bring along from SQL and other languages.
 */
static const struct {
	const char *word, *hint;
} words[] = {
	{ "is", "; isnull(x), isnotnull(x) and isempty(x) ask for a value" },
	{ "not", "; write !in, !contains, !between and the like" },
	{ "as", "; a name stands in front of its value: name = value" },
	{ "group", "; write summarize ... by" },
	{ "from", "; a query starts with its table: T | where ..." },
	{ "having", "; write | where behind summarize" },
	{ "ascending", "; write asc" },
	{ "descending", "; write desc" },
	{ "else", "; iff(condition, a, b) and case() choose" },
	{ "over", "; prev(), next() and row_number() look at sorted rows" },
};

/* Words that are written small. */
static const char *const small[] = { "and", "or", "by", "asc", "desc", "in",
	"between", "contains", "has", "startswith", "endswith", "on", "to",
	"with", "of", "where", "project", "nulls", "first", "last", NULL };

static int
is_punct(const struct token *t, const char *text)
{
	return t->kind == T_PUNCT && strcmp(t->text, text) == 0;
}

static int
is_word(const struct token *t, const char *text)
{
	return t->kind == T_NAME && strcmp(t->text, text) == 0;
}

static int
is_operator(const char *word)
{
	const char *const *params, *name;

	for (size_t i = 0; (name = operator_name(i, 0, &params)) != NULL; i++)
		if (strcmp(name, word) == 0)
			return 1;
	return 0;
}

static const char *
hint_word(struct parser *p, const struct token *last)
{
	const char *word = p->t->text;

	if (is_word(last, "not"))
		return "; not is a function: not(...)";
	if (is_word(last, "distinct"))
		return "; dcount(x) and count_distinct(x) count values";
	if (is_word(last, "count") && is_word(p->t, "by"))
		return "; summarize count() by ... counts in groups";
	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (strcasecmp(words[i].word, word) == 0)
			return words[i].hint;
	for (int i = 0; small[i] != NULL; i++)
		if (strcmp(small[i], word) != 0 &&
		    strcasecmp(small[i], word) == 0)
			return arena_printf(
			    p->arena, "; write it small: %s", small[i]);
	if (is_operator(word))
		return "; a '|' is missing in front of it";
	return "";
}

const char *
hint_behind(struct parser *p, int first)
{
	static const struct token none = { .kind = T_END, .text = "" };
	const struct token *last = first ? &none : &p->t[-1];
	const char *hint = "";

	if (is_punct(p->t, "=") && last->kind == T_NAME)
		return "; to compare write ==";
	if (is_punct(p->t, ")") || is_punct(p->t, "]") || is_punct(p->t, "}"))
		return "; it closes nothing that is open";
	if (p->t->kind == T_NAME)
		hint = hint_word(p, last);
	if (*hint != '\0' || p->t->kind == T_PUNCT || p->t->kind == T_END)
		return hint;
	if (is_punct(last, "}"))
		return "; statements end with ';'";
	return p->t->at.line > last->at.line
	    ? "; a '|', ',' or ';' is missing in front of it"
	    : "; a ',' or '|' is missing in front of it";
}

const char *
operator_hint(const char *name)
{
	static const char *const pairs[][2] = {
		{ "select", "; project chooses columns" },
		{ "group", "; write summarize ... by" },
		{ "having", "; write where" },
		{ "left", "; write join kind=leftouter" },
		{ "right", "; write join kind=rightouter" },
		{ "full", "; write join kind=fullouter" },
		{ "outer", "; write join kind=fullouter" },
		{ "inner", "; write join kind=inner" },
		{ "cross", "; join on a column that is the same for all" },
		{ "rename", "; write project-rename new = old" },
		{ "drop", "; write project-away" },
		{ "explode", "; write mv-expand" },
		{ "let", "; let stands in front, and ends with ';'" },
	};

	for (size_t i = 0; i < sizeof(pairs) / sizeof(*pairs); i++)
		if (strcasecmp(pairs[i][0], name) == 0)
			return pairs[i][1];
	if (builtin_find(kql_functions, name) != NULL)
		return "; a function stands in where, extend or project";
	if (builtin_find(kql_aggregates, name) != NULL)
		return "; an aggregate stands in summarize";
	return "";
}
